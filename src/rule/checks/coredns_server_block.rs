//! `coredns/server-block`: incomplete or invalid blocks of `servers`.

use crate::catalog::accepted::{List, words};
use crate::finding::Severity;
use crate::rke2::values::Written;
use crate::rule::{Context, Draft, Target};
use crate::spelling::nearest;
use crate::yaml::{Kind, NodeRef, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, values, .. } = context.target else { return };
    let Written::Entry(entry) = values.lookup(&["servers"]) else { return };
    let servers: Vec<NodeRef<'_>> =
        entry.value.items().filter(|server| server.kind() == Kind::Mapping).collect();
    if servers.len() != entry.value.items().len() || servers.iter().any(|server| is_opaque(*server)) {
        return;
    }
    for server in &servers {
        if server.get("port").is_none_or(NodeRef::is_null) {
            let at = server.entries().next().map_or_else(|| server.span(), |first| first.key.span());
            drafts.push(
                Draft::new(at, "server block without `port`; the API server rejects the DNS Service and the install fails")
                    .help("add `port: 53`"),
            );
        }
        for plugin in server.get("plugins").into_iter().flat_map(NodeRef::items) {
            drafts.extend(plugin_fault(plugin));
        }
    }
    let on_53: Vec<NodeRef<'_>> = servers
        .iter()
        .filter(|server| server.get("port").and_then(NodeRef::text) == Some("53"))
        .filter_map(|server| server.get("zones"))
        .flat_map(NodeRef::items)
        .collect();
    let by_zone = context.cluster.effective(object).has_change("coredns-tcp-by-zone");
    if by_zone && !on_53.is_empty() && on_53.iter().all(|zone| lacks_tcp(*zone)) {
        drafts.push(
            Draft::new(
                entry.key.span(),
                "no zone on port 53 has `use_tcp: true`; the DNS Service gets no TCP port",
            )
            .severity(Severity::Warning)
            .help("add `use_tcp: true` to the zone"),
        );
    }
}

/// Whether something in a block comes from elsewhere.
fn is_opaque(server: NodeRef<'_>) -> bool {
    server.entries().any(|entry| {
        entry.is_merge()
            || entry.key.kind() == Kind::Mapping
            || entry.value.text().is_some_and(|text| template_mark(text).is_some())
    })
}

fn lacks_tcp(zone: NodeRef<'_>) -> bool {
    zone.kind() == Kind::Mapping
        && !zone.entries().any(|entry| entry.is_merge())
        && zone.get("use_tcp").is_none_or(|tcp| tcp.is_null() || matches!(tcp.text(), Some("false" | "")))
}

fn plugin_fault(plugin: NodeRef<'_>) -> Option<Draft> {
    let name = plugin.entry("name")?;
    let text = name.value.text().filter(|text| template_mark(text).is_none())?;
    if text == "prometheus" && plugin.get("parameters").is_none_or(NodeRef::is_null) && !is_opaque(plugin) {
        return Some(
            Draft::new(
                name.label_span(),
                "plugin `prometheus` without `parameters`; the chart fails to render",
            )
            .help("add `parameters: 0.0.0.0:9153`"),
        );
    }
    let plugins = words(List::CorednsPlugins);
    let near = nearest(text, plugins.all().iter().copied(), 2).filter(|_| !plugins.has(text))?;
    Some(
        Draft::new(name.label_span(), format!("unknown CoreDNS plugin `{text}`; CoreDNS fails to start"))
            .help(format!("did you mean `{near}`?")),
    )
}
