//! `config/default-cidr-collision`: node addresses in RKE2's default ranges.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::cluster::fact::Fact;
use crate::cluster::server::NodeConfig;
use crate::rule::{Context, Draft, Target, net};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for range in ranges(context).into_iter().filter(|range| range.at.is_none()) {
        for (at, address) in node_addresses(node) {
            let Some(net) = range.nets.iter().find(|net| net.contains(&address)) else { continue };
            drafts.push(
                Draft::new(
                    at,
                    format!(
                        "node address `{address}` is inside {net}, the default of `{}`; traffic to the node may be routed into the cluster",
                        range.key
                    ),
                )
                .help(format!("set `{}` on every server to a range that no node uses", range.key)),
            );
        }
    }
}

/// A range of the cluster; `at` is where it is written, or `None` for the default.
pub(super) struct Range {
    pub(super) key: &'static str,
    pub(super) nets: Vec<IpNet>,
    pub(super) at: Option<Span>,
}

/// The effective ranges for a node: its own, or those of the single first server.
pub(super) fn ranges<'a>(context: &Context<'_, 'a>) -> Vec<Range> {
    let Some(node) = context.node() else { return Vec::new() };
    let servers = context.cluster.servers();
    let decides = match servers.as_slice() {
        [only] if !only.joins() => only,
        _ => node,
    };
    let own_network = context.cluster.pods_have_own_network(decides) == Some(true);
    let range = |key: &'static str| {
        if key == "cluster-cidr" && !own_network {
            return None;
        }
        let of = |node: &NodeConfig<'a>| if node.ignores(key) { Fact::Unknown } else { node.fact(key) };
        let fact = match of(node) {
            Fact::Unknown => of(decides),
            known => known,
        };
        let Fact::Known(found) = fact else { return None };
        let nets = net::networks(&found.value)?;
        Some(Range { key, nets, at: found.at })
    };
    ["cluster-cidr", "service-cidr"].into_iter().filter_map(range).collect()
}

/// The addresses of a node in its configuration, and the address of the server that it joins.
pub(super) fn node_addresses(node: &NodeConfig<'_>) -> Vec<(Span, IpAddr)> {
    let mut addresses: Vec<(Span, IpAddr)> = Vec::new();
    for key in ["node-ip", "node-external-ip", "advertise-address"] {
        let parts = node.setting(key).map(crate::rke2::config::Setting::raw_parts).unwrap_or_default();
        addresses
            .extend(parts.iter().filter_map(|(value, part)| Some((value.span(), part.trim().parse().ok()?))));
    }
    for (value, text) in node.setting("server").into_iter().flat_map(crate::rke2::config::Setting::literals) {
        let host = crate::rke2::url::JoinUrl::parse(&text).map(|url| url.host.to_owned());
        addresses.extend(host.and_then(|host| Some((value.span(), host.parse().ok()?))));
    }
    addresses.sort_by_key(|(_, address)| *address);
    addresses.dedup_by_key(|(_, address)| *address);
    addresses
}
