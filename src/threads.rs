//! Work that threads share. They are started once there is enough to do for more than one: to start them takes as long as
//! to check a small folder.

use std::sync::Once;

use rayon::prelude::*;

/// From so many files on, several threads are faster than one.
pub const MANY_FILES: usize = 32;

/// From so many items on, several threads sort faster than one.
const MANY_ITEMS: usize = 2048;

/// What is made of each item, in the order of the items. `shared`: there is enough to do for several threads.
pub fn map<I, T, R>(items: I, shared: bool, work: impl Fn(T) -> R + Send + Sync) -> Vec<R>
where
    I: IntoIterator<Item = T> + IntoParallelIterator<Item = T>,
    T: Send,
    R: Send,
{
    if !shared {
        return items.into_iter().map(work).collect();
    }
    start();
    items.into_par_iter().map(work).collect()
}

/// Sorts; equal items may change places.
pub fn sort<T: Ord + Send>(items: &mut [T]) {
    if items.len() < MANY_ITEMS {
        items.sort_unstable();
    } else {
        start();
        items.par_sort_unstable();
    }
}

/// Starts the threads, unless the caller is one of several. Where a limit allows none, the one there is does the work.
fn start() {
    static STARTED: Once = Once::new();
    if rayon::current_thread_index().is_some() {
        return;
    }
    STARTED.call_once(|| {
        let builder = rayon::ThreadPoolBuilder::new;
        if builder().build_global().is_err() {
            // It fails as well where a program that uses the library has started its own.
            let _ = builder().num_threads(1).use_current_thread().build_global();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order() {
        for shared in [false, true] {
            let mut items: Vec<usize> = (0..if shared { 2 * MANY_ITEMS } else { 10 }).rev().collect();
            sort(&mut items);
            assert!(items.is_sorted());
            assert_eq!(map(0..1000, shared, |item| item * 2), (0..2000).step_by(2).collect::<Vec<_>>());
        }
    }
}
