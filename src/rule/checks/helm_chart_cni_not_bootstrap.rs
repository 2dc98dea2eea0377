//! `helm-chart/cni-not-bootstrap`: a network or cloud controller chart without `bootstrap`.

use crate::cluster::fact::Fact;
use crate::cluster::server::NodeConfig;
use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};
use crate::source::Span;
use crate::yaml::{NodeRef, Value, template_mark};

const NETWORK_CHARTS: [&str; 8] =
    ["cilium", "calico", "tigera-operator", "flannel", "canal", "antrea", "kube-ovn", "kube-router"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    if manifest.is_patched(*object) {
        return;
    }
    let (Some(server), Some(spec)) = (context.server, object.spec()) else { return };
    let Some(chart) = spec.entry("chart") else { return };
    let Some(text) = chart.value.string().filter(|text| template_mark(text).is_none()) else { return };
    if tolerates_more(server) {
        return;
    }
    let name = chart_name(&text);
    let (because, message) = if NETWORK_CHARTS.contains(&name) {
        let Some(span) = no_network(context, server) else { return };
        (
            span,
            format!(
                "`{name}` installs the network, but its job stays pending until there is one; `bootstrap: true` is missing"
            ),
        )
    } else if name.ends_with("-cloud-controller-manager") || name.ends_with("-cpi") {
        let Some(span) = external_provider(server) else { return };
        (
            span,
            format!(
                "`{name}` initializes the nodes, but its job stays pending until one is ready; `bootstrap: true` is missing"
            ),
        )
    } else {
        return;
    };
    let bootstrap = spec.entry("bootstrap");
    match bootstrap.map(|entry| (entry, entry.value.value())) {
        Some((_, Some(Value::Bool(true)))) => return,
        Some((entry, _)) if entry.value.text().is_none_or(|text| template_mark(text).is_some()) => return,
        _ => {}
    }
    let place = bootstrap.map_or_else(|| chart.label_span(), |entry| entry.label_span());
    let draft = Draft::new(place, message)
        .related(because, "set here")
        .help("set `bootstrap: true` under `spec`")
        .fixed(Safety::Safe, "set `bootstrap` to `true`", edit::set(spec, &["bootstrap"], "true"));
    drafts.push(draft);
}

/// The last part of a chart's name, reference or URL, without the version in an archive's name.
pub fn chart_name(text: &str) -> &str {
    let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or(text);
    let last = last.split([':', '@']).next().unwrap_or(last);
    let Some(archive) = last.strip_suffix(".tgz") else { return last };
    let version = archive
        .match_indices('-')
        .find(|&(at, _)| archive[at + 1..].trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()));
    version.map_or(archive, |(at, _)| &archive[..at])
}

/// Where a server is configured without a network plugin of RKE2.
fn no_network(context: &Context<'_, '_>, server: &NodeConfig<'_>) -> Option<Span> {
    match context.cluster.cni(Some(server)) {
        Fact::Known(found) if found.value.as_text().as_deref() == Some("none") => found.at,
        _ => None,
    }
}

/// Where a server configures the kubelet to wait for an external cloud controller.
fn external_provider(server: &NodeConfig<'_>) -> Option<Span> {
    let named = |fact: Fact<'_>, names: &[&str]| match fact {
        Fact::Known(found) if found.value.as_text().is_some_and(|text| names.contains(&text.as_ref())) => {
            found.at
        }
        _ => None,
    };
    named(server.fact("cloud-provider-name"), &["external"])
        .or_else(|| named(server.argument("kubelet-arg", "cloud-provider"), &["external"]))
}

/// Whether additional tolerations are configured for helm-controller's jobs, or possibly are.
fn tolerates_more(server: &NodeConfig<'_>) -> bool {
    server.setting("helm-controller-arg").is_some_and(|setting| {
        setting
            .values
            .iter()
            .copied()
            .filter_map(NodeRef::text)
            .any(|text| text.contains("toleration") || template_mark(text).is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_are_known_by_their_last_part() {
        for (text, name) in [
            ("cilium", "cilium"),
            ("cilium/cilium", "cilium"),
            ("oci://quay.io/cilium/cilium:1.17.0", "cilium"),
            ("https://helm.cilium.io/cilium-1.17.0.tgz", "cilium"),
            ("https://example.com/tigera-operator-v3.29.1.tgz", "tigera-operator"),
            ("aws-cloud-controller-manager", "aws-cloud-controller-manager"),
        ] {
            assert_eq!(chart_name(text), name);
        }
    }
}
