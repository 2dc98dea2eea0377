//! Work that is shared among threads. Threads are started only if there is enough work, because starting them takes as
//! long as checking a small folder.

use std::sync::Once;

use rayon::prelude::*;

/// Number of files from which several threads are faster than one.
pub const MANY_FILES: usize = 32;

/// Number of items from which several threads sort faster than one.
const MANY_ITEMS: usize = 2048;

/// The result of `work` for each item, in the order of the items. `shared`: whether there is enough work for several
/// threads.
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

/// Sorts items; the order of equal items is not preserved.
pub fn sort<T: Ord + Send>(items: &mut [T]) {
    if items.len() < MANY_ITEMS {
        items.sort_unstable();
    } else {
        start();
        items.par_sort_unstable();
    }
}

/// Starts the threads, unless the caller already runs on one of them. If the system does not allow any, the current
/// thread does the work.
fn start() {
    static STARTED: Once = Once::new();
    if rayon::current_thread_index().is_some() {
        return;
    }
    STARTED.call_once(|| {
        let builder = rayon::ThreadPoolBuilder::new;
        if builder().build_global().is_err() {
            // This also fails if a program that uses the library has started its own threads.
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
