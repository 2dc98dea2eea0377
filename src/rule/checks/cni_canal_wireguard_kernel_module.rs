//! `cni-canal/wireguard-kernel-module`: WireGuard on a kernel without its module, for all plugins.

use crate::cluster::effective::Effective;
use crate::cluster::fact::{Datum, Fact};
use crate::rule::{Context, Draft};
use crate::source::Span;

/// From here on WireGuard is part of the kernel.
const KERNEL: &[u64] = &[5, 6];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Some(host) = context.host else { return };
    let (Some((kernel, place)), Some(_)) = (host.kernel_before(KERNEL), host.lacks("modules", "wireguard"))
    else {
        return;
    };
    let cni = context.cluster.cni(context.server);
    let Some(cni) = cni.value().and_then(Datum::as_text) else { return };
    let chart = format!("rke2-{cni}");
    let Some(values) = context.cluster.effective_of(&chart) else { return };
    let Some(at) = wanted(&cni, &values) else { return };
    let message = format!(
        "WireGuard is enabled, but a node with kernel `{kernel}` has no module `wireguard`; pods there are not encrypted"
    );
    let mut draft = Draft::new(at, message).help("install the module, or run kernel 5.6 or newer");
    if let Some(place) = place {
        draft = draft.related(place, "kernel of the node");
    }
    drafts.push(draft);
}

/// Where the values of a plugin switch WireGuard on.
fn wanted(cni: &str, values: &Effective<'_, '_>) -> Option<Span> {
    let is = |path: &[&str], wanted: &Datum<'_>| match values.fact(path) {
        Fact::Known(found) if found.value == *wanted => found.at,
        _ => None,
    };
    let wireguard = Datum::Text("wireguard".into());
    match cni {
        "canal" => is(&["flannel", "backend"], &wireguard),
        "cilium" => {
            let enabled = values.is_true(&["encryption", "enabled"]) == Some(true);
            // Cilium can do without the kernel.
            let kernel = values.is_true(&["encryption", "wireguard", "userspaceFallback"]) == Some(false);
            is(&["encryption", "type"], &wireguard).filter(|_| enabled && kernel)
        }
        "calico" => ["wireguardEnabled", "wireguardEnabledV6"]
            .iter()
            .find_map(|key| is(&["felixConfiguration", key], &Datum::Bool(true))),
        _ => None,
    }
}
