//! `helm-chart/target-namespace-not-created`: namespaces that the manifests directory does not create.

use crate::cluster::Cluster;
use crate::cluster::charts::creates_namespace;
use crate::cluster::fact::Fact;
use crate::cluster::server::NodeConfig;
use crate::rke2::first_look::ObjectKind;
use crate::rule::{Context, Draft, Target};
use crate::yaml::template_mark;

const ALWAYS_THERE: [&str; 5] = ["default", "kube-system", "kube-public", "kube-node-lease", ""];
/// Namespaces that the packaged chart of a network plugin, or its operator, creates.
const OF_PLUGINS: [(&str, &str); 4] = [
    ("tigera-operator", "calico"),
    ("calico-system", "calico"),
    ("calico-apiserver", "calico"),
    ("cilium-secrets", "cilium"),
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    // Outside RKE2's own directory, something else may create the namespace.
    let Some(spec) = object.spec().filter(|_| manifest.is_certain()) else { return };
    let Some(entry) = spec.entry("targetNamespace") else { return };
    let Some(name) = entry.value.string() else { return };
    if ALWAYS_THERE.contains(&name.as_ref())
        || template_mark(&name).is_some()
        || object.is_namespace_open()
        || manifest.is_patched(*object)
        || object.namespace().as_deref() == Some(&name)
        || creates_namespace(spec)
        || is_made(context, &name)
        || context.cluster.tree.has(&manifest.file.place, ObjectKind::Namespace, &name)
        || context.cluster.tree.has_delivery(&manifest.file.place)
    {
        return;
    }
    drafts.push(
        Draft::new(
            entry.label_span(),
            format!("namespace `{name}` is not created; the install fails until it exists"),
        )
        .help("add `createNamespace: true`"),
    );
}

fn is_made(context: &Context<'_, '_>, name: &str) -> bool {
    let cluster = context.cluster;
    let by_object = |kind: &str| cluster.may_hold(kind, |other| other == name);
    by_object("Namespace")
        || by_object("Project")
        || cluster.is_created_by_chart(name)
        || by_packaged_chart(context, name)
        || by_rancher(cluster, name)
        || cluster.has_delivery()
}

/// Whether the chart of a network plugin creates the namespace, or possibly does.
fn by_packaged_chart(context: &Context<'_, '_>, name: &str) -> bool {
    let Some((_, plugin)) = OF_PLUGINS.iter().find(|(namespace, _)| *namespace == name) else { return false };
    match context.cluster.cni(context.server) {
        Fact::Known(cni) => cni.value.as_text().is_some_and(|cni| cni == *plugin),
        Fact::Absent(_) => false,
        Fact::Unknown => true,
    }
}

/// Whether Rancher creates the namespace, having written a part of the configuration.
fn by_rancher(cluster: &Cluster<'_>, name: &str) -> bool {
    (name.starts_with("cattle-") || name == "fleet-system")
        && cluster.nodes.iter().flat_map(NodeConfig::files).any(|file| file.name() == "50-rancher.yaml")
}
