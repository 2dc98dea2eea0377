//! `manifest/value-not-string`: numbers and booleans in maps whose values are strings.

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};
use crate::yaml::{NodeRef, Style, Value};

/// Maps of strings that every object may have.
const OF_ALL: [&str; 2] = ["labels", "annotations"];
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
    let (version, kind) = (object.api_version(), object.kind());
    let own: &[&[&str]] = match (version.as_deref(), kind.as_deref()) {
        (Some("v1"), Some("ConfigMap")) => &[&["data"]],
        (Some("v1"), Some("Secret")) => &[&["stringData"]],
        (Some("apps/v1"), Some(kind)) if WORKLOADS.contains(&kind) => &OF_WORKLOADS,
        _ => &[],
    };
    for key in OF_ALL {
        of_map(object.metadata().and_then(|metadata| metadata.get(key)), &["metadata", key], drafts);
    }
    for keys in own {
        of_map(object.node.at(keys), keys, drafts);
    }
}

fn of_map(map: Option<NodeRef<'_>>, keys: &[&str], drafts: &mut Vec<Draft>) {
    for entry in map.into_iter().flat_map(NodeRef::entries) {
        if is_other(entry.value) && !entry.is_merge() {
            let message = format!(
                "`{}` in `{}` is not a string; the API server rejects the object",
                entry.name(),
                keys.join(".")
            );
            let draft = Draft::new(entry.value.span(), message).help("quote the value");
            drafts.push(draft.fixed(Safety::Safe, "add quotes", edit::quoted(entry.value)));
        }
    }
}

/// Whether a value is a number or a boolean.
pub(super) fn is_other(node: NodeRef<'_>) -> bool {
    // Quoted text is a string, unless it has a tag.
    (node.style() == Some(Style::Plain) || node.is_typed())
        && matches!(node.value(), Some(Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_)))
        && !node.is_opaque()
}
