//! `coredns/cluster-local-name`: addresses in `cluster.local` in a cluster with another domain.

use std::ops::Range;

use crate::cluster::fact::{Datum, Fact};
use crate::cluster::server::NodeConfig;
use crate::rule::{Context, Draft};
use crate::source::Span;

/// The end of the name of a Service in the default domain.
const DEFAULT: &str = ".svc.cluster.local";
/// The name of the API server in the default domain.
const API_SERVER: &str = "kubernetes.default.svc.cluster.local";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let cluster = context.cluster;
    let facts: Vec<_> = cluster.servers().iter().map(|server| server.fact("cluster-domain")).collect();
    let texts = facts.iter().map(|fact| fact.value().and_then(Datum::as_text));
    let Some(domains) = texts.collect::<Option<Vec<_>>>() else { return };
    let Some(domain) = domains.first().map(|domain| domain.trim_end_matches('.').to_ascii_lowercase()) else {
        return;
    };
    let is_same = domains.iter().all(|other| other.trim_end_matches('.').eq_ignore_ascii_case(&domain));
    // The values of CoreDNS may add the default domain, and any other server may answer for it.
    let disables = |server: &&NodeConfig<'_>| {
        server.setting("disable").is_some_and(|setting| setting.lists("rke2-coredns") != Some(false))
    };
    let may_serve = cluster.may_hold("HelmChartConfig", |name| name == "rke2-coredns")
        || cluster.servers().iter().any(disables);
    let Some(at) = facts.first().and_then(Fact::span).filter(|_| domain != "cluster.local") else {
        return;
    };
    if !is_same || may_serve || cluster.is_shared {
        return;
    }
    // Definitions of resources describe what others may write.
    let definitions: Vec<Span> =
        cluster.objects_of("CustomResourceDefinition").map(|(object, _)| object.node.span()).collect();
    let is_issuer = |server: &&NodeConfig<'_>| {
        let arguments = server.setting("kube-apiserver-arg");
        arguments.is_some_and(|setting| setting.parts().iter().any(|(_, part)| part.contains(DEFAULT)))
    };
    // An issuer of tokens is an identity; no program needs to resolve its name.
    let has_issuer = cluster.servers().iter().any(is_issuer);
    for manifest in cluster.manifests.iter().filter(|manifest| manifest.is_certain()) {
        let file = manifest.file;
        let in_definition =
            |at: usize| definitions.iter().any(|span| span.file == file.id && span.range().contains(&at));
        let text = file.source.text();
        let is_meant = |range: &Range<usize>| {
            !(in_definition(range.start) || has_issuer && text[range.clone()] == *API_SERVER)
        };
        let Some(range) = addresses(text).find(is_meant) else { continue };
        let name = &file.source.text()[range.clone()];
        let stem = name.strip_suffix(".cluster.local").unwrap_or(name);
        let message = format!("`{name}` does not resolve; the domain of the cluster is `{domain}`");
        drafts.push(
            Draft::new(Span::new(file.id, range.start, range.end), message)
                .related(at, "domain of the cluster")
                .help(format!("write `{stem}.{domain}`, or `{stem}` for any domain")),
        );
    }
}

/// The names of Services in the default domain that are used as addresses: in a URL, or with a port.
fn addresses(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices(DEFAULT).filter_map(|(at, _)| {
        let end = at + DEFAULT.len();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        let start = text[..at].rfind(|c| !is_part(c)).map_or(0, |before| before + 1);
        // The character before may be longer than a byte.
        let start = (start..=at).find(|&start| text.is_char_boundary(start))?;
        let labels = text[start..at].split('.').filter(|label| !label.is_empty()).count();
        let (before, after) = (&text[..start], &text[end..]);
        let has_port =
            after.strip_prefix(':').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let is_whole = !after.starts_with(|c: char| is_part(c) || c == '_');
        let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
        let is_comment = line.trim_start().starts_with('#') || line.contains(" #");
        let is_address = before.ends_with("://") || has_port;
        let is_name = labels >= 2 && !text[start..].starts_with('.');
        let is_ours = is_name && is_whole && is_address && !is_comment;
        (is_ours && !is_prose(line, after)).then_some(start..end)
    })
}

/// Whether an address is a part of a sentence, or alone in a description. `before` and `after` are the texts around it.
fn is_prose(before: &str, after: &str) -> bool {
    let before = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | ':' | '/'));
    let key = before.trim_start().trim_start_matches(['-', ' ', '"', '\'']);
    let is_text = ["description", "title", "summary", "message", "help", "note"]
        .iter()
        .any(|word| key.starts_with(word));
    let word = before.trim_end();
    let is_option = word.rsplit(char::is_whitespace).next().is_some_and(|last| last.starts_with('-'));
    let is_after_word =
        word.len() < before.len() && word.ends_with(|c: char| c.is_alphanumeric() || c == ',') && !is_option;
    let rest = after.split(['\n', '"', '\'']).next().unwrap_or_default();
    let is_before_word = rest.split_once(' ').is_some_and(|(_, rest)| {
        rest.trim_start().starts_with(|c: char| c.is_alphanumeric()) && before.trim_end().ends_with(':')
    });
    is_text || is_after_word || is_before_word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_are_found() {
        for (text, expected) in [
            ("url: http://read.loki.svc.cluster.local:3100/x", Some("read.loki.svc.cluster.local")),
            ("a: é=db.apps.svc.cluster.local:5432", Some("db.apps.svc.cluster.local")),
            ("noProxy: .svc.cluster.local", None),
            ("dnsNames: [web.apps.svc.cluster.local]", None),
            ("http://{{ name }}.apps.svc.cluster.local", None),
            ("$(POD).web.apps.svc.cluster.local:80", None),
            ("http://web.apps.svc.cluster.localhost", None),
            ("# http://web.apps.svc.cluster.local", None),
            ("a: b # http://web.apps.svc.cluster.local", None),
            ("text: It was at http://web.apps.svc.cluster.local before.", None),
            ("description: http://web.apps.svc.cluster.local", None),
            ("- --url=http://web.apps.svc.cluster.local", Some("web.apps.svc.cluster.local")),
            ("- --url http://web.apps.svc.cluster.local:80 --quiet", Some("web.apps.svc.cluster.local")),
            ("args: [a, 'http://web.apps.svc.cluster.local']", Some("web.apps.svc.cluster.local")),
        ] {
            assert_eq!(addresses(text).next().map(|range| &text[range]), expected, "{text}");
        }
    }
}
