//! `kube-proxy/disable-list-rke2-kube-proxy`: the `disable` list cannot disable kube-proxy.

use crate::rke2::addon::disable_name;
use crate::rke2::config::Setting;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    if node.fact("disable-kube-proxy").is_true() != Some(false) {
        return;
    }
    let parts = node.setting("disable").map(Setting::parts).unwrap_or_default();
    for (value, part) in parts {
        if !matches!(part.as_str(), "rke2-kube-proxy" | "kube-proxy") {
            continue;
        }
        // A manifest of this name is what the list means then.
        if context.cluster.manifests.iter().any(|manifest| disable_name(manifest.file.name()) == part) {
            continue;
        }
        let message = format!(
            "`{part}` in `disable` has no effect; kube-proxy is a static pod, and RKE2 still starts it"
        );
        drafts.push(Draft::new(value.span(), message).help("remove it and set `disable-kube-proxy: true`"));
    }
}
