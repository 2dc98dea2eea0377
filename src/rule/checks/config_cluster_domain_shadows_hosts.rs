//! `config/cluster-domain-shadows-hosts`: a cluster domain that contains host names.

use crate::cluster::fact::{Datum, Fact};
use crate::cluster::server::NodeConfig;
use crate::finding::Severity;
use crate::rke2::url::JoinUrl;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;

/// The domain of a cluster whose configuration does not set one.
const DEFAULT: &str = "cluster.local";
const COREDNS: &str = "rke2-coredns";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Fact::Known(found) = node.fact("cluster-domain") else { return };
    let (Datum::Text(domain), Some(at)) = (&found.value, found.at) else { return };
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    if domain.is_empty() || !domain.contains('.') {
        return;
    }
    if has_own_zones(context, node) {
        return;
    }
    let mut hosts: Vec<(String, Span)> = Vec::new();
    for key in ["tls-san", "node-name"] {
        let parts = node.setting(key).map(crate::rke2::config::Setting::raw_parts).unwrap_or_default();
        hosts.extend(parts.into_iter().map(|(value, part)| (part, value.span())));
    }
    if let Some((value, text)) = node.setting("server").and_then(|setting| setting.literals().next_back())
        && let Some(url) = JoinUrl::parse(&text)
    {
        hosts.push((url.host.to_owned(), value.span()));
    }
    for (host, place) in hosts {
        let host = host.trim().trim_end_matches('.').to_ascii_lowercase();
        let within = host.strip_suffix(&domain).and_then(|rest| rest.strip_suffix('.'));
        // Names of Services are expected in the cluster domain.
        let service = within.is_some_and(|rest| rest.rsplit('.').next() == Some("svc"));
        // `cluster.local` itself is not a host, but roles of Ansible put it in certificates.
        let is_boilerplate = host == DEFAULT || host.starts_with('*');
        if (host != domain && within.is_none()) || service || is_boilerplate {
            continue;
        }
        let message = format!("`{host}` is inside `cluster-domain`; pods cannot resolve it");
        let help = if domain == DEFAULT {
            format!("use a name outside `{DEFAULT}` for the host")
        } else {
            format!("use a separate domain for the cluster, for example `{DEFAULT}`")
        };
        let draft = Draft::new(at, message).related(place, "resolved only inside the cluster").help(help);
        drafts.push(draft.severity(Severity::Warning));
        return;
    }
}

/// Whether the cluster DNS may forward names of its own domain: its server blocks are the user's, who may let the
/// plugin `kubernetes` fall through, or it is not RKE2's.
fn has_own_zones(context: &Context<'_, '_>, node: &NodeConfig<'_>) -> bool {
    let may_disable = node.setting("disable").is_some_and(|disable| disable.lists(COREDNS) != Some(false));
    let has_values = context.cluster.may_hold("HelmChartConfig", |name| name == COREDNS);
    let servers = context.cluster.chart_value(COREDNS, &["servers"]);
    may_disable || has_values && (matches!(servers, Fact::Unknown) || servers.is_written() == Some(true))
}
