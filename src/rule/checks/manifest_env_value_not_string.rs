//! `manifest/env-value-not-string`: environment variables of containers whose values are numbers or booleans.

use super::manifest_value_not_string::is_other;
use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};
use crate::yaml::NodeRef;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    let version = object.api_version();
    if !matches!(version.as_deref(), Some("apps/v1" | "batch/v1")) || !manifest.is_deployed_as_is() {
        return;
    }
    let pod = object.spec().and_then(|spec| spec.at(&["template", "spec"]));
    let lists = pod.into_iter().flat_map(|pod| ["containers", "initContainers"].map(|list| pod.get(list)));
    let containers = lists.flatten();
    let variables = containers.flat_map(NodeRef::items).filter_map(|container| container.get("env"));
    for value in variables.flat_map(NodeRef::items).filter_map(|variable| variable.get("value")) {
        if is_other(value) {
            drafts.push(
                Draft::new(
                    value.span(),
                    format!(
                        "`{}` is not a string; the API server rejects the {}",
                        value.text().unwrap_or_default(),
                        object.kind().unwrap_or_default()
                    ),
                )
                .help("quote the value")
                .fixed(Safety::Safe, "add quotes", edit::quoted(value)),
            );
        }
    }
}
