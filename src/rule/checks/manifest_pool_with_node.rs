//! `manifest/pool-with-node`: a pool of load balancer addresses that contains the address of a node.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::cluster::pod_network::addresses;
use crate::rke2::object::Object;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;
use crate::yaml::NodeRef;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let nodes = context.cluster.own_nodes();
    for range in ranges(*object) {
        let found = nodes.iter().find_map(|node| {
            let fact = node.fact("node-ip");
            let address = addresses(&fact)?.into_iter().find(|address| range.contains(*address))?;
            Some((fact.span()?, address))
        });
        let Some((at, address)) = found else { continue };
        let message = format!(
            "the pool `{}` contains the node address `{address}`; a Service may get the address of a node",
            range.text
        );
        drafts.push(
            Draft::new(range.at, message)
                .related(at, "address of the node")
                .help("use addresses of the network that no node has"),
        );
    }
}

/// A part of a pool with more than one address. A pool of one address is the node's on purpose.
struct Range {
    at: Span,
    text: String,
    first: IpAddr,
    last: IpAddr,
}

impl Range {
    fn network(node: NodeRef<'_>) -> Option<Self> {
        let text = node.string()?;
        let net: IpNet = text.trim().parse().ok()?;
        let net = net.trunc();
        let last = match net {
            IpNet::V4(net) => IpAddr::V4(net.broadcast()),
            IpNet::V6(net) => IpAddr::V6(net.broadcast()),
        };
        Self::new(node.span(), text.trim(), net.network(), last)
    }

    fn between(at: Span, first: &str, last: &str) -> Option<Self> {
        let (first, last) = (first.trim(), last.trim());
        Self::new(at, &format!("{first}-{last}"), first.parse().ok()?, last.parse().ok()?)
    }

    fn new(at: Span, text: &str, first: IpAddr, last: IpAddr) -> Option<Self> {
        let is_same_family = first.is_ipv4() == last.is_ipv4();
        (is_same_family && first < last).then(|| Self { at, text: text.to_owned(), first, last })
    }

    fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && self.first <= address && address <= self.last
    }
}

/// The ranges of MetalLB's `addresses`, and of the `blocks` of Cilium (`cidrs` before 1.16).
fn ranges(object: Object<'_>) -> Vec<Range> {
    let Some(version) = object.api_version() else { return Vec::new() };
    let Some(spec) = object.spec() else { return Vec::new() };
    let is_off = |key: &str, value: &str| spec.get(key).is_some_and(|node| node.text() == Some(value));
    if version.starts_with("metallb.io/") && !is_off("autoAssign", "false") {
        let elements = spec.get("addresses").into_iter().flat_map(NodeRef::items);
        return elements.filter_map(of_element).collect();
    }
    if version.starts_with("cilium.io/") && !is_off("disabled", "true") {
        let blocks = ["blocks", "cidrs"].into_iter().filter_map(|key| spec.get(key));
        return blocks.flat_map(NodeRef::items).filter_map(of_block).collect();
    }
    Vec::new()
}

fn of_element(node: NodeRef<'_>) -> Option<Range> {
    let text = node.string()?;
    match text.split_once('-') {
        Some((first, last)) => Range::between(node.span(), first, last),
        None => Range::network(node),
    }
}

fn of_block(block: NodeRef<'_>) -> Option<Range> {
    if let Some(net) = block.get("cidr") {
        return Range::network(net);
    }
    let (start, stop) = (block.get("start")?, block.get("stop")?);
    Range::between(start.span(), &start.string()?, &stop.string()?)
}
