//! `dual-stack/node-ip-single-family`: node addresses that lack a family of the pods.

use crate::cluster::server::NodeConfig;
use crate::rule::net::{Family, Networks};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(addresses) = Networks::of(&node.fact("node-ip")) else { return };
    let Some(at) = addresses.at else { return };
    let Some(pods) = pod_ranges(context, node) else { return };
    let Some(pods_at) = pods.at else { return };
    if node.fact("disable-agent").is_true() != Some(false) && node.setting("disable-agent").is_some() {
        return;
    }
    let has = addresses.families();
    let Some(missing) = pods.families().into_iter().find(|family| !has.contains(family)) else { return };
    let message = format!(
        "`node-ip` has no {missing} address, but `cluster-cidr` is {}; RKE2 fails to start",
        pods.words()
    );
    let help = if pods.families().len() == 2 {
        "set one address of each family: `node-ip: IPV4,IPV6`".to_owned()
    } else {
        format!("set `node-ip` to the node's {missing} address")
    };
    drafts.push(
        Draft::new(at, message)
            .related(pods_at, format!("`cluster-cidr` is {} here", pods.words()))
            .help(help),
    );
}

/// The pod ranges: those of the node's own configuration, or else those on which all servers agree.
fn pod_ranges(context: &Context<'_, '_>, node: &NodeConfig<'_>) -> Option<Networks> {
    let of = |node: &NodeConfig<'_>| {
        Networks::of(&node.fact("cluster-cidr")).filter(|networks| networks.at.is_some())
    };
    if node.setting("cluster-cidr").is_some() || !node.joins() {
        return of(node);
    }
    let servers = context.cluster.servers();
    let first = of(servers.first()?)?;
    let wanted: Vec<Family> = first.families();
    servers.iter().all(|server| of(server).is_some_and(|other| other.families() == wanted)).then_some(first)
}
