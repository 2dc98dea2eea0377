//! `coredns/cluster-ip-override`: a DNS Service address that differs from the kubelet's.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::cluster::charts::texts;
use crate::cluster::fact::Fact;
use crate::cluster::server::NodeConfig;
use crate::finding::Safety;
use crate::rke2::values::Written;
use crate::rule::{Context, Draft, Target};

/// The index of the DNS Service address within the first service network.
const DNS_INDEX: u32 = 10;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let (Target::Chart { values, .. }, Some(server)) = (context.target, context.server) else { return };
    let Written::Entry(entry) = values.lookup(&["service", "clusterIP"]) else { return };
    let Some(written) = entry.value.string().filter(|text| !text.is_empty()) else { return };
    let Ok(address) = written.parse::<IpAddr>() else { return };
    let Some((expected, from)) = expected(server) else { return };
    if address == expected {
        return;
    }
    let told = |node: &NodeConfig<'_>| {
        node.setting("kubelet-arg").is_some_and(|setting| {
            !setting.is_literal() || setting.literals().any(|(_, text)| text.contains("cluster-dns"))
        })
    };
    // Some kubelet is configured with its own address, which may be this one.
    if context.cluster.nodes.iter().any(told) {
        return;
    }
    let mut draft = Draft::new(
        entry.label_span(),
        format!("CoreDNS listens on `{written}`, but kubelets configure pods with `{expected}`; DNS fails"),
    )
    .help(format!(
        "remove `service.clusterIP`, or set `cluster-dns: {written}` in config.yaml on every server"
    ));
    draft = draft.fixed(
        Safety::Unsafe,
        "remove `service.clusterIP`",
        context.without_value(&["service", "clusterIP"]),
    );
    if let Some(span) = from {
        draft = draft.related(span, "kubelet address set here");
    }
    drafts.push(draft);
}

/// The first address of `cluster-dns` or its default, and where it is written.
fn expected(server: &NodeConfig<'_>) -> Option<(IpAddr, Option<crate::source::Span>)> {
    let first = |fact: &Fact<'_>| {
        texts(fact.value()?).first().and_then(|text| text.split(',').next().map(str::to_owned))
    };
    let dns = server.fact("cluster-dns");
    match &dns {
        Fact::Known(found) if found.at.is_some() => return Some((first(&dns)?.parse().ok()?, found.at)),
        Fact::Unknown => return None,
        _ => {}
    }
    let cidr = server.fact("service-cidr");
    match &cidr {
        // The default counts only if the file certainly belongs to a server.
        Fact::Known(found) if found.at.is_some() || server.has_server_key() => {
            Some((tenth(first(&cidr)?.parse().ok()?)?, found.at))
        }
        _ => None,
    }
}

fn tenth(network: IpNet) -> Option<IpAddr> {
    match network.network() {
        IpAddr::V4(first) => Some(IpAddr::from((u32::from(first).checked_add(DNS_INDEX)?).to_be_bytes())),
        IpAddr::V6(first) => {
            Some(IpAddr::from((u128::from(first).checked_add(DNS_INDEX.into())?).to_be_bytes()))
        }
    }
}
