//! `helm-chart/field-type`: fields of a HelmChart or HelmChartConfig whose values have the wrong type.

use crate::finding::Safety;
use crate::rke2::object::HelmKind;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Entry, Kind, NodeRef, Style, Value, template_mark};

/// The type of a field in helm-controller's CRD.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Bool,
    Int,
    /// A mapping with `name`.
    Reference,
    Mapping,
    /// A list of mappings with `name`, `keys` and `ignoreUpdates`.
    Secrets,
    /// Any value for the API server, but a mapping for Helm.
    Values,
}

/// Field, type, and whether a HelmChartConfig also has it. The type is the same in all versions that have the field.
/// Other rules check `valuesContent`, `failurePolicy`, `serverSide`, `timeout` and the values under `set`.
const FIELDS: &[(&str, Type, bool)] = &[
    ("authPassCredentials", Type::Bool, false),
    ("authSecret", Type::Reference, false),
    ("backOffLimit", Type::Int, false),
    ("bootstrap", Type::Bool, false),
    ("chart", Type::Text, false),
    ("chartContent", Type::Text, false),
    ("createNamespace", Type::Bool, false),
    ("dockerRegistrySecret", Type::Reference, false),
    ("driver", Type::Text, false),
    ("forceConflicts", Type::Bool, true),
    ("helmVersion", Type::Text, false),
    ("insecureSkipTLSVerify", Type::Bool, false),
    ("jobImage", Type::Text, false),
    ("plainHTTP", Type::Bool, false),
    ("podSecurityContext", Type::Mapping, false),
    ("repo", Type::Text, false),
    ("repoCA", Type::Text, false),
    ("repoCAConfigMap", Type::Reference, false),
    ("securityContext", Type::Mapping, false),
    ("set", Type::Mapping, false),
    ("takeOwnership", Type::Bool, false),
    ("targetNamespace", Type::Text, false),
    ("values", Type::Values, true),
    ("valuesSecrets", Type::Secrets, true),
    ("version", Type::Text, false),
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let (Some(kind), Some(spec)) = (object.helm_kind(), object.spec()) else { return };
    for entry in spec.fields() {
        let name = entry.name();
        let Ok(at) = FIELDS.binary_search_by(|(field, ..)| (*field).cmp(name.as_ref())) else { continue };
        let (_, expected, on_configs) = FIELDS[at];
        if kind == HelmKind::Config && !on_configs {
            continue;
        }
        match expected {
            Type::Secrets => secrets(entry, drafts),
            expected => drafts.extend(fault(&entry, &name, expected)),
        }
    }
}

/// The finding about `values` that is not a mapping.
fn values(entry: &Entry<'_>) -> Draft {
    let found = describe(entry.value);
    let text = entry.value.text().filter(|_| entry.value.kind() == Kind::Scalar);
    let is_yaml = text.is_some_and(|text| text.contains(':'));
    let help = if is_yaml { "rename the key to `valuesContent`" } else { "write a map" };
    let message = format!("`values` expects a map, found {found}; Helm cannot read it and the install fails");
    Draft::new(entry.key.span(), message).help(help)
}

/// Checks the elements of `valuesSecrets`.
fn secrets(entry: Entry<'_>, drafts: &mut Vec<Draft>) {
    if is_unknown(entry.value) {
        return;
    }
    if entry.value.kind() != Kind::Sequence {
        let help = "write a list: `- name: SECRET` with the list `keys`";
        drafts.push(draft(&entry, "valuesSecrets", "a list", help));
        return;
    }
    for item in entry.value.items().filter(|item| !is_unknown(*item)) {
        if item.kind() != Kind::Mapping {
            let found = describe(item);
            let message =
                format!("`valuesSecrets` expects maps, found {found}; the API server rejects the object");
            drafts.push(Draft::new(item.span(), message).help("write `- name: SECRET` with the list `keys`"));
            continue;
        }
        for field in item.fields() {
            let name = field.name();
            match name.as_ref() {
                "name" => drafts.extend(fault(&field, "valuesSecrets[].name", Type::Text)),
                "ignoreUpdates" => drafts.extend(fault(&field, "valuesSecrets[].ignoreUpdates", Type::Bool)),
                "keys" if field.value.kind() != Kind::Sequence && !is_unknown(field.value) => {
                    let help = format!("write `keys: [{}]`", field.value.text().unwrap_or("values.yaml"));
                    drafts.push(draft(&field, "valuesSecrets[].keys", "a list", &help));
                }
                _ => {}
            }
        }
    }
}

