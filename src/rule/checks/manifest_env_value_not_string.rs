//! `manifest/env-value-not-string`: environment variables of containers whose values are numbers or booleans.

use super::manifest_value_not_string::is_other;
use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};
use crate::yaml::NodeRef;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    let text = |key: &str| object.node.get(key).and_then(NodeRef::text).unwrap_or_default();
    if !matches!(text("apiVersion"), "apps/v1" | "batch/v1") || !manifest.is_deployed_as_is() {
        return;
    }
    let lists = ["containers", "initContainers"];
    let containers = lists.iter().filter_map(|list| object.node.at(&["spec", "template", "spec", list]));
    let variables = containers.flat_map(NodeRef::items).filter_map(|container| container.get("env"));
    for value in variables.flat_map(NodeRef::items).filter_map(|variable| variable.get("value")) {
        if is_other(value) {
            drafts.push(
                Draft::new(
                    value.span(),
                    format!(
                        "`{}` is not a string; the API server rejects the {}",
                        value.text().unwrap_or_default(),
                        text("kind")
                    ),
                )
                .help("quote the value")
                .fixed(Safety::Safe, "add quotes", edit::quoted(value)),
            );
        }
    }
}
