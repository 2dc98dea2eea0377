//! The progress of a run. Must not print.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Counts completed work; may be read from another thread.
#[derive(Debug, Default)]
pub struct Progress {
    reading: Counter,
    checking: Counter,
}

#[derive(Debug, Default)]
pub(super) struct Counter {
    total: AtomicUsize,
    done: AtomicUsize,
}

impl Progress {
    /// What is currently counted, how many are done, and how many there are (0 while unknown).
    pub fn now(&self) -> (&'static str, usize, usize) {
        let (word, counter) = match self.checking.total.load(Ordering::Relaxed) {
            0 => ("files", &self.reading),
            _ => ("clusters", &self.checking),
        };
        (word, counter.done.load(Ordering::Relaxed), counter.total.load(Ordering::Relaxed))
    }

    pub(super) fn reading(&self) -> &Counter {
        &self.reading
    }

    pub(super) fn checking(&self) -> &Counter {
        &self.checking
    }
}

impl Counter {
    pub(super) fn expect(&self, total: usize) {
        self.total.store(total, Ordering::Relaxed);
    }

    pub(super) fn advance(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Cancels a check from another thread.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Cancels the check.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the check is to be cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
