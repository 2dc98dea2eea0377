//! `helm-chart/target-namespace-not-created`: namespaces that nothing in the manifests directory makes.

use crate::cluster::Cluster;
use crate::cluster::charts::creates_namespace;
use crate::rke2::first_look::ObjectKind;
use crate::rule::{Context, Draft, Target};
use crate::yaml::template_mark;

const ALWAYS_THERE: [&str; 5] = ["default", "kube-system", "kube-public", "kube-node-lease", ""];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    // Elsewhere something else may make it.
    let Some(spec) = object.spec().filter(|_| manifest.is_certain()) else { return };
    let Some(entry) = spec.entry("targetNamespace") else { return };
    let Some(name) = entry.value.string() else { return };
    if ALWAYS_THERE.contains(&name.as_ref())
        || template_mark(&name).is_some()
        || object.namespace().as_deref() == Some(&name)
        || creates_namespace(spec)
        || is_made(context.cluster, &name)
        || context.cluster.tree.has(&manifest.file.place, ObjectKind::Namespace, &name)
        || context.cluster.tree.has_delivery(&manifest.file.place)
    {
        return;
    }
    drafts.push(
        Draft::new(
            entry.label_span(),
            format!("nothing here makes the namespace `{name}`: the install fails until somebody does"),
        )
        .help("add `createNamespace: true`"),
    );
}

fn is_made(cluster: &Cluster<'_>, name: &str) -> bool {
    let by_object = cluster
        .objects_named(name)
        .any(|(object, _)| matches!(object.kind().as_deref(), Some("Namespace" | "Project")));
    by_object || cluster.is_created_by_chart(name)
}
