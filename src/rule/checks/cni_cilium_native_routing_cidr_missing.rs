//! `cni-cilium/native-routing-cidr-missing`: native routing with masquerading needs the pod network.

use ipnet::IpNet;

use crate::cluster::cilium::{agent_option, is_cloud_mode, is_native_routing};
use crate::cluster::effective::Effective;
use crate::cluster::pod_network::PodNetwork;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;

struct Family {
    key: &'static str,
    option: &'static str,
    masquerade: &'static str,
}

const IPV4: Family = Family {
    key: "ipv4NativeRoutingCIDR",
    option: "ipv4-native-routing-cidr",
    masquerade: "enableIPv4Masquerade",
};
const IPV6: Family = Family {
    key: "ipv6NativeRoutingCIDR",
    option: "ipv6-native-routing-cidr",
    masquerade: "enableIPv6Masquerade",
};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let values = context.cluster.effective(object);
    if is_native_routing(&values) != Some(true)
        || is_cloud_mode(&values) != Some(false)
        || values.is_true(&["ipMasqAgent", "enabled"]) != Some(false)
    {
        return;
    }
    let Some(at) = values.fact(&["routingMode"]).span().or_else(|| values.fact(&["tunnel"]).span()) else {
        return;
    };
    let missing = [&IPV4, &IPV6].map(|family| is_missing(&values, family));
    let (family, network) = match PodNetwork::of(context.server) {
        Some(pods) => match (pods.ipv4(), pods.ipv6(), missing) {
            (Some(net), _, [true, _]) => (&IPV4, Some(net)),
            // Charts before 1.18 set this CIDR themselves in clusters without IPv4.
            (None, Some(net), [_, true]) if values.has_change("cilium-native-cidr-by-family") => {
                (&IPV6, Some(net))
            }
            (Some(_), Some(net), [_, true]) => (&IPV6, Some(net)),
            _ => return,
        },
        // Both CIDRs are missing, so whichever family the pods have, its network is missing.
        None if missing == [true, true] && values.has_change("cilium-direct-routes-by-family") => {
            (&IPV4, None)
        }
        None => return,
    };
    let fails = family.key == IPV6.key && values.has_change("cilium-native-cidr-by-family");
    drafts.push(draft(at, family, network, fails));
}

/// Whether the agent masquerades a family and its network is not configured in any way.
fn is_missing(values: &Effective<'_, '_>, family: &Family) -> bool {
    let masquerade = values.written(&[family.masquerade]);
    let off = masquerade.value().is_some_and(|value| value.as_bool() == Some(false));
    masquerade.is_written().is_some()
        && !off
        && values.is_empty(&[family.key]) == Some(true)
        && agent_option(values, family.option) == Some(false)
}

/// `fails`: the templates of the chart check the value, before any agent does.
fn draft(at: Span, family: &Family, network: Option<IpNet>, fails: bool) -> Draft {
    let key = family.key;
    let end = if fails { "the install of rke2-cilium fails" } else { "the Cilium agents exit" };
    let message = format!("`routingMode` is `native`, but `{key}` is not set; {end}");
    let help = match network {
        Some(network) => format!("set `{key}: {network}`, which is `cluster-cidr`"),
        None => format!("set `{key}` to `cluster-cidr`, by default `10.42.0.0/16`"),
    };
    Draft::new(at, message).help(help)
}
