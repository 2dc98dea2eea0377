//! `cni-cilium/pool-cidr-vs-cluster-cidr`: pod addresses that the rest of the cluster does not expect.

use ipnet::IpNet;

use crate::cluster::fact::{Datum, Fact};
use crate::cluster::pod_network::PodNetwork;
use crate::rule::{Context, Draft, Target};

const LIST: [&str; 3] = ["ipam", "operator", "clusterPoolIPv4PodCIDRList"];
const OLD: [&str; 3] = ["ipam", "operator", "clusterPoolIPv4PodCIDR"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let values = context.cluster.effective(object);
    let mode = values.fact(&["ipam", "mode"]);
    let is_pool = mode.value().and_then(Datum::as_text).is_some_and(|mode| mode == "cluster-pool");
    let (true, Some(mode_at)) = (is_pool, mode.span()) else { return };
    let Some(pods) = PodNetwork::of(context.server) else { return };
    let Some(cluster) = pods.ipv4() else { return };
    // Only kube-proxy treats addresses outside `cluster-cidr` as external.
    let kube_proxy_off = context.server.and_then(|server| server.fact("disable-kube-proxy").is_true());
    if kube_proxy_off != Some(false) || values.fact(&OLD).is_written() != Some(false) {
        return;
    }
    let list = values.fact(&LIST);
    let (at, message) = match &list {
        Fact::Known(found) if found.at.is_some() => {
            let texts = found.value.elements().into_iter().map(Datum::as_text);
            let networks: Option<Vec<IpNet>> = texts.map(|text| text?.parse().ok()).collect();
            let Some(outside) =
                networks.and_then(|networks| networks.into_iter().find(|network| !cluster.contains(network)))
            else {
                return;
            };
            let message = format!(
                "Cilium assigns pod addresses from `{outside}`, but kube-proxy and the controllers use `cluster-cidr` `{cluster}`"
            );
            (found.at.unwrap_or(mode_at), message)
        }
        Fact::Unknown => return,
        _ => (
            mode_at,
            format!(
                "`cluster-pool` assigns pod addresses from `10.0.0.0/8`, but kube-proxy and the controllers use `cluster-cidr` `{cluster}`"
            ),
        ),
    };
    let mut draft = Draft::new(at, message)
        .help(format!("remove `ipam.mode`, or set `clusterPoolIPv4PodCIDRList: [\"{cluster}\"]`"));
    if let Some(span) = pods.at {
        draft = draft.related(span, "pod range of RKE2");
    }
    drafts.push(draft);
}
