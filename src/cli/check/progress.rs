//! A progress bar on the terminal for long runs.

use std::io::{self, IsTerminal as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::engine::Progress;

/// The delay before the bar appears, so that it does not flash up in short runs.
const PATIENCE: Duration = Duration::from_millis(500);
const STEP: Duration = Duration::from_millis(100);

/// Does the work, and shows its progress if it takes long and standard error is a terminal.
pub fn watched<T>(wanted: bool, progress: &Progress, work: impl FnOnce() -> T) -> T {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if !wanted || dumb || !io::stderr().is_terminal() {
        return work();
    }
    let (done, wait) = channel();
    thread::scope(|scope| {
        // If no thread can be started, there is no bar.
        let _ = thread::Builder::new().spawn_scoped(scope, move || draw(progress, &wait));
        let result = work();
        // Dropped on a panic as well, which ends the other thread.
        drop(done);
        result
    })
}

fn draw(progress: &Progress, wait: &Receiver<()>) {
    if wait.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {bar:16} {msg}") {
        bar.set_style(style);
    }
    while wait.recv_timeout(STEP) == Err(RecvTimeoutError::Timeout) {
        let (word, done, total) = progress.now();
        // Other threads update both numbers, and the next phase may begin between the two reads.
        let done = done.min(total);
        // Together: each setter draws the bar.
        bar.update(|state| {
            state.set_len(total as u64);
            state.set_pos(done as u64);
        });
        bar.set_message(format!("{done}/{total} {word}"));
    }
    bar.finish_and_clear();
}
