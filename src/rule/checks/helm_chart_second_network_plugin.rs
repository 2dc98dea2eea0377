//! `helm-chart/second-network-plugin`: a chart that installs a network plugin next to a packaged one.

use super::helm_chart_cni_not_bootstrap::chart_name;
use crate::cluster::charts::{ChartObject, layers};
use crate::cluster::fact::Fact;
use crate::rke2::values::Written;
use crate::rule::{Context, Draft, Target};
use crate::yaml::template_mark;

/// Charts of network plugins, each with the packaged plugins that they cannot run next to; none stands for all.
const CHARTS: [(&str, Option<&str>); 2] = [("cilium", None), ("tigera-operator", Some("calico"))];

/// Values that are set where a chart runs next to another plugin on purpose: chained to it, without its own agents, or
/// while nodes migrate from one to the other.
const HARMLESS: [&[&str]; 12] = [
    &["agent"],
    &["cni", "chainingMode"],
    &["cni", "chainingTarget"],
    &["cni", "configMap"],
    &["cni", "customConf"],
    &["cni", "exclusive"],
    &["cni", "install"],
    &["installation", "cni"],
    &["installation", "enabled"],
    &["loadBalancer", "standalone"],
    &["operator", "unmanagedPodWatcher"],
    &["preflight", "enabled"],
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    if manifest.is_patched(*object) || object.is_open() {
        return;
    }
    let (Some(server), Some(spec)) = (context.server, object.spec()) else { return };
    let Some(chart) = spec.entry("chart") else { return };
    let Some(text) = chart.value.string().filter(|text| template_mark(text).is_none()) else { return };
    let name = chart_name(&text);
    let Some((_, other)) = CHARTS.iter().find(|(known, _)| *known == name) else { return };
    let Fact::Known(packaged) = context.cluster.cni(Some(server)) else { return };
    let Some(plugin) = packaged.value.as_text() else { return };
    let is_disabled = server
        .setting("disable")
        .is_some_and(|setting| setting.lists(&format!("rke2-{plugin}")) != Some(false));
    if plugin == "none" || other.is_some_and(|other| other != plugin) || is_disabled {
        return;
    }
    if !context.cluster.chart_of(*object).is_some_and(installs_plugin)
        || object.name().is_some_and(|name| context.cluster.chart_configs(&name).next().is_some())
    {
        return;
    }
    let message = format!("`{name}` is a second network plugin; RKE2 already deploys `rke2-{plugin}`");
    let mut draft = Draft::new(chart.value.span(), message).help(
        "set `cni: none` in config.yaml to install your own plugin, or change the packaged one with a HelmChartConfig",
    );
    if let Some(at) = packaged.at {
        draft = draft.related(at, "selected here");
    }
    drafts.push(draft);
}

/// Whether the values, all of which are known, let the chart install its plugin.
fn installs_plugin(chart: &ChartObject<'_>) -> bool {
    let values = layers(chart, None);
    let is_unset = |path: &[&str]| matches!(values.lookup(path), Written::Absent(_));
    !values.incomplete && HARMLESS.iter().all(|path| is_unset(path) && values.children(path).is_empty())
}
