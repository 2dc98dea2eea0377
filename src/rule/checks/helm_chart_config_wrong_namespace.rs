//! `helm-chart-config/wrong-namespace`: a namespace other than that of the chart.

use crate::cluster::charts::{ChartObject, SYSTEM_NAMESPACE};
use crate::finding::{Safety, Severity};
use crate::rke2::first_look::ObjectKind;
use crate::rke2::object::Object;
use crate::rule::{Context, Draft, Target, edit};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    let Some(name) = object.name().filter(|_| !object.is_open() && !object.is_namespace_open()) else {
        return;
    };
    let written = object.namespace();
    let namespace = written.as_deref().unwrap_or("default");
    let own = context.cluster.helm_charts(&name).next();
    let seen = || context.cluster.tree.has_in(&manifest.file.place, ObjectKind::HelmChart, &name, namespace);
    let packaged = crate::cluster::charts::is_packaged(&name);
    // The tree defines a chart with exactly this name and namespace, which is meant.
    if own.is_none() && packaged && !manifest.is_certain() && !manifest.is_patched(*object) {
        drafts.extend(moved(*object, &name, manifest.overlay.moved_to()));
    }
    if context.cluster.helm_chart(&name, namespace).is_some()
        || (own.is_none() && written.is_some() && seen())
        || (packaged && namespace == SYSTEM_NAMESPACE)
        || (written.is_none() && manifest.overlay.namespace)
        || manifest.overlay.moved
        || manifest.is_patched(*object)
    {
        return;
    }
    let hidden = own.is_none() && context.cluster.may_install_any_chart();
    if hidden || own.is_some_and(ChartObject::is_open) {
        return;
    }
    let expected = match own {
        Some(chart) => chart.namespace(),
        None if packaged => SYSTEM_NAMESPACE.to_owned(),
        None => return,
    };
    if namespace == expected {
        return;
    }
    let metadata = object.node.get("metadata");
    let draft = match metadata.and_then(|metadata| metadata.entry("namespace")).filter(|_| written.is_some())
    {
        Some(entry) => Draft::new(
            entry.label_span(),
            format!(
                "wrong namespace `{namespace}`: HelmChart `{name}` is in `{expected}`; this object has no effect"
            ),
        ),
        None => Draft::new(
            object.label_span(),
            format!(
                "missing `metadata.namespace`; the object is created in `default`, but HelmChart `{name}` is in `{expected}`"
            ),
        ),
    };
    // The object was ignored so far and takes effect with the fix.
    let edit = match metadata.and_then(|metadata| metadata.entry("namespace")) {
        Some(entry) => edit::reword(entry.value, &expected),
        None => edit::set(object.node, &["metadata", "namespace"], &expected),
    };
    let help = format!("set `metadata.namespace: {expected}`");
    let mut draft = draft.fixed(Safety::Unsafe, help.clone(), edit).help(help);
    // Outside RKE2's own directory, a tool may add the missing namespace.
    if written.is_none() && !manifest.is_certain() {
        draft = draft.severity(Severity::Warning);
    }
    if let Some(chart) = own {
        draft = draft.related(chart.object.label_span(), "HelmChart with this name");
    }
    drafts.push(draft);
}

/// The finding for an object that reaches a cluster only in another namespace than the one that its chart has.
fn moved(object: Object<'_>, name: &str, to: Option<Vec<&str>>) -> Option<Draft> {
    let to = to.filter(|names| !names.contains(&SYSTEM_NAMESPACE))?;
    let namespace = to.first()?;
    let entry = object.node.get("metadata").and_then(|metadata| metadata.entry("namespace"));
    let at = entry.map_or_else(|| object.label_span(), |entry| entry.label_span());
    let message = format!(
        "a kustomization moves this to `{namespace}`, but `{name}` is in `{SYSTEM_NAMESPACE}`; it has no effect"
    );
    Some(
        Draft::new(at, message)
            .help("remove the namespace from the kustomization, or use a separate one for this object"),
    )
}
