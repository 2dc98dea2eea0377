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
    for variable in variables.flat_map(NodeRef::items) {
        let Some(value) = variable.get("value").filter(|value| is_other(*value)) else { continue };
        // The value may be a secret.
        let name = variable.get("name").and_then(NodeRef::text).unwrap_or("value");
        let message = format!(
            "`{name}` in `env` is not a string; the API server rejects the {}",
            object.kind().unwrap_or_default()
        );
        drafts.push(Draft::new(value.span(), message).help("quote the value").fixed(
            Safety::Safe,
            "add quotes",
            edit::quoted(value),
        ));
    }
}
