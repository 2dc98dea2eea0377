//! Properties that hold for every text, not only for hand-written examples.
#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]
#![allow(clippy::print_stderr, reason = "figures are printed, and the text that something hangs on")]

#[path = "../common/mod.rs"]
mod common;

mod fixtures;
mod output;
mod places;
mod scalars;
