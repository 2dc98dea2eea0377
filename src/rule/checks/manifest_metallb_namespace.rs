//! `manifest/metallb-namespace`: objects that MetalLB does not read because they are in another namespace.

use crate::rke2::object::{HelmKind, Object};
use crate::rule::{Context, Draft, Target};
use crate::source::Span;
use crate::yaml::{NodeRef, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    if !object.api_version().is_some_and(|version| version.starts_with("metallb.io/"))
        || !manifest.is_certain()
        || manifest.is_patched(*object)
        || object.is_namespace_open()
    {
        return;
    }
    let charts = context.cluster.objects().filter_map(home);
    let homes: Vec<(Option<String>, Span)> = charts.collect();
    let own = object.namespace();
    let own = own.as_deref().unwrap_or("default");
    let is_read = homes.iter().any(|(home, _)| home.as_deref().is_none_or(|home| home == own));
    let Some((Some(home), at)) = homes.first().filter(|_| !is_read) else { return };
    let kind = object.kind().unwrap_or_default();
    let message = format!(
        "{kind} in the namespace `{own}`, but MetalLB runs in `{home}` and reads no other; it has no effect"
    );
    let node = object.node.at(&["metadata", "namespace"]).or_else(|| object.node.get("kind"));
    let place = node.map_or_else(|| object.label_span(), NodeRef::span);
    drafts.push(
        Draft::new(place, message)
            .help(format!("write `namespace: {home}`"))
            .related(*at, "the namespace of MetalLB"),
    );
}

/// The namespace to which a HelmChart installs MetalLB, with its place; `None` where it is filled in later.
fn home(object: Object<'_>) -> Option<(Option<String>, Span)> {
    let spec = object.spec().filter(|_| object.helm_kind() == Some(HelmKind::Chart))?;
    let chart = spec.get("chart").and_then(NodeRef::text)?;
    if chart.rsplit('/').next() != Some("metallb") {
        return None;
    }
    let literal = |text: &str| Some(text.to_owned()).filter(|text| template_mark(text).is_none());
    Some(match spec.get("targetNamespace").filter(|target| target.text() != Some("")) {
        Some(target) => (target.text().and_then(literal), target.span()),
        None => (literal(object.namespace().as_deref().unwrap_or("default")), object.label_span()),
    })
}
