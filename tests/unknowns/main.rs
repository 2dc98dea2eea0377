//! "A condition over an unknown never fires", held against every fixture tree: what is taken away from a tree, or
//! turned into something that nobody can know, never adds a finding that rests on it.
//!
//! Each scalar becomes a template mark, each key and each file is deleted, one at a time; each tree is linted without
//! a release and with other ones. By default a sample, the same in each run; with `RKE2_LINT_ALL_MUTATIONS=1` all of
//! it: use `cargo test --release --test unknowns`.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]
#![allow(clippy::print_stderr, reason = "figures are printed")]

#[path = "../common/mod.rs"]
mod common;

mod exceptions;
mod mutations;
mod releases;
mod taken;
mod trees;
