//! `kube-proxy/ipvs-deprecated`: a deprecated mode of kube-proxy.

use crate::catalog::has_change;
use crate::cluster::fact::Datum;
use crate::finding::Severity;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let mode = node.argument("kube-proxy-arg", "proxy-mode");
    let is_ipvs = mode.value().and_then(Datum::as_text).is_some_and(|mode| mode == "ipvs");
    let (true, Some(at)) = (is_ipvs, mode.span()) else { return };
    if node.fact("disable-kube-proxy").is_true() == Some(true) {
        return;
    }
    let message = "`proxy-mode=ipvs` is deprecated since Kubernetes 1.35 and will be removed";
    let mut draft =
        Draft::new(at, message).help("use `proxy-mode=nftables`, or remove `proxy-mode` for iptables");
    if !context.cluster.target.all(|release| has_change("ipvs-deprecated", release)) {
        draft = draft.severity(Severity::Info);
    }
    drafts.push(draft);
}
