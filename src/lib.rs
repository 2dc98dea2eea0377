//! Lints RKE2 configuration as RKE2 itself reads it.

pub mod catalog;
pub mod finding;
pub mod fingerprint;
pub mod output;
pub mod rke2;
pub mod source;
pub mod yaml;
