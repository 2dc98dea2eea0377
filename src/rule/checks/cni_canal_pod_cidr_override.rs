//! `cni-canal/pod-cidr-override`: a range that `cluster-cidr` always overrides.

use ipnet::IpNet;

use crate::cluster::fact::{Fact, Found};
use crate::finding::{Safety, Severity};
use crate::rule::net::networks;
use crate::rule::{Context, Draft};

/// The default of `cluster-cidr`.
const DEFAULT: &str = "10.42.0.0/16";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let cluster = context.server.map_or(Fact::Unknown, |server| server.fact("cluster-cidr"));
    for key in ["podCidr", "podCidrv6"] {
        let Fact::Known(Found { value, at: Some(_) }) = context.value(&[key]) else { continue };
        let (Some(written), Some(entry)) = (value.as_text(), context.written(&[key])) else { continue };
        let Ok(range) = written.parse::<IpNet>() else { continue };
        let help = format!("remove `{key}` and set `cluster-cidr` in config.yaml");
        let dead = format!("`{key}: {written}` has no effect; RKE2 passes `cluster-cidr` to this chart");
        if let Some(found) = cluster.value() {
            let same_family = |other: &&IpNet| other.addr().is_ipv4() == range.addr().is_ipv4();
            let ranges = networks(found).unwrap_or_default();
            // If `cluster-cidr` has no range of this family, the chart does use the value.
            let Some(other) = ranges.iter().find(same_family).filter(|other| other.trunc() != range.trunc())
            else {
                continue;
            };
            let message = format!("{dead}, and pods get addresses from `{other}`");
            let draft = Draft::new(entry.key.span(), message).help(help);
            let draft = draft.fixed(Safety::Safe, format!("remove `{key}`"), context.without_value(&[key]));
            drafts.push(match cluster.span().filter(|_| cluster.is_written() == Some(true)) {
                Some(at) => draft.related(at, "range in use"),
                None => draft,
            });
        } else if key == "podCidr" && written != DEFAULT && range.addr().is_ipv4() {
            let draft = Draft::new(entry.key.span(), dead).help(help).severity(Severity::Info);
            let edit = context.without_value(&[key]);
            drafts.push(draft.fixed(Safety::Safe, format!("remove `{key}`"), edit));
        }
    }
}
