//! `config/cluster-dns-outside-service-cidr`: a cluster DNS address that no Service can use.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::cluster::fact::Fact;
use crate::finding::Severity;
use crate::rule::{Context, Draft, Target, net};

/// The index of the address that RKE2 gives the DNS Service by default.
const TENTH: u128 = 10;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let (Some(dns), Fact::Known(services)) = (node.setting("cluster-dns"), node.fact("service-cidr")) else {
        return;
    };
    let Some(nets) = net::networks(&services.value) else { return };
    let own_dns = node.setting("disable").is_some_and(|disable| {
        !disable.is_literal() || disable.parts().iter().any(|(_, part)| part == "rke2-coredns")
    });
    if own_dns {
        return;
    }
    let node_v6 =
        node.setting("node-ip").is_some_and(|ips| ips.raw_parts().iter().any(|(_, ip)| ip.contains(':')));
    for (value, part) in dns.raw_parts() {
        let Ok(address) = part.trim().parse::<IpAddr>() else { continue };
        let written = services.at.is_some();
        // The default `service-cidr` depends on the families of the node's addresses.
        if !written && (node_v6 || address.is_ipv6()) {
            continue;
        }
        let range: Vec<String> = nets.iter().map(ToString::to_string).collect();
        let range = range.join(",");
        // The `kubernetes` Service has one address, of the first range.
        let first = nets.first().and_then(|net| nth(net, 1)) == Some(address);
        let is_network = nets.iter().any(|net| net.network() == address);
        let outside = !nets.iter().any(|net| net.contains(&address));
        let whose = if written { "" } else { "default " };
        let mut draft = if outside {
            Draft::new(
                value.span(),
                format!(
                    "`{address}` is outside the {whose}`service-cidr` {range}; the DNS Service cannot use it and DNS fails"
                ),
            )
        } else if first {
            Draft::new(
                value.span(),
                format!(
                    "`{address}` is the first address of `service-cidr` {range}, which the `kubernetes` Service uses; DNS fails"
                ),
            )
        } else if is_network {
            Draft::new(
                value.span(),
                format!(
                    "`{address}` is the address of the network `service-cidr` {range}, not of a Service; DNS fails"
                ),
            )
        } else {
            continue;
        };
        let tenth = nets
            .iter()
            .find(|net| net.network().is_ipv4() == address.is_ipv4())
            .and_then(|net| nth(net, TENTH));
        draft = match tenth {
            Some(tenth) => {
                draft.help(format!("write `{tenth}`, or remove the key on all servers to use that default"))
            }
            None => draft.help("remove the key on all servers"),
        };
        if let Some(at) = services.at {
            draft = draft.related(at, "Service range");
        }
        let own_address = context.cluster.chart_value("rke2-coredns", &["service", "clusterIP"]);
        if !matches!(own_address, Fact::Absent(_) | Fact::Unknown) && own_address.is_written() == Some(true) {
            draft = draft.severity(Severity::Warning);
        }
        drafts.push(draft);
    }
}

/// The address of a network at an index, counted as Kubernetes does it: the address of the network itself is 0.
fn nth(net: &IpNet, index: u128) -> Option<IpAddr> {
    let address = match net.network() {
        IpAddr::V4(first) => IpAddr::V4(
            u32::try_from(index).ok().and_then(|index| u32::from(first).checked_add(index))?.into(),
        ),
        IpAddr::V6(first) => IpAddr::V6(u128::from(first).checked_add(index)?.into()),
    };
    Some(address).filter(|address| net.contains(address))
}
