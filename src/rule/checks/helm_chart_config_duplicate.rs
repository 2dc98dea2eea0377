//! `helm-chart-config/duplicate`: several HelmChartConfigs for the same object.

use crate::cluster::charts::{ChartObject, Manifest};
use crate::cluster::deployment::are_variants;
use crate::cluster::server::{NodeConfig, NodeRole};
use crate::finding::Severity;
use crate::rke2::file::ValuesDocument;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;
use crate::yaml::{Kind, NodeRef, template_mark};

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
    let Some(earlier) = earlier else {
        drafts.extend(of_another_server(context, this, &name));
        return;
    };
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

/// The finding for an object that an earlier server of the cluster deploys with other values.
fn of_another_server(context: &Context<'_, '_>, this: &ChartObject<'_>, name: &str) -> Option<Draft> {
    let ((root, joins), values) = (server_root(context, this)?, known_values(this)?);
    let others = context.cluster.chart_configs(name).take_while(|other| other.manifest < this.manifest);
    let (at, elsewhere) = others.filter(|other| other.namespace() == this.namespace()).find_map(|other| {
        // Two that join may be one server before and after a change.
        let is_elsewhere = server_root(context, other)
            .is_some_and(|(of_other, other_joins)| of_other != root && !(joins && other_joins));
        difference_of_all(&values, &known_values(other).filter(|_| is_elsewhere)?)
    })?;
    let message = format!(
        "values of HelmChartConfig `{name}` differ between servers; those of the last server to start take effect"
    );
    Some(
        Draft::new(at, message)
            .severity(Severity::Warning)
            .related(elsewhere, "differs here")
            .related(this.object.label_span(), "in this HelmChartConfig")
            .help("write the same values for all servers"),
    )
}

/// The manifests directory of a server that contains an object, and whether the server joins another one.
fn server_root<'c>(context: &'c Context<'_, '_>, chart: &ChartObject<'_>) -> Option<(&'c str, bool)> {
    let manifest = &context.cluster.manifests[chart.manifest];
    let root = manifest.root.as_ref().filter(|root| root.certain && !context.cluster.is_shared)?;
    let host = root.path.strip_suffix("var/lib/rancher/rke2/server/manifests")?;
    let mut nodes = context.cluster.nodes.iter().filter(|node| node.role != NodeRole::Agent);
    let config = |node: &NodeConfig<'_>| node.main?.place.strip_suffix("etc/rancher/rke2").map(str::to_owned);
    let server = nodes.find(|node| config(node).as_deref() == Some(host))?;
    Some((&root.path, server.joins()))
}

/// The values in an object, `spec.valuesContent` and `spec.values`; `None` if some are unknown.
fn known_values<'a>(chart: &ChartObject<'a>) -> Option<Vec<NodeRef<'a>>> {
    let (object, spec) = (chart.object, chart.object.spec()?);
    let document = object.values_document();
    let is_open = object.file.is_open()
        || chart.patched
        || spec.holds_opaque()
        || template_mark(spec.source_text()).is_some()
        || document.is_some_and(ValuesDocument::is_incomplete);
    let roots = document.into_iter().flat_map(ValuesDocument::roots);
    (!is_open).then(|| roots.chain(spec.get("values")).collect())
}

fn difference_of_all(one: &[NodeRef<'_>], other: &[NodeRef<'_>]) -> Option<(Span, Span)> {
    // Values in another field, or in several documents, are not compared.
    let ([one], [other]) = (one, other) else { return None };
    difference(*one, *other)
}

/// The first place where two values differ, in each of them.
fn difference(one: NodeRef<'_>, other: NodeRef<'_>) -> Option<(Span, Span)> {
    if one.same_data(other) {
        return None;
    }
    if (one.kind(), other.kind()) != (Kind::Mapping, Kind::Mapping) {
        return Some((one.span(), other.span()));
    }
    let (ours, theirs) = (one.fields(), other.fields());
    let of_ours = ours.iter().find_map(|entry| match other.get(&entry.name()) {
        Some(value) => difference(entry.value, value),
        None => Some((entry.label_span(), other.span())),
    });
    let only_there = || theirs.iter().find(|entry| one.get(&entry.name()).is_none());
    of_ours.or_else(|| Some((one.span(), only_there()?.label_span())))
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
