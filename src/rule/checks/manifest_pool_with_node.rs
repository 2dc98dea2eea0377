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
    let facts: Vec<_> = context.cluster.own_nodes().iter().map(|node| node.fact("node-ip")).collect();
    let mut unknown = 0;
    let mut known = Vec::new();
    for fact in &facts {
        let own = addresses(fact).unwrap_or_default();
        unknown += u128::from(own.is_empty());
        if let Some(at) = fact.span() {
            known.extend(own.into_iter().map(|address| (at, address)));
        }
    }
    for range in ranges(*object) {
        let mut inside: Vec<_> = known.iter().filter(|(_, address)| range.contains(*address)).collect();
        let Some((at, address)) = inside.first().copied() else { continue };
        inside.sort_by_key(|(_, address)| *address);
        inside.dedup_by_key(|(_, address)| *address);
        // A pool of the nodes' addresses only is made on purpose.
        if inside.len() as u128 + unknown >= range.size() {
            continue;
        }
        let message = format!(
            "the pool `{}` contains the node address `{address}`; a Service may get the address of a node",
            range.text
        );
        drafts.push(
            Draft::new(range.at, message)
                .related(*at, "address of the node")
                .help("use addresses of the network that no node has"),
        );
    }
}

/// A part of a pool with more than one address. A pool of one address is the node's on purpose.
struct Range {
    at: Span,
    text: String,
    is_ipv4: bool,
    first: u128,
    last: u128,
    /// Whether addresses that end in 0 or 255 are not assigned.
    avoids_buggy: bool,
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
        (is_same_family && first < last).then(|| Self {
            at,
            text: text.to_owned(),
            is_ipv4: first.is_ipv4(),
            first: number(first),
            last: number(last),
            avoids_buggy: false,
        })
    }

    /// The range without its first and last address, which a range of two keeps; `None` if fewer than two are left.
    fn inner(self) -> Option<Self> {
        if self.size() == 2 {
            return Some(self);
        }
        let (first, last) = (self.first + 1, self.last - 1);
        (first < last).then_some(Self { first, last, ..self })
    }

    fn contains(&self, address: IpAddr) -> bool {
        let number = number(address);
        let is_buggy = self.avoids_buggy && matches!(number & 0xFF, 0 | 0xFF);
        address.is_ipv4() == self.is_ipv4 && (self.first..=self.last).contains(&number) && !is_buggy
    }

    /// The number of addresses, or the largest number.
    fn size(&self) -> u128 {
        (self.last - self.first).saturating_add(1)
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

/// The ranges of MetalLB's `addresses`, and of the `blocks` of Cilium (`cidrs` before 1.16).
fn ranges(object: Object<'_>) -> Vec<Range> {
    let Some(version) = object.api_version() else { return Vec::new() };
    let Some(spec) = object.spec() else { return Vec::new() };
    // A template may have another value.
    let is_on = |key: &str, on: &str| spec.get(key).is_none_or(|node| node.text() == Some(on));
    if version.starts_with("metallb.io/") && is_on("autoAssign", "true") {
        let avoids_buggy = !is_on("avoidBuggyIPs", "false");
        let elements = spec.get("addresses").into_iter().flat_map(NodeRef::items);
        return elements.filter_map(of_element).map(|range| Range { avoids_buggy, ..range }).collect();
    }
    if version.starts_with("cilium.io/") && is_on("disabled", "false") {
        // Not all releases assign them by default.
        let has_ends = spec.get("allowFirstLastIPs").and_then(NodeRef::text) == Some("Yes");
        let blocks = ["blocks", "cidrs"].into_iter().filter_map(|key| spec.get(key));
        let ranges = blocks.flat_map(NodeRef::items).filter_map(of_block);
        return ranges.filter_map(|range| if has_ends { Some(range) } else { range.inner() }).collect();
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
