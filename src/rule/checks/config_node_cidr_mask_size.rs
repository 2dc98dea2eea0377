//! `config/node-cidr-mask-size`: mask sizes that kube-controller-manager rejects or that leave too few
//! addresses.

use crate::cluster::fact::{Datum, Fact};
use crate::cluster::pod_network::PodNetwork;
use crate::cluster::server::NodeConfig;
use crate::finding::Severity;
use crate::rule::{Context, Draft, Target};

const LIST: &str = "kube-controller-manager-arg";
const BOTH: &str = "node-cidr-mask-size";
const V4: &str = "node-cidr-mask-size-ipv4";
const V6: &str = "node-cidr-mask-size-ipv6";
/// The default of kube-controller-manager.
const DEFAULT_V4: i64 = 24;
/// Pods that count for `max-pods` but have the node's own address: the network plugin, kube-proxy, and on a server the
/// static pods of the control plane. `max-pods=256` on a /24 is fine with them.
const HOST_PODS: i64 = 7;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    refused(node, drafts);
    too_few(context, node, drafts);
}

/// Combinations with which kube-controller-manager exits. Zero counts as not set.
fn refused(node: &NodeConfig<'_>, drafts: &mut Vec<Draft>) {
    let set = |flag: &str| match node.argument(LIST, flag) {
        Fact::Known(found) if found.value.as_number() != Some(0.0) => found.at,
        _ => None,
    };
    let networks = PodNetwork::of(Some(node));
    let family = |v4: bool| {
        networks.as_ref().filter(|pods| pods.ipv4().is_some() == v4 && pods.ipv6().is_some() != v4)
    };
    let mut report = |at, why: &str, help: &str| {
        let message = format!("{why}; kube-controller-manager fails to start");
        drafts.push(Draft::new(at, message).help(help));
    };
    if let Some(at) = set(BOTH) {
        if networks.as_ref().is_some_and(|pods| pods.ipv4().is_some() && pods.ipv6().is_some()) {
            report(at, "`node-cidr-mask-size` is not allowed with dual-stack `cluster-cidr`", SPLIT);
        } else if set(V4).or(set(V6)).is_some() {
            report(
                at,
                "`node-cidr-mask-size` is not allowed together with a size for one family",
                "remove one of the two",
            );
        }
        return;
    }
    if let Some(at) = set(V4).filter(|_| family(false).is_some()) {
        report(
            at,
            "`node-cidr-mask-size-ipv4` is not allowed with an IPv6 `cluster-cidr`",
            "write `node-cidr-mask-size-ipv6`",
        );
    }
    if let Some(at) = set(V6).filter(|_| family(true).is_some()) {
        report(
            at,
            "`node-cidr-mask-size-ipv6` is not allowed with an IPv4 `cluster-cidr`",
            "write `node-cidr-mask-size-ipv4`",
        );
    }
}

const SPLIT: &str = "write `node-cidr-mask-size-ipv4=…` and `node-cidr-mask-size-ipv6=…`";

/// More pods than addresses in a node's range, if each node has a range.
fn too_few(context: &Context<'_, '_>, node: &NodeConfig<'_>, drafts: &mut Vec<Draft>) {
    let Fact::Known(pods) = node.argument("kubelet-arg", "max-pods") else { return };
    let (Some(count), Some(at)) = (integer(&pods.value), pods.at) else { return };
    let Some(server) = context.server.filter(|server| server.is_complete()) else { return };
    if !has_node_ranges(context) || PodNetwork::of(Some(server)).and_then(|pods| pods.ipv4()).is_none() {
        return;
    }
    let size = |flag: &str| match server.argument(LIST, flag) {
        Fact::Known(found) => Some(integer(&found.value)),
        Fact::Absent(_) => Some(None),
        Fact::Unknown => None,
    };
    let (Some(v4), Some(both)) = (size(V4), size(BOTH)) else { return };
    let mask = v4.or(both).filter(|size| *size > 0).unwrap_or(DEFAULT_V4);
    let Some(bits) = 32_i64.checked_sub(mask).filter(|bits| (0..=32).contains(bits)) else { return };
    // Three addresses are reserved: the network, the bridge or router, and the broadcast address.
    let room = (1_i64 << bits) - 3;
    if count <= room + HOST_PODS {
        return;
    }
    drafts.push(
        Draft::new(
            at,
            format!("`max-pods` is {count}, but each node gets a /{mask} with {room} addresses; further pods do not start"),
        )
        .severity(Severity::Warning)
        .help(format!(
            "lower `max-pods`, or add `node-cidr-mask-size-ipv4={}` to `{LIST}` of a new cluster",
            mask_for(count)
        )),
    );
}

/// The longest mask with enough addresses for a number of pods.
fn mask_for(count: i64) -> i64 {
    (0..=DEFAULT_V4).rev().find(|mask| (1_i64 << (32 - mask)) - 3 + HOST_PODS >= count).unwrap_or(0)
}

fn integer(value: &Datum<'_>) -> Option<i64> {
    value.as_text()?.parse().ok()
}

/// Whether pods get their addresses from the range of their node.
fn has_node_ranges(context: &Context<'_, '_>) -> bool {
    let cni = context.cluster.cni(context.server);
    match cni.value().and_then(Datum::as_text).as_deref() {
        Some("canal" | "flannel") => true,
        Some("cilium") => {
            let known = context.cluster.chart_configs("rke2-cilium").next().is_none();
            match context.cluster.chart_value("rke2-cilium", &["ipam", "mode"]) {
                Fact::Known(mode) => mode.value.as_text().as_deref() == Some("kubernetes"),
                _ => known,
            }
        }
        _ => false,
    }
}
