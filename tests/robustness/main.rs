//! Files and surroundings that are made to break the program, through the built program. Each trap has a faulty file
//! beside it, whose finding must not be lost. docs/robustness.md lists them.
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
