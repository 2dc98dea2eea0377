//! `helm-chart/replaces-packaged-chart`: a HelmChart with the name of a packaged one.

use crate::catalog;
use crate::cluster::charts::{ChartObject, SYSTEM_NAMESPACE};
use crate::cluster::chosen::selector;
use crate::cluster::fact::Fact;
use crate::cluster::workload::PROVIDER_CHARTS;
use crate::finding::Severity;
use crate::rke2::addon::addon_name;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    let Some(name) = object.name().filter(|_| !object.is_open()) else { return };
    if !context.cluster.target.all(|release| catalog::chart_version(release, &name).is_some()) {
        return;
    }
    let generated = ChartObject::of_file(0, object.file).iter().any(ChartObject::is_generated);
    let unmanaged =
        object.node.at(&["metadata", "annotations", "helmcharts.helm.cattle.io/unmanaged"]).is_some();
    // A file with the name of the packaged file is reported by a separate rule.
    let shadows = manifest.is_certain() && addon_name(object.file.name()) == name;
    if generated || unmanaged || shadows || object.namespace().as_deref() != Some(SYSTEM_NAMESPACE) {
        return;
    }
    let severity = match deployed(context, &name) {
        Some(true) => Severity::Error,
        Some(false) => return,
        // A configuration elsewhere in the tree excludes the packaged chart and may belong to this cluster.
        None if context.cluster.tree.is_left_out(&manifest.file.place, &name) => return,
        // RKE2 deploys the chart only if a setting selects it, and no configuration in view does.
        None if selector(&name).is_some() => return,
        None => Severity::Warning,
    };
    let message = if severity == Severity::Error {
        format!("`{name}` is packaged with RKE2, which overwrites this object at every start")
    } else {
        format!(
            "`{name}` is packaged with RKE2, which overwrites this object at every start unless it is disabled"
        )
    };
    drafts.push(Draft::new(object.label_span(), message).severity(severity).help(format!(
        "change its values with a HelmChartConfig `{name}`, or disable the packaged chart first"
    )));
}

/// Whether the assumed server deploys a packaged chart; `None` if that is not known.
fn deployed(context: &Context<'_, '_>, name: &str) -> Option<bool> {
    let server = context.server?;
    // An unresolved placeholder may disable the chart or select another component.
    if server.setting("disable").is_some_and(|setting| setting.lists(name) != Some(false)) {
        return Some(false);
    }
    let chooses = ["cni", "ingress-controller"].into_iter().filter_map(|key| server.setting(key));
    if chooses.into_iter().any(|setting| !setting.is_literal()) {
        return Some(false);
    }
    if let Some((_, provider)) = PROVIDER_CHARTS.iter().find(|(chart, _)| *chart == name) {
        return match server.fact("cloud-provider-name") {
            Fact::Known(found) => Some(found.value.as_text().as_deref() == Some(*provider)),
            Fact::Absent(_) => Some(false),
            Fact::Unknown => None,
        };
    }
    let bare = name.strip_prefix("rke2-")?;
    let component = bare.strip_suffix("-crd").unwrap_or(bare);
    let values = context.cluster.target.newest().and_then(catalog::config_values)?;
    if values.cni.iter().any(|cni| cni == component) {
        return match context.cluster.cni(Some(server)) {
            // Multus is installed in addition to the primary plugin, and only the primary one is known here.
            _ if component == "multus" => None,
            Fact::Known(found) => Some(found.value.as_text().as_deref() == Some(component)),
            Fact::Absent(_) | Fact::Unknown => None,
        };
    }
    if matches!(component, "ingress-nginx" | "traefik") {
        return match context.cluster.ingress(Some(server)) {
            Fact::Known(found) => {
                Some(found.value.elements().iter().any(|one| one.as_text().as_deref() == Some(component)))
            }
            Fact::Absent(_) | Fact::Unknown => None,
        };
    }
    (server.setting("disable").is_some() || server.is_complete()).then_some(true)
}
