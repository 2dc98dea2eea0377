//! `dual-stack/service-cidr-too-large`: a Service range that is too large for kube-apiserver.

use ipnet::IpNet;

use crate::catalog::has_change;
use crate::release::Release;
use crate::rule::net::{Family, Networks};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(networks) = Networks::of(&node.fact("service-cidr")) else { return };
    let Some(at) = networks.at else { return };
    let target = &context.cluster.target;
    let Some(net) =
        networks.nets.iter().find(|net| target.all(|release| net.prefix_len() < shortest(net, release)))
    else {
        return;
    };
    // A feature gate can change the limits of the allocator one minor version earlier or later.
    let gates = node.argument("kube-apiserver-arg", "feature-gates");
    if node.setting("kube-apiserver-arg").is_some() && !matches!(gates, crate::cluster::fact::Fact::Absent(_))
    {
        return;
    }
    let limit = target.releases().iter().map(|&release| shortest(net, release)).min().unwrap_or_default();
    let suggestion = if Family::of(net) == Family::V4 { "/16" } else { "/112" };
    drafts.push(
        Draft::new(
            at,
            format!(
                "`service-cidr` `{net}` is larger than `/{limit}`, the limit of kube-apiserver, which exits"
            ),
        )
        .help(format!("use a longer mask, for example `{}{suggestion}`", net.network())),
    );
}

/// The shortest mask that kube-apiserver accepts. Releases without `large-service-cidr` allow 20 host bits; with it,
/// IPv6 allows 64.
fn shortest(net: &IpNet, release: Release) -> u8 {
    match (Family::of(net), has_change("large-service-cidr", release)) {
        (Family::V4, false) => 12,
        (Family::V6, false) => 108,
        (Family::V4, true) => 0,
        (Family::V6, true) => 64,
    }
}
