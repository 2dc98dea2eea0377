//! `dual-stack/cluster-cidr-mask`: a pod range that does not fit the node mask.

use crate::cluster::cilium;
use crate::cluster::fact::{Datum, Fact};
use crate::cluster::server::NodeConfig;
use crate::finding::Severity;
use crate::rule::net::{Family, Networks};
use crate::rule::{Context, Draft, Target};

const ARGUMENTS: &str = "kube-controller-manager-arg";
/// The maximum difference in bits between the IPv6 masks of the cluster and of its nodes.
const WIDEST: u8 = 16;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(networks) = Networks::of(&node.fact("cluster-cidr")) else { return };
    let Some(at) = networks.at else { return };
    if allocates_elsewhere(node) {
        return;
    }
    let single = networks.nets.len() == 1;
    for net in &networks.nets {
        let family = Family::of(net);
        let Some(mask) = node_mask(node, family, single) else { continue };
        let prefix = net.prefix_len();
        let argument =
            if family == Family::V4 { "node-cidr-mask-size-ipv4" } else { "node-cidr-mask-size-ipv6" };
        let draft = if prefix > mask {
            Draft::new(
                at,
                format!(
                    "`cluster-cidr` `{net}` is smaller than the `/{mask}` of each node; kube-controller-manager exits"
                ),
            )
            .help(format!("use a mask well below `/{mask}`, or raise `{argument}` in `{ARGUMENTS}`"))
        } else if family == Family::V6 && mask - prefix > WIDEST {
            Draft::new(
                at,
                format!(
                    "`cluster-cidr` `{net}` is more than {WIDEST} bits wider than the `/{mask}` of each node; kube-controller-manager exits"
                ),
            )
            .help(format!("use a mask of at least `/{}`, for example `/{}`", mask - WIDEST, mask - 8))
        } else if prefix == mask && context.cluster.own_nodes().len() > 1 && uses_node_range(context, node) {
            Draft::new(
                at,
                format!(
                    "`cluster-cidr` `{net}` has room for only one node's `/{mask}`; pods on other nodes get no addresses"
                ),
            )
            .severity(Severity::Warning)
            .help(format!("use a mask well below `/{mask}`, or raise `{argument}` in `{ARGUMENTS}`"))
        } else {
            continue;
        };
        drafts.push(draft);
    }
}

/// Whether the plugin is known to assign pod addresses from the range of their node. Calico and Cilium's cluster pool
/// divide `cluster-cidr` themselves.
fn uses_node_range(context: &Context<'_, '_>, node: &NodeConfig<'_>) -> bool {
    let Fact::Known(cni) = context.cluster.cni(Some(node)) else { return false };
    match cni.value.as_text().as_deref() {
        Some("canal" | "flannel") => true,
        Some("cilium") => context.cluster.effective_of(cilium::CHART).is_some_and(|values| {
            let mode = values.fact(&["ipam", "mode"]);
            mode.value().and_then(Datum::as_text).is_some_and(|mode| mode == "kubernetes")
        }),
        _ => false,
    }
}

/// Whether this node's kube-controller-manager does not divide the range, or possibly does not.
fn allocates_elsewhere(node: &NodeConfig<'_>) -> bool {
    let disabled = node.setting("disable-controller-manager").is_some()
        && node.fact("disable-controller-manager").is_true() != Some(false);
    let argument = node.setting(ARGUMENTS).is_some()
        && match node.argument(ARGUMENTS, "allocate-node-cidrs") {
            Fact::Absent(_) => false,
            fact => fact.is_true() != Some(true),
        };
    disabled || argument
}

/// The node mask of a family; `None` if it is not known.
fn node_mask(node: &NodeConfig<'_>, family: Family, single: bool) -> Option<u8> {
    let (name, default) = match family {
        Family::V4 => ("node-cidr-mask-size-ipv4", 24),
        Family::V6 => ("node-cidr-mask-size-ipv6", 64),
    };
    let names: &[&str] = if single { &[name, "node-cidr-mask-size"] } else { &[name] };
    if node.setting(ARGUMENTS).is_none() {
        return Some(default);
    }
    for name in names {
        match node.argument(ARGUMENTS, name) {
            Fact::Absent(_) => {}
            fact => return fact.value()?.as_text()?.trim().parse().ok(),
        }
    }
    Some(default)
}
