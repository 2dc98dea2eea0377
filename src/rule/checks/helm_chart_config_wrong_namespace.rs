//! `helm-chart-config/wrong-namespace`: the namespace against the one of the chart it means.

use crate::cluster::charts::{ChartObject, SYSTEM_NAMESPACE};
use crate::finding::Severity;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    let Some(name) = object.name().filter(|_| !object.is_open() && !object.is_namespace_open()) else {
        return;
    };
    let written = object.namespace();
    let namespace = written.as_deref().unwrap_or("default");
    // A chart of this very name and namespace in the tree is what is meant.
    if context.cluster.helm_chart(&name, namespace).is_some()
        || (written.is_none() && manifest.overlay.namespace)
    {
        return;
    }
    let own = context.cluster.helm_charts(&name).next();
    if context.cluster.may_install_any_chart() || own.is_some_and(ChartObject::is_open) {
        return;
    }
    let expected = match own {
        Some(chart) => chart.namespace(),
        None if crate::cluster::charts::is_packaged(&name) => SYSTEM_NAMESPACE.to_owned(),
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
                "namespace `{namespace}`, but the HelmChart `{name}` is in `{expected}`: RKE2 ignores this object"
            ),
        ),
        None => Draft::new(
            object.label_span(),
            format!(
                "no namespace, so this goes to `default`, but the HelmChart `{name}` is in `{expected}`: \
                 RKE2 ignores this object"
            ),
        ),
    };
    let mut draft = draft.help(format!("set `metadata.namespace: {expected}`"));
    // Outside a manifests directory `kubectl -n` may supply what the file lacks.
    if written.is_none() && manifest.root.is_none() {
        draft = draft.severity(Severity::Warning);
    }
    if let Some(chart) = own {
        draft = draft.related(chart.object.label_span(), "the HelmChart of this name");
    }
    drafts.push(draft);
}
