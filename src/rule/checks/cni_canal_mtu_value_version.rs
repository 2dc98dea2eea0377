//! `cni-canal/mtu-value-version`: values that the chart of the release does not have yet.

use crate::rule::{Context, Draft};

const KEYS: &[&str] = &["mtu", "vni", "GBP", "directRouting", "psk", "tunnelMode", "keepaliveInterval"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    for key in KEYS {
        let Some(entry) = context.written(&["flannel", key]) else { continue };
        // The value that means nothing where it is read means nothing here either.
        if entry.value.is_opaque() || matches!(entry.value.text(), Some("" | "0" | "false")) {
            continue;
        }
        let message = format!(
            "`{key}` is not a value of this release's rke2-canal; Helm ignores it and Flannel keeps its default"
        );
        drafts.push(
            Draft::new(entry.key.span(), message)
                .help("upgrade to v1.24.12, v1.25.8, v1.26.3 or newer, or remove the value"),
        );
    }
}
