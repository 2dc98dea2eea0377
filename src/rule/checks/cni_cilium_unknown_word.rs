//! `cni-cilium/unknown-word`: values that Cilium's agents do not accept.

use ipnet::IpNet;

use crate::catalog::cilium::{self, CiliumWords};
use crate::catalog::compare_versions;
use crate::cluster::cilium::{
    KubeProxyReplacement, agent_option, is_cloud_mode, is_native_routing, kube_proxy_replacement,
};
use crate::cluster::effective::Effective;
use crate::cluster::fact::{Datum, Fact};
use crate::finding::Safety;
use crate::rke2::node::is_stand_in;
use crate::rule::{Context, Draft, Target, edit};
use crate::spelling::nearest;
use crate::yaml::template_mark;

/// The value that is compared without regard to case.
const ANY_CASE: &[&str] = &["bpf", "monitorAggregation"];
/// The sizes of Maglev tables that the agents accept.
const TABLE_SIZES: [i64; 10] = [251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131_071];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let values = context.cluster.effective(object);
    // Only values in view count, since those elsewhere are unlikely to repeat a value that is written here.
    let replaces = kube_proxy_replacement(&values.in_view()) == KubeProxyReplacement::Full;
    for row in cilium::words() {
        let CiliumWords { path, option, since, only_replacing, words } = row;
        let Fact::Known(found) = values.written(path) else { continue };
        let (Datum::Text(word), Some(at)) = (&found.value, found.at) else { continue };
        let checked = values.all_versions(|version| compare_versions(version, since).is_ge());
        let any_case = path == ANY_CASE;
        let known = |one: &&str| *one == word.as_ref() || (any_case && one.eq_ignore_ascii_case(word));
        if word.is_empty() || words.iter().any(known) || template_mark(word).is_some() {
            continue;
        }
        if !checked || (*only_replacing && !replaces) || is_overridden(&values, option) {
            continue;
        }
        // `dsrDispatch` is only read in DSR mode.
        let mode = values.written(&["loadBalancer", "mode"]);
        if path.ends_with(&["dsrDispatch"]) && mode.value().and_then(Datum::as_text).as_deref() != Some("dsr")
        {
            continue;
        }
        let near = nearest(word, words.iter().copied(), 2);
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("use one of `{}`", words.join("`, `")),
        };
        let message = format!("unknown `{}` `{word}`; Cilium's agents fail to start", path.join("."));
        let entry = context.written(path).filter(|entry| entry.value.span() == at);
        let edit = near.zip(entry).and_then(|(near, entry)| edit::reword(entry.value, near));
        drafts.push(Draft::new(at, message).help(help).fixed(Safety::Safe, "correct the spelling", edit));
    }
    table_size(&values, drafts);
    native_networks(&values, drafts);
    if replaces {
        returns_through_tunnel(&values, drafts);
    }
}

/// Whether `extraConfig` or `extraArgs` sets an option of the agents, or possibly does. Only values in view are
/// considered, since those elsewhere are unlikely to repeat a value that is written here.
fn is_overridden(values: &Effective<'_, '_>, option: &str) -> bool {
    agent_option(&values.in_view(), option) != Some(false)
}

fn table_size(values: &Effective<'_, '_>, drafts: &mut Vec<Draft>) {
    let Fact::Known(found) = values.written(&["maglev", "tableSize"]) else { return };
    // With null, the agents use their own default.
    if found.value == Datum::Null || is_overridden(values, "bpf-lb-maglev-table-size") {
        return;
    }
    let (Some(size), Some(at)) = (found.value.as_text(), found.at) else { return };
    let is_size = size.parse().is_ok_and(|size| TABLE_SIZES.contains(&size));
    if is_size || size.is_empty() || template_mark(&size).is_some() || is_stand_in(&size) {
        return;
    }
    // Older agents check the size only if they use the tables.
    let algorithm = values.written(&["loadBalancer", "algorithm"]);
    let uses_tables = algorithm.value().and_then(Datum::as_text).as_deref() == Some("maglev");
    if !uses_tables && !values.all_versions(|version| compare_versions(version, "1.17").is_ge()) {
        return;
    }
    let sizes: Vec<String> = TABLE_SIZES.iter().map(i64::to_string).collect();
    drafts.push(
        Draft::new(at, format!("invalid `maglev.tableSize` `{size}`; Cilium's agents fail to start"))
            .help(format!("use one of {}", sizes.join(", "))),
    );
}

