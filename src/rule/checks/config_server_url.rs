//! `config/server-url`: a join address that does not lead to a supervisor.

use super::config_default_cidr_collision::node_addresses;
use crate::cluster::server::NodeConfig;
use crate::finding::{Safety, Severity};
use crate::rke2::node::is_stand_in;
use crate::rke2::url::{JoinUrl, SUPERVISOR_PORT};
use crate::rule::{Context, Draft, Target};
use crate::source::Span;
use crate::yaml::NodeRef;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some((value, text)) = node.setting("server").and_then(|setting| setting.literals().next_back())
    else {
        return;
    };
    let at = value.span();
    let draft = |message: String| Draft::new(at, message);
    let is_list = text.contains(',') && text.matches("://").count() > 1;
    if is_list || text.contains(char::is_whitespace) {
        let found = if is_list { "several URLs" } else { "a space" };
        drafts.push(
            draft(format!("`{text}` contains {found}; expected a single URL"))
                .help("write `https://HOST:9345`"),
        );
        return;
    }
    let Some(url) = JoinUrl::parse(&text) else {
        if text.contains("://") {
            drafts.push(
                draft(format!("`{text}` has no host; the node cannot join"))
                    .help("write `https://HOST:9345`"),
            );
        }
        return;
    };
    // In a URL, a zone starts with an escaped `%`.
    let zone = if url.host.contains("%25") { "%25" } else { "%" };
    let host =
        if url.is_ipv6() { format!("[{}]", url.host.replacen(zone, "%25", 1)) } else { url.host.to_owned() };
    let good = format!("https://{host}:{SUPERVISOR_PORT}");
    if !url.scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")) {
        let found = match url.scheme {
            Some(scheme) => format!("`{scheme}://` is not accepted"),
            None => format!("`{text}` does not start with `https://`"),
        };
        drafts.push(
            draft(format!("{found}; RKE2 exits with `only https:// URLs are supported`"))
                .help(format!("write `{good}`"))
                .reworded(Safety::Unsafe, value, &good),
        );
        return;
    }
    // Go takes what follows the last colon for the port.
    if url.is_ipv6() && !text.contains('[') {
        drafts.push(
            draft(format!("IPv6 address `{}` has no brackets; the node cannot join", url.host))
                .help(format!("write `{good}`"))
                .reworded(Safety::Unsafe, value, &good),
        );
        return;
    }
    drafts.extend(port(context, &url, value, &good));
}

/// Checks the port and the path of an `https://` URL.
fn port(context: &Context<'_, '_>, url: &JoinUrl<'_>, value: NodeRef<'_>, good: &str) -> Option<Draft> {
    let draft = |message: String| Draft::new(value.span(), message);
    Some(match url.port {
        Some("6443") => {
            let known = is_node(context, url.host);
            let mut finding = draft(format!(
                "port 6443 of `{}` is the Kubernetes API; nodes join at the supervisor port {SUPERVISOR_PORT}",
                url.host
            ))
            .help(format!("write `{good}`"))
            .reworded(Safety::Unsafe, value, good);
            if !known {
                finding = finding.severity(Severity::Warning);
            }
            finding
        }
        // The placeholder may include a port, and `HOST:PORT:9345` may be one.
        None if is_stand_in(url.host) || (url.host.contains(':') && !url.is_ipv6()) => return None,
        None => draft(format!(
            "missing port after `{}`; RKE2 uses 443, but the supervisor listens on {SUPERVISOR_PORT}",
            url.host
        ))
        .help(format!("write `{good}`, unless a load balancer maps port 443"))
        .reworded(Safety::Unsafe, value, good)
        .severity(Severity::Warning),
        Some(port) if port.contains(':') => {
            draft(format!("`{}:{port}` has more than one port; the node cannot join", url.host))
                .help(format!("write `{good}`"))
                .reworded(Safety::Unsafe, value, good)
        }
        Some(port)
            if !port.is_empty()
                && port.bytes().all(|byte| byte.is_ascii_digit())
                && port.parse::<u16>().is_err() =>
        {
            draft(format!("invalid port {port} of `{}`; the node cannot join", url.host))
                .help(format!("write `{good}`"))
                .reworded(Safety::Unsafe, value, good)
        }
        Some(_) if !matches!(url.path, "" | "/") => {
            draft(format!("path `{}` has no effect; RKE2 uses its own paths", url.path))
                .help("remove the path")
                .severity(Severity::Info)
        }
        Some(_) => return None,
    })
}

/// Whether a host is a node of the tree rather than a load balancer.
fn is_node(context: &Context<'_, '_>, host: &str) -> bool {
    let named = |node: &NodeConfig<'_>| {
        node.setting("node-name").is_some_and(|setting| setting.literals().any(|(_, name)| name == host))
    };
    let address = host.parse().ok();
    context.cluster.nodes.iter().any(|node| {
        let own =
            || node_addresses(node).iter().any(|(at, own)| Some(*own) == address && !is_join_url(node, *at));
        named(node) || own()
    })
}

fn is_join_url(node: &NodeConfig<'_>, at: Span) -> bool {
    node.setting("server").is_some_and(|setting| setting.values.iter().any(|value| value.span() == at))
}
