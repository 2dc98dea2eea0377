//! `config/cluster-domain-shadows-hosts`: a cluster domain that contains host names.

use crate::cluster::fact::{Datum, Fact};
use crate::finding::Severity;
use crate::rke2::url::JoinUrl;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;

/// The domain of a cluster whose configuration does not set one.
const DEFAULT: &str = "cluster.local";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Fact::Known(found) = node.fact("cluster-domain") else { return };
    let (Datum::Text(domain), Some(at)) = (&found.value, found.at) else { return };
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    if domain.is_empty() || !domain.contains('.') {
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
        if (host != domain && within.is_none()) || service || host.starts_with('*') {
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
