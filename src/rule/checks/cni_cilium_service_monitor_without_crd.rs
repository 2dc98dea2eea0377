//! `cni-cilium/service-monitor-without-crd`: monitors before anything can install their definition.

use crate::cluster::effective::Effective;
use crate::rke2::object::{HelmKind, Object};
use crate::rule::{Context, Draft, Target};

/// Where a `ServiceMonitor` is asked for, and what else must be on for the chart to render it.
const MONITORS: [(&[&str], &[&[&str]]); 4] = [
    (&["prometheus"], &[]),
    (&["operator", "prometheus"], &[]),
    (&["envoy", "prometheus"], &[&["envoy", "enabled"]]),
    (&["hubble", "relay", "prometheus"], &[&["hubble", "enabled"], &["hubble", "relay", "enabled"]]),
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let manifest = &context.cluster.manifests[object.manifest];
    // Elsewhere it is applied to a cluster that runs, and that may have the definition.
    let at_bootstrap =
        manifest.root.as_ref().is_some_and(|root| root.certain || !context.cluster.nodes.is_empty());
    let values = context.cluster.effective(object);
    let trusted = values.is_true(&["prometheus", "serviceMonitor", "trustCRDsExist"]);
    if !at_bootstrap || trusted != Some(false) {
        return;
    }
    let mut found = Vec::new();
    for (block, conditions) in MONITORS {
        let is_on = |path: &[&str]| values.is_true(path) == Some(true);
        if is_on(&[block, &["enabled"]].concat()) && conditions.iter().all(|path| is_on(path)) {
            report(&values, block, &mut found);
        }
    }
    if values.is_true(&["hubble", "enabled"]) == Some(true)
        && values.is_empty(&["hubble", "metrics", "enabled"]) == Some(false)
    {
        report(&values, &["hubble", "metrics"], &mut found);
    }
    // Looking through all objects is worth it only where there is something to say.
    if !found.is_empty() && !may_have_definition(context) {
        drafts.append(&mut found);
    }
}

fn report(values: &Effective<'_, '_>, block: &[&str], drafts: &mut Vec<Draft>) {
    let path = [block, &["serviceMonitor", "enabled"]].concat();
    let monitor = values.fact(&path);
    if let (Some(true), Some(at)) = (monitor.is_true(), monitor.span()) {
        let message = format!(
            "`{}` asks for a ServiceMonitor, whose definition no manifest here brings: on a new cluster the chart \
             fails and no Cilium is installed",
            path.join(".")
        );
        let help = "remove it until the cluster runs, or put the definition of ServiceMonitor beside it as a plain \
                    manifest";
        drafts.push(Draft::new(at, message).help(help));
    }
}

/// Whether a HelmChart is called like one that brings the definitions of the Prometheus operator.
fn brings_monitoring(chart: Object<'_>) -> bool {
    let source = chart.spec().and_then(|spec| spec.get("chart")?.text()).unwrap_or_default();
    [chart.name().as_deref().unwrap_or_default(), source]
        .iter()
        .any(|name| ["prometheus", "monitoring", "crd"].iter().any(|word| name.contains(word)))
}

/// Whether some manifest defines `ServiceMonitor`, or a chart that waits for no network may bring it.
fn may_have_definition(context: &Context<'_, '_>) -> bool {
    let by_chart = || {
        context.cluster.objects().any(|object| {
            let bootstrap = object.spec().and_then(|spec| spec.get("bootstrap"));
            object.helm_kind() == Some(HelmKind::Chart)
                && bootstrap.is_some_and(|node| !node.is_null())
                && brings_monitoring(object)
        })
    };
    context.cluster.may_hold("CustomResourceDefinition", |name| name.ends_with("monitoring.coreos.com"))
        || by_chart()
}
