//! A progress bar on the terminal for long runs.

use std::io::{self, IsTerminal as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::engine::Progress;

/// A bar that only flashes up distracts.
const PATIENCE: Duration = Duration::from_millis(500);
const STEP: Duration = Duration::from_millis(100);

/// Does the work, and shows how far it has come when that takes long and the output is a terminal.
pub fn watched<T>(wanted: bool, progress: &Progress, work: impl FnOnce() -> T) -> T {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if !wanted || dumb || !io::stderr().is_terminal() {
        return work();
    }
    let (done, wait) = channel();
    thread::scope(|scope| {
        // Where no thread can be had, there is no bar.
        let _ = thread::Builder::new().spawn_scoped(scope, move || draw(progress, &wait));
        let result = work();
        // Ends the other thread, also when the work does not come back.
        drop(done);
        result
    })
}

fn draw(progress: &Progress, wait: &Receiver<()>) {
    if wait.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {bar:16} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    while wait.recv_timeout(STEP) == Err(RecvTimeoutError::Timeout) {
        let (word, done, total) = progress.now();
        bar.set_message(word);
        bar.set_length(total as u64);
        // Both are counted by other threads: the next phase may begin in between.
        bar.set_position(done.min(total) as u64);
        bar.tick();
    }
    bar.finish_and_clear();
}
