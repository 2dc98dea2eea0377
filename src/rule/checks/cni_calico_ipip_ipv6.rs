//! `cni-calico/ipip-ipv6`: an encapsulation that exists only for IPv4.

use crate::cluster::calico::pools;
use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Some(pools) = pools(&context.value(&["installation", "calicoNetwork", "ipPools"])) else { return };
    for pool in pools.iter().filter(|pool| pool.cidr.0.addr().is_ipv6()) {
        let Some((encapsulation, at)) = &pool.encapsulation else { continue };
        if !matches!(encapsulation.as_str(), "IPIP" | "IPIPCrossSubnet") {
            continue;
        }
        let (cidr, place) = pool.cidr;
        let message = format!(
            "`{encapsulation}` is not supported for the IPv6 pool `{cidr}`; Calico's operator rejects the Installation"
        );
        let other = if encapsulation == "IPIP" { "VXLAN" } else { "VXLANCrossSubnet" };
        drafts.push(
            Draft::new(*at, message)
                .related(place, "IPv6 network")
                .help(format!("use `encapsulation: {other}` or `None` for IPv6")),
        );
    }
}
