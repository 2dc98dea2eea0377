//! The settings and flags of ingress-nginx, of any release of the controller from v1.0.0 on: plain text in
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

/// The flags of the controller, without dashes.
pub fn flags() -> &'static [&'static str] {
    static ROWS: LazyLock<Vec<&str>> = LazyLock::new(|| rows(FLAGS).collect());
    &ROWS
}
