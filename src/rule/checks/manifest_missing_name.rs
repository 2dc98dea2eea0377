//! `manifest/missing-name`: objects without a name, which the API server rejects.

use crate::rule::{Context, Draft, Target};
use crate::yaml::{Kind, Value};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    // Other directories may contain files that are not API objects, such as a kubelet configuration.
    let ours = manifest.is_certain() || object.helm_kind().is_some();
    if !ours || manifest.overlay.name || object.name().is_some_and(|name| !name.is_empty()) {
        return;
    }
    let generated = object.metadata().is_some_and(|metadata| metadata.get("generateName").is_some());
    let list = object.node.get("items").is_some() || object.kind().is_some_and(|kind| kind.ends_with("List"));
    if generated || list || object.node.get("kind").is_none() {
        return;
    }
    let Some(name) = object.metadata().and_then(|metadata| metadata.entry("name")) else {
        let place =
            object.node.entry("metadata").map_or_else(|| object.label_span(), |entry| entry.key.span());
        drafts.push(
            Draft::new(place, "missing `metadata.name`; the API server rejects this object")
                .help("add `metadata.name`"),
        );
        return;
    };
    let problem = match name.value.value() {
        Some(Value::Str(text)) if !text.is_empty() => return,
        // YAML parses the braces of a template placeholder as a map.
        None if name.value.kind() == Kind::Mapping => return,
        Some(Value::Str(_) | Value::Null) => "empty".to_owned(),
        Some(value) => format!("the {} `{}`", value.type_name(), name.value.text().unwrap_or_default()),
        None => "a list".to_owned(),
    };
    drafts.push(
        Draft::new(
            name.label_span(),
            format!(
                "`metadata.name`: expected a string, found {problem}; the API server rejects this object"
            ),
        )
        .help("write the name as a string; quote a number or a boolean"),
    );
}
