//! `config/critical-values-differ`: settings that must be equal on all servers.

use std::borrow::Cow;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::catalog::{self, KeyType};
use crate::cluster::fact::Datum;
use crate::cluster::server::{NodeConfig, NodeRole};
use crate::finding::Severity;
use crate::rke2::config::Setting;
use crate::rule::{Context, Draft, Target};

/// Keys that a joining server compares with the cluster.
const COMPARED: [&str; 9] = [
    "cluster-cidr",
    "service-cidr",
    "cluster-dns",
    "cluster-domain",
    "disable-cloud-controller",
    "egress-selector-mode",
    "secrets-encryption-provider",
    "embedded-registry",
    "supervisor-metrics",
];
/// The compared keys that are switches, off by default.
const SWITCHES: [&str; 3] = ["disable-cloud-controller", "embedded-registry", "supervisor-metrics"];
/// Keys that must be equal according to the documentation, although RKE2 does not compare them.
const DOCUMENTED: [&str; 2] = ["agent-token", "disable-kube-proxy"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(first) = first_server(context, node) else { return };
    for key in COMPARED.into_iter().chain(DOCUMENTED) {
        // RKE2 turns it off itself for a cloud provider that it ships.
        let is_derived = key == "disable-cloud-controller"
            && [first, node].iter().any(|node| node.setting("cloud-provider-name").is_some());
        let (Some(one), Some(other)) = (used(first, key), values(node, key)) else { continue };
        if is_same(key, &one, &other) || is_derived {
            continue;
        }
        let place = |node: &NodeConfig<'_>| Some(node.setting(key)?.entries.last()?.label_span());
        let Some(here) = place(node) else { continue };
        let shown = |values: &[String]| format!("`{}`", values.join(","));
        let there = if first.setting(key).is_some() { shown(&one) } else { "not set".to_owned() };
        let differs = if key == "agent-token" {
            format!("`{key}` is not the one of the first server")
        } else {
            format!("`{key}` is {} here but {there} on the first server", shown(&other))
        };
        let draft = if COMPARED.contains(&key) {
            Draft::new(here, format!("{differs}; joining fails with `critical configuration value mismatch`"))
        } else {
            Draft::new(here, differs).severity(Severity::Warning)
        };
        let draft = match place(first) {
            Some(there) => draft.related(there, "first server"),
            None => draft,
        };
        drafts.push(draft.help("set the same value on all servers"));
    }
}

/// Whether RKE2 reads the same value from two texts. Switches have several words for each value, and networks and
/// addresses several spellings.
fn is_same(key: &str, one: &[String], other: &[String]) -> bool {
    let is_switch = catalog::config_key(key).is_some_and(|key| key.kind == KeyType::Bool);
    let switch = |values: &[String]| Datum::Text(Cow::Borrowed(values.last()?)).as_bool();
    let parsed =
        |values: &[String]| -> Vec<Option<IpNet>> { values.iter().map(|text| network(text)).collect() };
    let (here, there) = (parsed(one), parsed(other));
    one == other
        || (here == there && here.iter().all(Option::is_some))
        || (is_switch && switch(one).is_some() && switch(one) == switch(other))
}

/// A network without the bits that RKE2 masks, or the network of a single address.
fn network(text: &str) -> Option<IpNet> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().map(|net: IpNet| net.trunc()).ok().or_else(address)
}

/// The value that the first server uses for a key; `None` if it is not known.
fn used(node: &NodeConfig<'_>, key: &str) -> Option<Vec<String>> {
    if node.setting(key).is_some() || !SWITCHES.contains(&key) {
        return values(node, key);
    }
    let is_off = node.fact(key).value().and_then(Datum::as_bool) == Some(false);
    is_off.then(|| vec!["false".to_owned()])
}

/// The first server, whose settings a joining server of the same cluster must match. `None` if the tree has several
/// other servers.
pub(super) fn first_server<'c, 'a>(
    context: &Context<'c, 'a>,
    node: &NodeConfig<'a>,
) -> Option<&'c NodeConfig<'a>> {
    if node.role != NodeRole::Server || !node.joins() {
        return None;
    }
    let servers = context.cluster.servers();
    let [first] = servers.as_slice() else { return None };
    // Different tokens mean different clusters. This includes placeholders, unless both are the same.
    let token = |node: &NodeConfig<'_>| node.setting("token").map(texts);
    let foreign = matches!((token(first), token(node)), (Some(one), Some(other)) if one != other);
    (!first.joins() && !foreign).then_some(first)
}

/// The parts of a written value; `None` if it is not written or not known.
pub(super) fn values(node: &NodeConfig<'_>, key: &str) -> Option<Vec<String>> {
    let setting = node.setting(key).filter(|setting| setting.is_literal())?;
    Some(texts(setting))
}

fn texts(setting: &Setting<'_>) -> Vec<String> {
    setting.parts().into_iter().map(|(_, part)| part).collect()
}