fn fault(entry: &Entry<'_>, name: &str, expected: Type) -> Option<Draft> {
    let value = entry.value;
    let scalar = value.kind() == Kind::Scalar;
    let fits = match (expected, value.value()) {
        (Type::Text, Some(Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_))) => false,
        (Type::Text, _) | (Type::Bool, Some(Value::Bool(_))) | (Type::Int, Some(Value::Int(_))) => scalar,
        (Type::Bool | Type::Int, _) => false,
        (Type::Reference | Type::Mapping | Type::Secrets | Type::Values, _) => value.kind() == Kind::Mapping,
    };
    if fits || is_unknown(value) {
        return None;
    }
    let text = value.text().unwrap_or_default();
    let quoted = matches!(value.style(), Some(Style::SingleQuoted | Style::DoubleQuoted));
    let plain = scalar && !value.is_alias();
    Some(match expected {
        Type::Values => values(entry),
        Type::Text if scalar => {
            let quote = format!("\"{text}\"");
            let draft = draft(entry, name, "a string", &format!("quote it: `{}: {quote}`", entry.name()));
            if plain { draft.edit(Safety::Safe, value.span(), quote) } else { draft }
        }
        Type::Text => draft(entry, name, "a string", "write one string"),
        Type::Bool if quoted && matches!(text, "true" | "false") => {
            let draft = draft(entry, name, "a boolean", &format!("write `{}: {text}`", entry.name()));
            if plain { draft.edit(Safety::Safe, value.span(), text) } else { draft }
        }
        Type::Bool => {
            draft(entry, name, "a boolean", &format!("write `{0}: true` or `{0}: false`", entry.name()))
        }
        Type::Int if quoted && text.parse::<i32>().is_ok() => {
            let draft = draft(entry, name, "an integer", &format!("write `{}: {text}`", entry.name()));
            if plain { draft.edit(Safety::Safe, value.span(), text) } else { draft }
        }
        Type::Int => {
            draft(entry, name, "an integer", &format!("write an integer, for example `{}: 20`", entry.name()))
        }
        Type::Reference => {
            let meant = if scalar && !text.is_empty() { text } else { "SECRET" };
            draft(entry, name, "a map with `name`", &format!("write `{}: {{name: {meant}}}`", entry.name()))
        }
        Type::Mapping | Type::Secrets if entry.name() == "set" => {
            draft(entry, name, "a map", "write each value as `key: value` under `set`")
        }
        Type::Mapping | Type::Secrets => draft(entry, name, "a map", "write its fields as a map"),
    })
}

fn draft(entry: &Entry<'_>, name: &str, expected: &str, help: &str) -> Draft {
    let found = describe(entry.value);
    let message = format!("`{name}` expects {expected}, found {found}; the API server rejects the object");
    Draft::new(entry.label_span(), message).help(help)
}

fn describe(node: NodeRef<'_>) -> String {
    let text = node.text().unwrap_or_default();
    match (node.kind(), node.value()) {
        (Kind::Sequence, _) => "a list".to_owned(),
        (Kind::Mapping, _) => "a map".to_owned(),
        (_, Some(Value::Bool(_))) => format!("the boolean `{text}`"),
        (_, Some(Value::Int(_) | Value::UInt(_) | Value::Float(_))) => format!("the number `{text}`"),
        _ => format!("the string `{text}`"),
    }
}

/// Whether a value is not checked: null counts as absent, and the result of a template is not known.
fn is_unknown(node: NodeRef<'_>) -> bool {
    node.is_null()
        || node.text().is_some_and(|text| template_mark(text).is_some())
        // YAML parses an unquoted `{{ value }}` as a map within a map.
        || node.entries().any(|entry| entry.key.kind() == Kind::Mapping)
}

#[cfg(test)]
mod tests {
    use super::FIELDS;

    #[test]
    fn the_fields_are_sorted() {
        assert!(FIELDS.is_sorted_by_key(|(field, ..)| *field));
    }
}
