//! `helm-chart-config/duplicate`: several HelmChartConfigs for the same object.

use crate::cluster::charts::{ChartObject, Manifest};
use crate::cluster::deployment::are_variants;
use crate::finding::Severity;
use crate::rule::{Context, Draft, Target};
use crate::yaml::template_mark;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    let Some(name) = object.name().filter(|name| !name.is_empty() && template_mark(name).is_none()) else {
        return;
    };
    // Searches backwards, so that the nearest earlier object is found quickly among many.
    let mut upwards = context.cluster.chart_configs(&name).rev();
    let is_this = |chart: &&ChartObject<'_>| chart.object.node.span() == object.node.span();
    let Some(this) = upwards.find(is_this) else { return };
    let manifests = &context.cluster.manifests;
    let earlier = upwards.find(|chart| {
        chart.namespace() == this.namespace() && applied_together(&manifests[chart.manifest], manifest)
    });
    let Some(earlier) = earlier else { return };
    let specs = (earlier.object.spec(), this.object.spec());
    let same = matches!(specs, (Some(one), Some(other)) if one.same_data(other));
    let mut draft = Draft::new(
        object.label_span(),
        if same {
            format!("duplicate HelmChartConfig `{name}` with the same values")
        } else {
            format!("duplicate HelmChartConfig `{name}`; only the one applied last takes effect")
        },
    )
    .related(earlier.object.label_span(), "also defined here")
    .help(if same { "remove one of them" } else { "merge the values of both into one HelmChartConfig" });
    if same {
        draft = draft.severity(Severity::Info);
    } else if earlier.object.file.id != object.file.id && !manifest.is_certain() {
        draft = draft.severity(Severity::Warning);
    }
    drafts.push(draft);
}

/// Whether both files are applied to the same cluster: certain in RKE2's own directory, and otherwise assumed if they
/// are in one folder and their names do not mark them as variants.
fn applied_together(one: &Manifest<'_>, other: &Manifest<'_>) -> bool {
    one.file.id == other.file.id
        || (one.root.is_some()
            && one.root == other.root
            && one.is_deployed_as_is()
            && other.is_deployed_as_is()
            && (one.is_certain() || (one.file.place == other.file.place && !are_variants(one, other))))
}
