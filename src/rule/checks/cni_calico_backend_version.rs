//! `cni-calico/backend-version`: values that the chart of the release does not have yet.

use crate::rule::{Context, Draft};

/// The keys, with the value that older charts have written in.
const KEYS: &[(&str, &str)] = &[("backend", "VXLAN"), ("natOutgoing", "Enabled")];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    for (key, fixed) in KEYS {
        let Some(entry) = context.written(&["installation", key]) else { continue };
        if entry.value.text().is_none_or(|text| text.is_empty() || text == *fixed) {
            continue;
        }
        let message = format!(
            "`{key}` is not a value of this release's rke2-calico; Helm ignores it and it stays `{fixed}`"
        );
        drafts.push(
            Draft::new(entry.key.span(), message)
                .help("set it in the elements of `installation.calicoNetwork.ipPools`, or upgrade"),
        );
    }
}