/// The native routing CIDR must be of the right family.
fn native_networks(values: &Effective<'_, '_>, drafts: &mut Vec<Draft>) {
    for (key, option, family, example) in [
        ("ipv4NativeRoutingCIDR", "ipv4-native-routing-cidr", "IPv4", "10.42.0.0/16"),
        ("ipv6NativeRoutingCIDR", "ipv6-native-routing-cidr", "IPv6", "fd00:42::/56"),
    ] {
        let Fact::Known(found) = values.written(&[key]) else { continue };
        let (Datum::Text(text), Some(at)) = (&found.value, found.at) else { continue };
        if text.is_empty()
            || template_mark(text).is_some()
            || is_stand_in(text)
            || is_overridden(values, option)
        {
            continue;
        }
        let problem = match text.parse::<IpNet>() {
            Ok(IpNet::V4(_)) if family == "IPv4" => continue,
            Ok(IpNet::V6(_)) if family == "IPv6" => continue,
            Ok(_) => format!("`{key}` is `{text}`, which is not an {family} network"),
            Err(_) => format!("`{key}` is `{text}`, which is not a CIDR"),
        };
        drafts.push(
            Draft::new(at, format!("{problem}; Cilium's agents fail to start"))
                .help(format!("write the network of the pods, for example `{example}`")),
        );
    }
}

/// Direct server return needs the original packets, which a VXLAN tunnel does not preserve. Checked for agents 1.15 to
/// 1.18.
fn returns_through_tunnel(values: &Effective<'_, '_>, drafts: &mut Vec<Draft>) {
    let Fact::Known(mode) = values.written(&["loadBalancer", "mode"]) else { return };
    let (Some(word), Some(at)) = (mode.value.as_text(), mode.at) else { return };
    let text = |path: &[&str], default: &str| match values.fact(path) {
        Fact::Unknown => None,
        Fact::Absent(_) => Some(default.to_owned()),
        Fact::Known(found) => match found.value.as_text() {
            Some(text) if text.is_empty() => Some(default.to_owned()),
            Some(text) => Some(text.into_owned()),
            None => None,
        },
    };
    let (Some(protocol), Some(dispatch)) =
        (text(&["tunnelProtocol"], "vxlan"), text(&["loadBalancer", "dsrDispatch"], "opt"))
    else {
        return;
    };
    let given = ["tunnel-protocol", "routing-mode", "tunnel", "bpf-lb-dsr-dispatch", "bpf-lb-mode"]
        .iter()
        .any(|option| agent_option(values, option) != Some(false));
    let old = values.all_versions(|version| {
        compare_versions(version, "1.15").is_ge() && compare_versions(version, "1.19").is_lt()
    });
    let native = is_native_routing(values);
    if !matches!(word.as_ref(), "dsr" | "hybrid") || given || !old || is_cloud_mode(values) != Some(false) {
        return;
    }
    let (problem, help) = if native == Some(false) && protocol == "vxlan" {
        (
            "cannot be used with a VXLAN tunnel",
            "set `routingMode: native`, or `tunnelProtocol: geneve` with `loadBalancer.dsrDispatch: geneve`",
        )
    } else if native == Some(false) && protocol == "geneve" && dispatch == "opt" {
        (
            "needs `loadBalancer.dsrDispatch: geneve` in a Geneve tunnel",
            "set `loadBalancer.dsrDispatch: geneve`",
        )
    } else if native.is_some() && protocol == "vxlan" && dispatch == "geneve" {
        ("with `dsrDispatch: geneve` needs `tunnelProtocol: geneve`", "set `tunnelProtocol: geneve`")
    } else {
        return;
    };
    let message = format!("`loadBalancer.mode: {word}` {problem}; Cilium's agents fail to start");
    drafts.push(Draft::new(at, message).help(help));
}
