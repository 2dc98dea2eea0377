//! `cni-canal/wireguard-kernel-module`: encryption needs the kernel's help, whichever plug-in asks for it.

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
        "WireGuard is switched on, but a node with kernel `{kernel}` has no module `wireguard`: there pods get no \
         encrypted connections"
    );
    let mut draft = Draft::new(at, message).help("install the module, or run a kernel from 5.6 on");
    if let Some(place) = place {
        draft = draft.related(place, "the node's kernel");
    }
    drafts.push(draft);
}

/// Where the values of a plug-in switch WireGuard on.
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
