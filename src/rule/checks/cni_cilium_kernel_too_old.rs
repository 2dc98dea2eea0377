//! `cni-cilium/kernel-too-old`: the minimum kernel of the packaged Cilium.

use crate::cluster::cilium::{CHART, kernel_words, oldest_kernel};
use crate::cluster::fact::Datum;
use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Some(host) = context.host else { return };
    let cni = context.cluster.cni(context.server);
    if cni.value().and_then(Datum::as_text).is_none_or(|cni| cni != "cilium")
        || !context.cluster.is_packaged(CHART)
    {
        return;
    }
    let Some(oldest) = oldest_kernel(context.cluster) else { return };
    let Some((kernel, place)) = host.kernel_before(&oldest) else { return };
    let at = cni.span().unwrap_or_else(|| context.subject_place());
    let oldest = kernel_words(&oldest);
    let message =
        format!("the packaged Cilium needs kernel {oldest}, but a node has `{kernel}`; its agent exits");
    let mut draft =
        Draft::new(at, message).help(format!("run kernel {oldest} or newer, or select another `cni`"));
    if let Some(place) = place {
        draft = draft.related(place, "kernel of the node");
    }
    drafts.push(draft);
}
