//! Checks that a condition over an unknown never fires, with every fixture tree: removing something from a tree, or
//! making it unknown, never adds a finding that depends on it.
//!
//! One at a time, each scalar is replaced by a template placeholder, and each key and each file is deleted. Each tree
//! is also linted without a release and with other releases. By default, this runs a sample that is the same in each
//! run; with `RKE2_LINT_ALL_MUTATIONS=1` it runs everything (use `cargo test --release --test unknowns`).
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]
#![allow(clippy::print_stderr, reason = "figures are printed")]

#[path = "../common/mod.rs"]
mod common;

mod exceptions;
mod mutations;
mod releases;
mod taken;
mod trees;
