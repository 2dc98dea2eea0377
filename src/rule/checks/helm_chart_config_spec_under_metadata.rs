//! `helm-chart-config/spec-under-metadata`: a `spec` with the wrong indentation.

use crate::catalog::config_fields;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Entry, Kind, NodeRef};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    if object.helm_kind().is_none() {
        return;
    }
    let usable = object.node.get("spec").is_some_and(|spec| !spec.is_null() && spec.kind() != Kind::Sequence);
    let empty = object.spec().is_some_and(|spec| spec.entries().len() == 0);
    if usable && !empty {
        return;
    }
    let metadata = object.node.get("metadata");
    if let Some(entry) = metadata.and_then(|metadata| metadata.entry("spec")) {
        drafts.push(
            Draft::new(entry.key.span(), "`spec` is indented under `metadata`; the API server drops it")
                .help("dedent `spec` to the level of `metadata`"),
        );
    } else if let Some(entry) = metadata.and_then(field_of_spec).filter(|entry| entry.name() != "name") {
        drafts.push(misplaced(&entry, "under `metadata`"));
    } else if let Some(entry) = field_of_spec(object.node) {
        drafts.push(misplaced(&entry, "at the top level"));
    }
}

fn field_of_spec(node: NodeRef<'_>) -> Option<Entry<'_>> {
    config_fields().find_map(|field| node.entry(&field.field))
}

fn misplaced(entry: &Entry<'_>, place: &str) -> Draft {
    let name = entry.name();
    Draft::new(
        entry.key.span(),
        format!("`{name}` is {place} instead of under `spec`; the API server drops it"),
    )
    .help(format!("move it under `spec`:\n\nspec:\n  {name}: …"))
}
