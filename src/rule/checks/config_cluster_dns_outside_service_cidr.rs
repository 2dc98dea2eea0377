//! `config/cluster-dns-outside-service-cidr`: a cluster DNS address that no Service can use.

use std::net::IpAddr;

use crate::cluster::fact::Fact;
use crate::finding::Severity;
use crate::rule::{Context, Draft, Target, net};

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
        let first = nets.iter().any(|net| net.hosts().next() == Some(address) || net.network() == address);
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
        } else {
            continue;
        };
        let tenth = nets
            .iter()
            .find(|net| net.network().is_ipv4() == address.is_ipv4())
            .and_then(|net| net.hosts().nth(9));
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
