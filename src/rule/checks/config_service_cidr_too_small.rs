//! `config/service-cidr-too-small`: a Service range without enough addresses for RKE2 to start.

use crate::cluster::fact::Fact;
use crate::rule::net::{Family, Networks};
use crate::rule::{Context, Draft, Target};

/// Eight addresses, the fewest that kube-apiserver accepts.
const FEWEST: u8 = 3;
/// Sixteen addresses, the smallest network with a tenth address, which is the default of `cluster-dns`.
const FEWEST_WITH_DNS: u8 = 4;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(networks) = Networks::of(&node.fact("service-cidr")) else { return };
    let (Some(at), Some(net)) = (networks.at, networks.nets.first()) else { return };
    let has_default_dns = || match node.fact("cluster-dns") {
        Fact::Known(found) => found.at.is_none(),
        Fact::Absent(_) => true,
        Fact::Unknown => false,
    };
    let bits = net.max_prefix_len() - net.prefix_len();
    let error = if bits < FEWEST {
        "the service cluster IP range must be at least 8 IP addresses"
    } else if bits < FEWEST_WITH_DNS && has_default_dns() {
        "cannot configure default cluster-dns address"
    } else {
        return;
    };
    let count = match bits {
        0 => "one address".to_owned(),
        bits => format!("{} addresses", 1_u32 << bits),
    };
    let message = format!("`service-cidr` `{net}` has only {count}; RKE2 exits with `{error}`");
    let suggestion = if Family::of(net) == Family::V4 { "/16" } else { "/112" };
    drafts.push(Draft::new(at, message).help(format!("use a shorter mask, for example `{suggestion}`")));
}
