//! `helm-chart-config/values-secret-missing-keys`: entries of `valuesSecrets` that helm-controller skips.

use crate::catalog::has_config_field;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Kind, NodeRef};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let secrets = object.spec().and_then(|spec| spec.get("valuesSecrets"));
    let (Some(_), Some(secrets)) = (object.helm_kind(), secrets) else { return };
    // Where the field is not known it is dropped as a whole.
    if !context.cluster.target.any(|release| has_config_field("valuesSecrets", release)) {
        return;
    }
    let own = object.name().map(|name| format!("chart-values-{name}"));
    for item in secrets.items().filter(|item| item.kind() == Kind::Mapping) {
        let place = item.entry("name").map_or_else(|| item.span(), |entry| entry.label_span());
        let name = item.get("name").and_then(NodeRef::text).unwrap_or_default();
        if own.as_deref() == Some(name) {
            drafts.push(
                Draft::new(
                    place,
                    format!("`{name}` is written by helm-controller itself, which skips this entry"),
                )
                .help("move the values to a Secret with another name"),
            );
        } else if item
            .get("keys")
            .is_none_or(|keys| keys.is_null() || (keys.kind() == Kind::Sequence && keys.items().len() == 0))
        {
            drafts.push(
                Draft::new(
                    place,
                    format!("missing `keys` for the Secret `{name}`; helm-controller skips this entry"),
                )
                .help("list the keys that hold values:\n\nkeys:\n  - values.yaml"),
            );
        }
    }
}
