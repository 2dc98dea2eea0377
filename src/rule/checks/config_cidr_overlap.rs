//! `config/cidr-overlap`: pods, Services and nodes that share addresses.

use ipnet::IpNet;

use super::config_default_cidr_collision::{node_addresses, ranges};
use crate::cluster::fact::Fact;
use crate::finding::Severity;
use crate::rule::{Context, Draft, Target, net};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    pods_and_services(context, drafts);
    for range in ranges(context) {
        let Some(written) = range.at else { continue };
        for (at, address) in node_addresses(node) {
            let Some(net) = range.nets.iter().find(|net| net.contains(&address)) else { continue };
            drafts.push(
                Draft::new(
                    at,
                    format!(
                        "node address `{address}` is inside `{}` {net}; traffic to the node may be routed to pods or Services",
                        range.key
                    ),
                )
                .related(written, "range set here")
                .help(format!("set `{}` to a range that no node, gateway or load balancer uses", range.key)),
            );
        }
    }
}

fn pods_and_services(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Some(node) = context.node().filter(|node| !node.ignores("cluster-cidr")) else { return };
    let (Fact::Known(pods), Fact::Known(services)) = (node.fact("cluster-cidr"), node.fact("service-cidr"))
    else {
        return;
    };
    let Some(at) = services.at.or(pods.at) else { return };
    let (Some(pod_nets), Some(service_nets)) = (net::networks(&pods.value), net::networks(&services.value))
    else {
        return;
    };
    let clash = |pod: &IpNet, service: &IpNet| pod.contains(service) || service.contains(pod);
    let found =
        pod_nets.iter().find_map(|pod| Some((pod, service_nets.iter().find(|service| clash(pod, service))?)));
    let Some((pod, service)) = found else { return };
    let mut draft = if service.contains(pod) {
        Draft::new(
            at,
            format!(
                "`service-cidr` {service} covers all of `cluster-cidr` {pod}; no addresses are left for pods"
            ),
        )
    } else {
        Draft::new(
            at,
            format!("`service-cidr` {service} is inside `cluster-cidr` {pod}; a CNI with its own IPAM can assign a Service address to a pod"),
        )
        .severity(Severity::Warning)
    };
    if let Some(other) = pods.at.filter(|other| *other != at) {
        draft = draft.related(other, "pod range");
    }
    drafts.push(draft.help("set `cluster-cidr` and `service-cidr` to ranges that do not overlap"));
}
