//! `cni-calico/ippool-mismatch`: Calico pools that do not match `cluster-cidr`.

use ipnet::IpNet;

use crate::cluster::calico::{Pool, pools};
use crate::rule::net::networks;
use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let pool_fact = context.value(&["installation", "calicoNetwork", "ipPools"]);
    let Some(pools) = pools(&pool_fact) else { return };
    let pools: Vec<&Pool> = pools.iter().filter(|pool| pool.workload).collect();
    let Some(cluster) = context.server.map(|server| server.fact("cluster-cidr")) else { return };
    let (Some(ranges), Some(list_at)) = (cluster.value().and_then(networks), pool_fact.span()) else {
        return;
    };
    if pools.is_empty() {
        return;
    }
    let place = cluster.span().filter(|_| cluster.is_written() == Some(true));
    for ipv4 in [true, false] {
        let of_family = |net: &IpNet| net.addr().is_ipv4() == ipv4;
        let Some(range) = ranges.iter().find(|range| of_family(range)) else { continue };
        let own: Vec<_> = pools.iter().filter(|pool| of_family(&pool.cidr.0)).collect();
        let inside = own.iter().any(|pool| {
            ranges.iter().any(|range| range.contains(&pool.cidr.0) || pool.cidr.0.contains(range))
        });
        if inside {
            continue;
        }
        let (at, message, help) = match own.first() {
            Some(pool) => (
                pool.cidr.1,
                format!(
                    "`{}` is outside `cluster-cidr`; RKE2 does not treat its addresses as pod addresses",
                    pool.cidr.0
                ),
                format!("use a range inside `{range}`, or remove `ipPools`"),
            ),
            None => (
                list_at,
                format!(
                    "`ipPools` has no {} pool; pods get no address from `{range}` in `cluster-cidr`",
                    if ipv4 { "IPv4" } else { "IPv6" }
                ),
                format!("add a pool with `cidr: \"{range}\"`, or remove `ipPools`"),
            ),
        };
        let draft = Draft::new(at, message).help(help);
        drafts.push(match place {
            Some(place) => draft.related(place, "pod range"),
            None => draft,
        });
    }
}
