//! `cni-cilium/native-cidr-mismatch`: a native routing network that does not cover the pods.

use ipnet::IpNet;

use crate::cluster::cilium::is_native_routing;
use crate::cluster::fact::{Datum, Fact};
use crate::cluster::pod_network::PodNetwork;
use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let values = context.cluster.effective(object);
    let Some(pods) = PodNetwork::of(context.server) else { return };
    let ipam = values.fact(&["ipam", "mode"]);
    // Any other mode takes addresses from somewhere else.
    let from_kubernetes = ipam.value().and_then(Datum::as_text).is_some_and(|mode| mode == "kubernetes");
    if !from_kubernetes || is_native_routing(&values) != Some(true) {
        return;
    }
    for (key, network) in [("ipv4NativeRoutingCIDR", pods.ipv4()), ("ipv6NativeRoutingCIDR", pods.ipv6())] {
        let (Fact::Known(found), Some(network)) = (values.fact(&[key]), network) else { continue };
        let native = found.value.as_text().and_then(|text| text.parse::<IpNet>().ok());
        let (Some(native), Some(at)) = (native, found.at) else { continue };
        if native.contains(&network) {
            continue;
        }
        let message = format!(
            "`{native}` does not cover `cluster-cidr` `{network}`; Cilium masquerades traffic between pods"
        );
        let mut draft = Draft::new(at, message).help(format!("write `{key}: {network}`"));
        if let Some(entry) = context.written(&[key]).filter(|entry| entry.value.span() == at) {
            let edit = edit::reword(entry.value, &network.to_string());
            draft = draft.fixed(Safety::Unsafe, format!("write `{network}`"), edit);
        }
        if let Some(span) = pods.at {
            draft = draft.related(span, "pod range");
        }
        drafts.push(draft);
    }
}
