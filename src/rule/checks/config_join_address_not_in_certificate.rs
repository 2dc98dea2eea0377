//! `config/join-address-not-in-certificate`: an address that nodes join and that the first server's certificate lacks.

use std::borrow::Cow;
use std::net::IpAddr;
use std::ptr;

use crate::catalog::{self, Role};
use crate::cluster::fact::Fact;
use crate::cluster::server::{NodeConfig, NodeRole};
use crate::rke2::config::Setting;
use crate::rke2::object::Object;
use crate::rke2::url::JoinUrl;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Entry, NodeRef, template_mark};

/// Keys whose values RKE2 adds to the certificate of a server.
const NAMES: [&str; 8] = [
    "tls-san",
    "node-ip",
    "node-external-ip",
    "advertise-address",
    "bind-address",
    "node-name",
    "node-external-dns",
    "node-internal-dns",
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let (Target::Config(node), cluster) = (context.target, context.cluster) else { return };
    let servers = cluster.servers();
    let ([first], false) = (servers.as_slice(), cluster.is_image || cluster.is_shared) else { return };
    let Some((value, text)) = joined(node) else { return };
    let Some(url) = JoinUrl::parse(&text).filter(|url| !url.is_loopback()) else { return };
    // One address is one mistake, however many nodes have it.
    let is_same = |node: &NodeConfig<'_>| joined(node).is_some_and(|(_, other)| other == text);
    let is_later =
        cluster.own_nodes().iter().find(|node| is_same(node)).is_some_and(|other| !ptr::eq(other, *node));
    if is_later || !first.is_complete() || is_foreign(first, node) || !checks_names(context, first) {
        return;
    }
    // The servers share the certificate.
    let servers: Vec<_> = cluster.own_nodes().iter().filter(|node| node.role != NodeRole::Agent).collect();
    // No node joins through its own address.
    let all_have = |key: &str| servers.iter().all(|server| server.setting(key).is_some() || is_same(server));
    let is_known = match url.host.parse::<IpAddr>() {
        // Another rule reports the manifest, unless `tls-san` has a name.
        Ok(_) if is_virtual(context, url.host) => has_name(first),
        // Without `node-ip`, RKE2 picks one of the node's addresses. A virtual address is not one of them.
        Ok(_) => all_have("node-ip"),
        Err(_) => all_have("node-name") && url.host.contains('.'),
    };
    let mut settings = servers.iter().flat_map(|server| NAMES.iter().filter_map(|key| server.setting(key)));
    let host = url.host.strip_suffix('.').unwrap_or(url.host);
    if !is_known
        || servers.iter().any(|server| has_cloud_addresses(server))
        || settings.any(|setting| may_have(setting, host))
    {
        return;
    }
    let message = format!(
        "`{}` is not in `tls-san` of the first server; connections to it fail with `x509: certificate is valid for …`",
        url.host
    );
    let there = first.setting("tls-san").and_then(|setting| setting.entries.last());
    let there = there.map(Entry::label_span).or_else(|| first.place());
    let draft =
        Draft::new(value.span(), message).help(format!("add `{}` to `tls-san` on every server", url.host));
    drafts.push(match there {
        Some(there) => draft.related(there, "first server"),
        None => draft,
    });
}

/// The address that a node joins, and its place.
fn joined<'a>(node: &NodeConfig<'a>) -> Option<(NodeRef<'a>, Cow<'a, str>)> {
    node.setting("server")?.literals().next_back()
}

/// Whether two nodes may belong to different clusters: they do not have the same token, or only one of them has one.
fn is_foreign(first: &NodeConfig<'_>, node: &NodeConfig<'_>) -> bool {
    let texts = |setting: &Setting<'_>| setting.parts().into_iter().map(|(_, part)| part).collect::<Vec<_>>();
    let keys = ["token", "agent-token"];
    let mut tokens = keys.iter().filter_map(|key| first.setting(key)).map(texts).peekable();
    match node.setting("token").map(texts) {
        Some(own) => !tokens.any(|token| token == own),
        None => tokens.peek().is_some(),
    }
}

/// Whether a cloud provider may give the node further addresses and names, which RKE2 adds to the certificate.
fn has_cloud_addresses(server: &NodeConfig<'_>) -> bool {
    let is_own = |setting: &Setting<'_>| setting.parts().iter().all(|(_, part)| part == "rke2");
    let selects = |setting: &Setting<'_>| {
        setting.parts().iter().any(|(_, part)| part.trim_start_matches('-').starts_with("cloud-provider="))
    };
    server.setting("cloud-provider-name").is_some_and(|setting| !is_own(setting))
        || server.setting("kubelet-arg").is_some_and(selects)
}

/// Whether the certificate gets no names but those that the server knows.
fn checks_names(context: &Context<'_, '_>, first: &NodeConfig<'_>) -> bool {
    const KEY: &str = "tls-san-security";
    let known = catalog::config_key(KEY);
    let is_on = matches!(first.fact(KEY), Fact::Known(found) if found.value.as_bool() == Some(true));
    is_on
        && known
            .is_some_and(|key| context.cluster.target.all(|release| key.is_accepted(Role::Server, release)))
}

/// Whether clients may use a name of the servers.
fn has_name(first: &NodeConfig<'_>) -> bool {
    let parts = first.setting("tls-san").map(Setting::parts).unwrap_or_default();
    parts.iter().any(|(_, part)| part.parse::<IpAddr>().is_err())
}

/// Whether a setting contains a name or address, or may contain it.
fn may_have(setting: &Setting<'_>, host: &str) -> bool {
    !setting.is_literal()
        || setting.parts().iter().any(|(_, part)| {
            if let (Ok(one), Ok(other)) = (part.parse::<IpAddr>(), host.parse::<IpAddr>()) {
                one == other
            } else {
                let wild = part.strip_prefix("*.").and_then(|domain| Some((domain, host.split_once('.')?.1)));
                part.eq_ignore_ascii_case(host)
                    || wild.is_some_and(|(domain, of_host)| domain.eq_ignore_ascii_case(of_host))
            }
        })
}

/// Whether kube-vip gives an address to one server after the other.
fn is_virtual(context: &Context<'_, '_>, host: &str) -> bool {
    context.cluster.objects().any(|object| virtual_addresses(object).any(|address| address == host))
}

/// The addresses that kube-vip announces for the API server.
fn virtual_addresses<'a>(object: Object<'a>) -> impl Iterator<Item = String> + 'a {
    let kind = object.kind();
    let spec = object.spec().and_then(|spec| match kind.as_deref() {
        Some("DaemonSet") => spec.at(&["template", "spec"]),
        Some("Pod") => Some(spec),
        _ => None,
    });
    let containers = spec.and_then(|spec| spec.get("containers")).into_iter().flat_map(NodeRef::items);
    let variable = |node: NodeRef<'a>| Some((node.get("name")?.text()?, node.get("value")?.text()?));
    let is_on = move |env: &NodeRef<'a>| {
        env.items().filter_map(variable).any(|(name, value)| name == "cp_enable" && value == "true")
    };
    let variables =
        containers.filter_map(|container| container.get("env")).filter(is_on).flat_map(NodeRef::items);
    variables.filter_map(variable).filter_map(|(name, value)| {
        let is_address = matches!(name, "address" | "vip_address") && template_mark(value).is_none();
        is_address.then(|| value.to_owned())
    })
}
