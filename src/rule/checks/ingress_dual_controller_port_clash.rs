//! `ingress/dual-controller-port-clash`: two ingress controllers on the host ports 80 and 443.

use crate::catalog::has_change;
use crate::cluster::fact::{Datum, Fact};
use crate::prose;
use crate::rke2::values::{ValueLayers, Written};
use crate::rule::{Context, Draft, Target};

/// Values that place the controllers on different nodes or free them of host ports.
const APART: &[(&str, &[&str])] = &[
    ("rke2-ingress-nginx", &["controller", "nodeSelector"]),
    ("rke2-ingress-nginx", &["controller", "affinity"]),
    ("rke2-ingress-nginx", &["controller", "kind"]),
    ("rke2-ingress-nginx", &["controller", "hostNetwork"]),
    ("rke2-traefik", &["nodeSelector"]),
    ("rke2-traefik", &["affinity"]),
    ("rke2-traefik", &["hostNetwork"]),
    ("rke2-traefik", &["deployment", "kind"]),
    ("rke2-traefik", &["deployment", "enabled"]),
];

/// Values of nginx and Traefik that set the same host port.
const PORTS: &[(&[&str], &[&str])] = &[
    (&["controller", "hostPort", "ports", "http"], &["ports", "web", "hostPort"]),
    (&["controller", "hostPort", "ports", "https"], &["ports", "websecure", "hostPort"]),
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let cluster = context.cluster;
    let Some(setting) = node.setting("ingress-controller") else { return };
    let texts: Vec<_> = setting.arguments().filter_map(|(_, text)| text).collect();
    // From v1.36 on, a comma-separated string deploys neither controller.
    if texts.iter().any(|text| text.contains(','))
        && cluster.target.any(|release| has_change("ingress-controller-unchecked", release))
    {
        return;
    }
    let names: Vec<String> = setting.parts().into_iter().map(|(_, part)| part).collect();
    let both = ["traefik", "ingress-nginx"].iter().all(|name| names.iter().any(|part| part == name));
    // If no manifest is in view, the values may be elsewhere.
    if !both || !cluster.manifests.iter().any(|manifest| manifest.root.is_some()) {
        return;
    }
    let (Some(nginx), Some(traefik)) =
        (layers(context, "rke2-ingress-nginx"), layers(context, "rke2-traefik"))
    else {
        return;
    };
    let of = |chart: &str| if chart == "rke2-traefik" { &traefik } else { &nginx };
    if APART.iter().any(|(chart, path)| !matches!(of(chart).lookup(path), Written::Absent(_))) {
        return;
    }
    let value = |chart: &str, path: &[&str]| cluster.value_fact(of(chart), chart, path);
    if value("rke2-ingress-nginx", &["controller", "hostPort", "enabled"]).is_true() != Some(true) {
        return;
    }
    let clashing: Vec<String> = PORTS
        .iter()
        .filter_map(|(one, other)| {
            let one = port(&value("rke2-ingress-nginx", one))?;
            (port(&value("rke2-traefik", other))? == one).then(|| one.to_string())
        })
        .collect();
    let Some(entry) = setting.entries.last().filter(|_| !clashing.is_empty()) else { return };
    drafts.push(
        Draft::new(
            entry.label_span(),
            format!(
                "ingress-nginx and Traefik both bind host port{} {}; the pods of the second one stay Pending",
                if clashing.len() == 1 { "" } else { "s" },
                prose::and(&clashing)
            ),
        )
        .help(
            "set other ports for Traefik in its HelmChartConfig until the migration is done:\n\nports:\n  web:\n    hostPort: 8000\n  websecure:\n    hostPort: 8443",
        ),
    );
}

/// The user's values for a chart; `None` if the tree has several sets of them.
fn layers<'a>(context: &Context<'_, 'a>, chart: &str) -> Option<ValueLayers<'a>> {
    if !context.cluster.is_packaged(chart) {
        return None;
    }
    let mut configs = context.cluster.chart_configs(chart);
    match (configs.next(), configs.next()) {
        (None, _) if context.cluster.may_hold("HelmChartConfig", |name| name == chart) => None,
        (None, _) => Some(ValueLayers::default()),
        (Some(only), None) => Some(context.cluster.values(only)),
        _ => None,
    }
}

fn port(fact: &Fact<'_>) -> Option<i64> {
    match fact.value()? {
        Datum::Int(port) => Some(*port),
        _ => None,
    }
}
