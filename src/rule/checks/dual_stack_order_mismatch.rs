//! `dual-stack/order-mismatch`: dual-stack lists that start with different families.

use crate::cluster::fact::Fact;
use crate::cluster::server::NodeConfig;
use crate::rule::net::{Family, Networks};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let networks = |key: &str| Networks::of(&node.fact(key)).filter(|networks| networks.at.is_some());
    let Some(service) = networks("service-cidr") else { return };
    let (Some(service_at), Some(primary)) = (service.at, service.nets.first().map(Family::of)) else {
        return;
    };
    if let Some(cluster) = networks("cluster-cidr")
        && let Some(at) = cluster.at
        && cluster.families().len() == 2
        && service.families().len() == 2
        && Family::of(&cluster.nets[0]) != primary
    {
        let first = Family::of(&cluster.nets[0]);
        let message = format!(
            "`service-cidr` starts with {primary}, but `cluster-cidr` starts with {first}; RKE2 fails to start"
        );
        drafts.push(
            Draft::new(service_at, message)
                .related(at, format!("starts with {first}"))
                .help("write both lists in the same order; the first family is the cluster's primary one"),
        );
    }
    // A server without an API server does not advertise an address.
    if node.fact("disable-apiserver").is_true() == Some(true) {
        return;
    }
    if let Some((key, address)) = advertised(node)
        && let Some(at) = address.at
        && Family::of(&address.nets[0]) != primary
    {
        let first = Family::of(&address.nets[0]);
        let message = format!(
            "`{key}` advertises the {first} address `{}`, but `service-cidr` starts with {primary}; kube-apiserver exits",
            address.nets[0].addr()
        );
        let help = if address.families().len() == 2 {
            format!("write the {primary} address first in `{key}`")
        } else {
            format!("set `advertise-address` to the node's {primary} address")
        };
        drafts.push(
            Draft::new(at, message).related(service_at, format!("{primary} comes first here")).help(help),
        );
    }
}

/// The key from which kube-apiserver's advertised address is taken.
fn advertised(node: &NodeConfig<'_>) -> Option<(&'static str, Networks)> {
    for key in ["advertise-address", "node-external-ip", "node-ip"] {
        match node.fact(key) {
            Fact::Absent(_) => {}
            fact => return Some((key, Networks::of(&fact)?)),
        }
    }
    None
}
