//! `dual-stack/enable-on-existing-cluster`: networks that cannot change.

use ipnet::IpNet;

use crate::cluster::fact::{Datum, Fact};
use crate::cluster::pod_network::PodNetwork;
use crate::cluster::server::NodeConfig;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let (Some(before), Target::Config(node)) = (context.node_before(), context.target) else { return };
    for key in ["cluster-cidr", "service-cidr"] {
        let (Some(old), Some(new)) = (networks(before, key), networks(node, key)) else { continue };
        // RKE2 keeps only the masked network, so host bits do not matter.
        if old.0.iter().map(IpNet::trunc).eq(new.0.iter().map(IpNet::trunc)) {
            continue;
        }
        let words =
            |networks: &[IpNet]| networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let both = |networks: &[IpNet]| {
            networks.iter().any(|net| net.addr().is_ipv4()) && networks.iter().any(|net| net.addr().is_ipv6())
        };
        let (was, is) = (words(&old.0), words(&new.0));
        let added = both(&new.0) && !both(&old.0);
        let message = if added {
            format!(
                "`{key}` changes from `{was}` to `{is}`; dual-stack cannot be enabled on a running cluster"
            )
        } else {
            format!("`{key}` changes from `{was}` to `{is}`; the networks of a running cluster cannot change")
        };
        let Some(at) = new.1.or_else(|| node.place()) else { continue };
        let mut draft = Draft::new(at, message)
            .help(format!("keep `{key}: {was}`, or create a new cluster and move the workloads"));
        if let Some(place) = old.1 {
            draft = draft.related(place, "previous value");
        }
        drafts.push(draft);
        // A second family is added to both keys at once and reported once.
        if added {
            return;
        }
    }
}

/// The networks of a key with their place; `None` if they are not known.
fn networks(node: &NodeConfig<'_>, key: &str) -> Option<(Vec<IpNet>, Option<Span>)> {
    if key == "cluster-cidr" {
        let network = PodNetwork::of(Some(node))?;
        return Some((network.networks, network.at));
    }
    match node.fact(key) {
        Fact::Known(found) => {
            let mut networks = Vec::new();
            for element in found.value.elements() {
                for part in Datum::as_text(element)?.split(',') {
                    networks.push(part.trim().parse().ok()?);
                }
            }
            (!networks.is_empty()).then_some((networks, found.at))
        }
        Fact::Absent(_) | Fact::Unknown => None,
    }
}
