//! The model of RKE2: configuration keys, manifests and charts. This layer must not produce findings.

pub mod addon;
pub mod argument;
pub mod classify;
pub mod config;
pub mod evidence;
pub mod file;
pub mod first_look;
pub mod folded;
pub mod node;
pub mod object;
pub mod patch;
pub mod place;
pub mod registries;
pub mod secret;
pub mod url;
pub mod values;
