//! The settings and flags of ingress-nginx, from any release of the controller since v1.0.0: plain text in
//! `catalog/components`, parsed on first use. Produces no findings.

use std::sync::LazyLock;

use super::components::rows;

const SETTINGS: &str = include_str!("../../catalog/components/nginx-config.txt");
const FLAGS: &str = include_str!("../../catalog/components/nginx-flags.txt");

/// The keys of its ConfigMap.
pub fn settings() -> &'static [&'static str] {
    static ROWS: LazyLock<Vec<&str>> = LazyLock::new(|| rows(SETTINGS).collect());
    &ROWS
}

/// The flags of the controller, without leading dashes.
pub fn flags() -> &'static [&'static str] {
    static ROWS: LazyLock<Vec<&str>> = LazyLock::new(|| rows(FLAGS).collect());
    &ROWS
}
