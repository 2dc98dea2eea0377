//! `kube-proxy/ipvs-deprecated`: a mode of kube-proxy that Kubernetes is about to drop.

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
    let message = "`proxy-mode=ipvs` is deprecated from Kubernetes 1.35 on: kube-proxy still runs with it, but it \
                   will go";
    let mut draft =
        Draft::new(at, message).help("use `proxy-mode=nftables`, or leave `proxy-mode` out for iptables");
    if !context.cluster.target.all(|release| release.minor >= 35) {
        draft = draft.severity(Severity::Info);
    }
    drafts.push(draft);
}
