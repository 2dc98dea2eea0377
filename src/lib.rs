//! Lints RKE2 configuration as RKE2 itself reads it.
//!
//! The front door is [`engine::lint`] for files and [`engine::lint_sources`] for texts; what they report is
//! plain data that [`output`] renders.

pub mod catalog;
pub mod cli;
pub mod cluster;
pub mod docs;
pub mod engine;
pub mod finding;
pub mod fingerprint;
pub mod fix;
pub mod output;
pub mod probe;
pub mod read;
pub mod rke2;
pub mod rule;
#[cfg(feature = "server")]
pub mod server;
pub mod settings;
pub mod source;
pub mod spelling;
pub mod suppress;
pub mod unit;
pub mod words;
pub mod write;
pub mod yaml;
