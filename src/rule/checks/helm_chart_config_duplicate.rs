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
    let mut elsewhere = None;
    let earlier = upwards.filter(|chart| chart.namespace() == this.namespace()).find(|chart| {
        let file = &manifests[chart.manifest];
        if elsewhere.is_none() && on_another_server(file, manifest) {
            elsewhere = Some(*chart);
        }
        applied_together(file, manifest)
    });
    let Some(earlier) = earlier else {
        drafts.extend(elsewhere.and_then(|other| differs(&name, other, this)));
        return;
    };
    let same = has_same_spec(earlier, this);
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

fn has_same_spec(one: &ChartObject<'_>, other: &ChartObject<'_>) -> bool {
    matches!((one.object.spec(), other.object.spec()), (Some(one), Some(other)) if one.same_data(other))
}

/// Reports an object that another server deploys with other contents.
fn differs(name: &str, one: &ChartObject<'_>, other: &ChartObject<'_>) -> Option<Draft> {
    let is_open = |chart: &ChartObject<'_>| {
        chart.is_open() || chart.patched || chart.object.spec().is_none_or(|spec| spec.holds_opaque())
    };
    if is_open(one) || is_open(other) || has_same_spec(one, other) {
        return None;
    }
    let message = format!(
        "another server deploys HelmChartConfig `{name}` with other values; the server that starts last wins"
    );
    let draft = Draft::new(other.object.label_span(), message)
        .related(one.object.label_span(), "values of the other server")
        .severity(Severity::Warning)
        .help("write the same values on every server");
    Some(draft)
}

/// Whether the files are in the manifests directories of two servers of the cluster.
fn on_another_server(one: &Manifest<'_>, other: &Manifest<'_>) -> bool {
    one.is_certain()
        && other.is_certain()
        && one.root.as_ref().map(|root| &root.path) != other.root.as_ref().map(|root| &root.path)
        && !are_variants(one, other)
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
