//! Checks the catalogue against its neutral form and against the expectations of its users.
#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]
#![allow(clippy::print_stdout, reason = "figures are printed for the notes")]

mod archive;
mod config;
mod embedded;
mod hostile;
mod import;
mod releases;
mod suggestions;
mod values;
