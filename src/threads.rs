//! Work shared among threads. They are started only when there is enough work, because starting them takes as long as
//! checking a small folder.

use std::sync::LazyLock;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The number of files from which several threads are faster than one.
pub const MANY_FILES: usize = 16;

/// The number of items from which several threads sort faster than one.
const MANY_ITEMS: usize = 2048;

/// Maps each item, keeping their order. `shared`: whether there is enough work for several threads.
pub fn map<I, T, R>(items: I, shared: bool, work: impl Fn(T) -> R + Send + Sync) -> Vec<R>
where
    I: IntoIterator<Item = T> + IntoParallelIterator<Item = T> + Send,
    T: Send,
    R: Send,
{
    if shared && is_pool_ready() {
        within_pool(|| items.into_par_iter().map(work).collect())
    } else {
        items.into_iter().map(work).collect()
    }
}

/// Sorts; the order of equal items may change.
pub fn sort<T: Ord + Send>(items: &mut [T]) {
    if items.len() >= MANY_ITEMS && is_pool_ready() {
        within_pool(|| items.par_sort_unstable());
    } else {
        items.sort_unstable();
    }
}

/// The threads, started when they are first needed; `None` if a limit allows none.
static POOL: LazyLock<Option<ThreadPool>> = LazyLock::new(|| ThreadPoolBuilder::new().build().ok());

/// Whether the caller is a thread of a pool, or one could be started.
fn is_pool_ready() -> bool {
    rayon::current_thread_index().is_some() || POOL.is_some()
}

/// Runs work in the pool of the caller, or else in the one that was started.
fn within_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    if rayon::current_thread_index().is_some() {
        return work();
    }
    match POOL.as_ref() {
        Some(pool) => pool.install(work),
        None => work(),
    }
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
