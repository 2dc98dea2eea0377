//! `cni-calico/mtu-range`: MTU values that are too large, or too small for a family.

use crate::cluster::fact::{Datum, Fact, Found};
use crate::rule::{Context, Draft};

const IPV4_MINIMUM: i64 = 576;
const IPV6_MINIMUM: i64 = 1280;
const MAXIMUM: i64 = 65535;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Fact::Known(Found { value: Datum::Int(mtu), at: Some(at) }) =
        context.value(&["installation", "calicoNetwork", "mtu"])
    else {
        return;
    };
    // Zero means that Calico detects it.
    if mtu == 0 {
        return;
    }
    let message = if mtu > MAXIMUM {
        format!("MTU `{mtu}` exceeds the maximum packet size (65535)")
    } else if mtu < IPV4_MINIMUM {
        format!("MTU `{mtu}` is below the minimum for IPv4 ({IPV4_MINIMUM})")
    } else if mtu < IPV6_MINIMUM && has_ipv6(context) {
        format!("MTU `{mtu}` is below the minimum for IPv6 ({IPV6_MINIMUM}); pods get no IPv6")
    } else {
        return;
    };
    let help =
        "use the MTU of the nodes' links minus 50 for VXLAN, or remove the value to let Calico detect it";
    drafts.push(Draft::new(at, message).help(help));
}

/// Whether pods are known to have IPv6 addresses.
fn has_ipv6(context: &Context<'_, '_>) -> bool {
    let fact = context.server.map_or(Fact::Unknown, |server| server.fact("cluster-cidr"));
    fact.value().is_some_and(|value| {
        value.elements().iter().any(|part| part.as_text().is_some_and(|text| text.contains(':')))
    })
}
