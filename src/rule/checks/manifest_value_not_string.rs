//! `manifest/value-not-string`: numbers and booleans in maps whose values are strings.

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};
use crate::yaml::{NodeRef, Value};

/// Maps of strings that every object may have.
const OF_ALL: [&[&str]; 2] = [&["metadata", "labels"], &["metadata", "annotations"]];
/// Maps of strings in the workloads of `apps/v1`.
const OF_WORKLOADS: [&[&str]; 4] = [
    &["spec", "selector", "matchLabels"],
    &["spec", "template", "metadata", "labels"],
    &["spec", "template", "metadata", "annotations"],
    &["spec", "template", "spec", "nodeSelector"],
];
const WORKLOADS: [&str; 4] = ["DaemonSet", "Deployment", "StatefulSet", "ReplicaSet"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    if !manifest.is_deployed_as_is() {
        return;
    }
    let root = object.node;
    let text = |key: &str| root.get(key).and_then(NodeRef::text).unwrap_or_default();
    let own: &[&[&str]] = match (text("apiVersion"), text("kind")) {
        ("v1", "ConfigMap") => &[&["data"]],
        ("v1", "Secret") => &[&["stringData"]],
        ("apps/v1", kind) if WORKLOADS.contains(&kind) => &OF_WORKLOADS,
        _ => &[],
    };
    for keys in OF_ALL.iter().chain(own) {
        for entry in root.at(keys).into_iter().flat_map(NodeRef::entries).filter(|entry| !entry.is_merge()) {
            if is_other(entry.value) {
                drafts.push(
                    Draft::new(
                        entry.value.span(),
                        format!(
                            "`{}` in `{}` is not a string; the API server rejects the object",
                            entry.name(),
                            keys.join(".")
                        ),
                    )
                    .help("quote the value")
                    .fixed(Safety::Safe, "add quotes", edit::quoted(entry.value)),
                );
            }
        }
    }
}

/// Whether a value is a number or a boolean.
pub(super) fn is_other(node: NodeRef<'_>) -> bool {
    matches!(node.value(), Some(Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_)))
        && !node.is_opaque()
}
