//! `cni-cilium/auto-direct-routes-with-tunnel`: direct routes between nodes in tunnel mode.

use crate::cluster::cilium::{agent_option, is_cloud_mode};
use crate::cluster::fact::Fact;
use crate::cluster::pod_network::PodNetwork;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let values = context.cluster.effective(object);
    let routes = values.fact(&["autoDirectNodeRoutes"]);
    let (Some(true), Some(at)) = (routes.is_true(), routes.span()) else { return };
    let mode = values.fact(&["routingMode"]);
    let tunnel = match &mode {
        Fact::Unknown => false,
        Fact::Absent(_) => true,
        Fact::Known(found) => {
            found.value.as_text().is_some_and(|mode| matches!(mode.as_ref(), "" | "tunnel" | "null"))
        }
    };
    // Charts before 1.18.502 choose native routing by themselves where pods have no IPv4.
    let pods_may_lack_ipv4 = PodNetwork::of(context.server).is_none_or(|pods| pods.ipv4().is_none());
    if !tunnel
        || is_cloud_mode(&values) != Some(false)
        || agent_option(&values, "routing-mode") != Some(false)
        || (pods_may_lack_ipv4 && !values.has_change("cilium-direct-routes-by-family"))
    {
        return;
    }
    let message =
        "`autoDirectNodeRoutes` needs native routing, but `routingMode` is `tunnel`; the Cilium agents exit";
    let mut draft = Draft::new(at, message).help(
        "set `routingMode: native` and `ipv4NativeRoutingCIDR` (`ipv6NativeRoutingCIDR` for IPv6), or remove \
         `autoDirectNodeRoutes`",
    );
    if let Some(span) = mode.span().filter(|_| mode.is_written() == Some(true)) {
        draft = draft.related(span, "tunnel mode set here");
    }
    drafts.push(draft);
}
