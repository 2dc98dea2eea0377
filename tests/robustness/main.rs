//! Runs the built program on files and in environments designed to break it. Next to each trap is a faulty file whose
//! finding must still be reported. docs/robustness.md lists the tests.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]
#![allow(clippy::print_stderr, reason = "a test that cannot be tried says so")]

#[path = "../common/mod.rs"]
mod common;

mod archives;
mod bounded;
mod listed;
mod sizes;
mod streams;
mod surroundings;
mod syntax;
mod tree;
mod unwritten;
