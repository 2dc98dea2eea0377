//! The JSON Schema of the settings, generated from the reader's table. Must not write files.

use serde_json::{Map, Value, json};

use super::shape::{Key, Shape, TOP};
use crate::catalog::{self, KeyType};

/// The schema as a JSON document with a final line break.
pub fn json_schema() -> String {
    let mut schema = object(TOP);
    if let Value::Object(fields) = &mut schema {
        fields.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        fields.insert("title".to_owned(), json!("Settings of rke2-lint: .rke2-lint.yaml"));
        fields.insert("$defs".to_owned(), definitions());
    }
    // Numbers, strings and maps of these can always be serialized.
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text + "\n"
}

fn definitions() -> Value {
    let texts = json!({"type": "string", "minLength": 1});
    json!({
        "texts": {"anyOf": [texts, {"type": "array", "items": texts}]},
        "release": {
            "type": ["string", "number"],
            "minimum": 1,
            "exclusiveMaximum": 2,
            "pattern": r"^v?1\.[0-9]+(\.[0-9]+)?(-rc[0-9]+)?([+-]rke2r[0-9]+)?$"
        },
        "rules": {
            "type": "object",
            "propertyNames": {"pattern": r"^[a-z0-9-]+(/([a-z0-9-]+|\*))?$"},
            "additionalProperties": {"enum": ["off", "info", "warning", "error", "on", true, false]}
        },
        "config": {"type": "object", "properties": config_keys(), "additionalProperties": false},
        "host": {"type": "object"}
    })
}

fn object(keys: &[Key]) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|key| {
            let mut value = shape(key.shape);
            if let Value::Object(fields) = &mut value {
                fields.insert("description".to_owned(), json!(key.about));
            }
            (key.name.to_owned(), value)
        })
        .collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
    if let Value::Object(fields) = &mut schema
        && !required.is_empty()
    {
        fields.insert("required".to_owned(), json!(required));
    }
    schema
}

fn shape(shape: Shape) -> Value {
    match shape {
        Shape::Text | Shape::Path => json!({"type": "string", "minLength": 1}),
        Shape::Release => json!({"$ref": "#/$defs/release"}),
        Shape::Folders | Shape::Patterns => json!({"$ref": "#/$defs/texts"}),
        Shape::Rules => json!({"$ref": "#/$defs/rules"}),
        Shape::Config => json!({"$ref": "#/$defs/config"}),
        Shape::Hosts => json!({
            "anyOf": [{"$ref": "#/$defs/host"}, {"type": "array", "items": {"$ref": "#/$defs/host"}}]
        }),
        Shape::List(keys) => json!({"type": "array", "items": object(keys)}),
    }
}

fn config_keys() -> Value {
    let scalar = json!(["string", "number", "boolean"]);
    let of = |kind: KeyType| match kind {
        KeyType::Bool => json!({"type": ["boolean", "string", "number"]}),
        KeyType::Int => json!({"type": ["integer", "string"]}),
        KeyType::Unknown => json!({}),
        KeyType::String | KeyType::List | KeyType::Duration => json!({
            "anyOf": [{"type": scalar}, {"type": "array", "items": {"type": scalar}}]
        }),
    };
    let keys = catalog::config_keys().iter().flat_map(|key| {
        let names = key.aliases.iter().chain([&key.name]);
        names.map(move |name| (name.clone(), of(key.kind))).collect::<Vec<_>>()
    });
    Value::Object(keys.collect())
}
