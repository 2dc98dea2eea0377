//! `config/server-points-to-self`: a server that joins itself.

use crate::cluster::fact::Fact;
use crate::finding::Severity;
use crate::rke2::url::{JoinUrl, SUPERVISOR_PORT};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some((value, text)) = node.setting("server").and_then(|setting| setting.literals().next_back())
    else {
        return;
    };
    let Some(url) = JoinUrl::parse(&text).filter(|url| url.port == Some(SUPERVISOR_PORT)) else { return };
    let own = |key: &str| {
        let setting = node.setting(key)?;
        let (at, _) = setting.raw_parts().into_iter().find(|(_, part)| same_host(part.trim(), url.host))?;
        Some(at.span())
    };
    if url.is_loopback() {
        drafts.push(
            Draft::new(
                value.span(),
                format!(
                    "`{}` is the node's own supervisor; a new server cannot join itself",
                    url.host
                ),
            )
            .help("remove `server` on the first server; on others set the address of the first one or of a load balancer"),
        );
        return;
    }
    // If `node-ip` is set, `advertise-address` may be a virtual address shared by all servers.
    let keys: &[&str] = match node.setting("node-ip") {
        Some(_) => &["node-ip", "node-name"],
        None => &["advertise-address", "node-name"],
    };
    let Some(same) = keys.iter().find_map(|key| own(key)) else {
        // Several nodes may share an external address.
        if let Some(same) = own("node-external-ip") {
            drafts.push(
                Draft::new(
                    value.span(),
                    format!(
                        "`{}` is also this node's `node-external-ip`; a new server cannot join itself",
                        url.host
                    ),
                )
                .related(same, "external address of the node")
                .severity(Severity::Info)
                .help(
                    "remove `server` on the first server; on others set the address of the first one or of a load balancer",
                ),
            );
        }
        return;
    };
    let no_etcd =
        matches!(node.fact("disable-etcd"), Fact::Known(found) if found.value.as_bool() == Some(true));
    let mut draft = Draft::new(
        value.span(),
        format!("`{}` is this node itself; a new server cannot join itself", url.host),
    )
    .related(same, "address of the node")
    .help("remove `server` on the first server; on others set the address of the first one or of a load balancer");
    if !no_etcd {
        draft = draft.severity(Severity::Warning);
    }
    drafts.push(draft);
}

/// Compares names without regard to case, and addresses by value.
fn same_host(one: &str, other: &str) -> bool {
    match (one.parse::<std::net::IpAddr>(), other.parse::<std::net::IpAddr>()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one.eq_ignore_ascii_case(other),
    }
}
