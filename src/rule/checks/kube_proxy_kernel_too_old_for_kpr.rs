//! `kube-proxy/kernel-too-old-for-kpr`: kernels too old for Cilium's kube-proxy replacement.

use crate::cluster::cilium::{self, KubeProxyReplacement, kube_proxy_replacement, oldest_kernel};
use crate::cluster::fact::Datum;
use crate::rule::{Context, Draft, Target};

/// The minimum kernel version in RKE2's documentation.
const KERNEL: &[u64] = &[5, 8];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let (Some(host), Target::Chart { object, .. }) = (context.host, context.target) else { return };
    let Some((kernel, place)) = host.kernel_before(KERNEL) else { return };
    // `cni-cilium/kernel-too-old` reports kernels on which Cilium does not run.
    let too_old = oldest_kernel(context.cluster).is_some_and(|oldest| host.kernel_before(&oldest).is_some());
    // The values have no effect if Cilium is not deployed.
    let cni = context.cluster.cni(context.server);
    if cni.value().and_then(Datum::as_text).is_some_and(|cni| cni != "cilium") {
        return;
    }
    let values = context.cluster.effective(object);
    if too_old
        || object.name != cilium::CHART
        || kube_proxy_replacement(&values) != KubeProxyReplacement::Full
    {
        return;
    }
    let at = values.fact(&["kubeProxyReplacement"]).span().unwrap_or_else(|| object.object.label_span());
    let message = format!(
        "Cilium replaces kube-proxy on a node with kernel `{kernel}`, which is older than the required 5.8"
    );
    let mut draft = Draft::new(at, message).help("keep kube-proxy, or run kernel 5.8 or newer");
    if let Some(place) = place {
        draft = draft.related(place, "kernel of the node");
    }
    drafts.push(draft);
}
