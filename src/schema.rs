//! JSON Schemas of the files that RKE2 and its charts read, for editors without the language server. They reject
//! unknown keys, and are as lenient about types as RKE2. Must not read or write files.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::catalog::{
    self, Attr, ConfigKey, Flags, KeyType, Role, Scalar, Target, Types, about_config_key, about_value,
};
use crate::rke2::registries::{self, AUTH_KEYS, HOST, REGISTRY, TLS_KEYS};

/// The dialect that yaml-language-server supports best.
const DIALECT: &str = "http://json-schema.org/draft-07/schema#";

/// A schema as formatted JSON with a trailing line break.
pub fn text(schema: &Value) -> String {
    // The value is built from strings, numbers and maps, so serialization cannot fail.
    serde_json::to_string_pretty(schema).unwrap_or_default() + "\n"
}

/// The schema of config.yaml and its drop-ins for some releases.
pub fn config(target: &Target) -> Value {
    let accepted = |key: &&ConfigKey| {
        target.any(|release| [Role::Server, Role::Agent].iter().any(|role| key.is_accepted(*role, release)))
    };
    let mut properties = Map::new();
    for key in catalog::config_keys().iter().filter(accepted) {
        for name in key.aliases.iter().chain([&key.name]) {
            properties.insert(name.clone(), config_key(key, target));
        }
    }
    json!({
        "$schema": DIALECT,
        "title": format!("RKE2 config.yaml, {target}"),
        "type": ["object", "null"],
        "properties": properties,
        // A key that ends in `+` adds to the list of an earlier file; one with `=` is passed as an argument with its value.
        "patternProperties": { r"^[a-z0-9-]+\+$": {}, "^[a-z-]+-arg=": {} },
        "additionalProperties": false
    })
}

fn config_key(key: &ConfigKey, target: &Target) -> Value {
    let scalar = json!(["string", "number", "boolean", "null"]);
    let words = words(key, target);
    // Known values are suggested; others are left to the linter.
    let one = if words.is_empty() {
        json!({ "type": scalar })
    } else {
        json!({ "anyOf": [{ "enum": words }, { "type": scalar }] })
    };
    let mut schema = match key.kind {
        KeyType::Bool => json!({ "type": ["boolean", "string", "number", "null"] }),
        KeyType::Int => json!({ "type": ["integer", "string", "null"] }),
        KeyType::Unknown => json!({}),
        KeyType::String | KeyType::Duration | KeyType::List => {
            json!({ "anyOf": [one, { "type": "array", "items": one }] })
        }
    };
    if let Value::Object(fields) = &mut schema {
        fields.insert("description".to_owned(), json!(about_config_key(key)));
        if let Some(default) = key.default.as_ref() {
            fields.insert("default".to_owned(), json!(default));
        }
    }
    schema
}

/// The known values of a key of config.yaml.
fn words(key: &ConfigKey, target: &Target) -> Vec<String> {
    let values = target.newest().and_then(catalog::config_values);
    let known = |of: fn(&catalog::ConfigValues) -> Vec<String>| values.map(of).unwrap_or_default();
    match key.name.as_str() {
        "cni" => known(|values| values.cni.clone()),
        "ingress-controller" => known(|values| values.ingress.clone()),
        "profile" => known(|values| values.profile.clone()),
        "disable" => known(catalog::ConfigValues::all_disable),
        _ => key.values.clone(),
    }
}

/// The schema of registries.yaml.
pub fn registries() -> Value {
    let text = json!({ "type": ["string", "number", "boolean", "null"] });
    let described = |path: &[&str], mut schema: Value| {
        if let (Value::Object(fields), Some(about)) = (&mut schema, registries::about(path)) {
            fields.insert("description".to_owned(), json!(about));
        }
        schema
    };
    let scalars = |path: &[&str], keys: &[&str]| {
        let properties: Map<String, Value> = keys
            .iter()
            .map(|key| {
                let is_switch = *key == "insecure_skip_verify";
                let schema = if is_switch { json!({ "type": "boolean" }) } else { text.clone() };
                ((*key).to_owned(), described(&[path, &[key]].concat(), schema))
            })
            .collect();
        let schema =
            json!({ "type": ["object", "null"], "properties": properties, "additionalProperties": false });
        described(path, schema)
    };
    let (endpoint, rewrite) = (["mirrors", REGISTRY, "endpoint"], ["mirrors", REGISTRY, "rewrite"]);
    let endpoints = json!({ "type": ["array", "null"], "items": { "type": "string" } });
    let rewrites = json!({ "type": ["object", "null"], "additionalProperties": text });
    let mirror = json!({
        "type": ["object", "null"],
        "properties": {
            "endpoint": described(&endpoint, endpoints),
            "rewrite": described(&rewrite, rewrites)
        },
        "additionalProperties": false
    });
    let (auth, tls) = (["configs", HOST, "auth"], ["configs", HOST, "tls"]);
    let config = json!({
        "type": ["object", "null"],
        "properties": { "auth": scalars(&auth, AUTH_KEYS), "tls": scalars(&tls, TLS_KEYS) },
        "additionalProperties": false
    });
    let hosts = |key, of_host: Value| {
        described(&[key], json!({ "type": ["object", "null"], "additionalProperties": of_host }))
    };
    json!({
        "$schema": DIALECT,
        "title": "RKE2 registries.yaml",
        "type": ["object", "null"],
        "properties": {
            "mirrors": hosts("mirrors", mirror),
            "configs": hosts("configs", config),
            "auths": hosts("auths", scalars(&["auths", HOST], AUTH_KEYS))
        },
        "additionalProperties": false
    })
}

/// The schema of the values of a packaged chart for some releases; `None` if none of them ships it.
pub fn values(chart: &str, target: &Target) -> Option<Value> {
    let mut root = Tree::default();
    for view in target.views(chart) {
        for (path, attr) in view.paths().into_iter().filter(|(_, attr)| !attr.is_guard_only()) {
            root.add(&path, attr);
        }
    }
    if root.below.is_empty() {
        return None;
    }
    let mut schema = root.schema(chart, &mut Vec::new());
    if let Value::Object(fields) = &mut schema {
        fields.insert("$schema".to_owned(), json!(DIALECT));
        fields.insert("title".to_owned(), json!(format!("Values of {chart}, {target}")));
        if let Some(Value::Object(properties)) = fields.get_mut("properties") {
            // RKE2, the chart and its subcharts share `global`, so not all of its readers are known.
            properties.insert("global".to_owned(), json!({}));
        }
    }
    Some(schema)
}

/// Value paths as a tree, with the attributes of the newest version.
#[derive(Default)]
struct Tree<'a> {
    attr: Option<&'a Attr>,
    is_open: bool,
    below: BTreeMap<&'a str, Tree<'a>>,
}

impl<'a> Tree<'a> {
    fn add(&mut self, path: &[&'a str], attr: &'a Attr) {
        let Some((key, rest)) = path.split_first() else {
            self.is_open |= attr.is_open();
            self.attr = Some(attr);
            return;
        };
        self.below.entry(key).or_default().add(rest, attr);
    }

    fn schema(&self, chart: &str, path: &mut Vec<&'a str>) -> Value {
        let mut fields = Map::new();
        if let Some(attr) = self.attr {
            let about = about_value(chart, path, attr, !self.below.is_empty());
            fields.insert("description".to_owned(), json!(about));
            if let Some(default) = attr.default_value().filter(|default| *default != Scalar::Null) {
                fields.insert("default".to_owned(), json!(default));
            }
            if self.below.is_empty() && !self.is_open {
                fields.extend(offered(attr));
            }
        }
        let mut properties = Map::new();
        for (key, below) in &self.below {
            path.push(key);
            let schema = below.schema(chart, path);
            path.pop();
            if *key == "*" {
                fields.insert("items".to_owned(), schema.clone());
                fields.insert("additionalProperties".to_owned(), schema);
            } else {
                properties.insert((*key).to_owned(), schema);
            }
        }
        let has_any = self.below.contains_key("*");
        if !properties.is_empty() {
            fields.insert("properties".to_owned(), Value::Object(properties));
        }
        if !self.below.is_empty() && !self.is_open && !has_any {
            fields.insert("additionalProperties".to_owned(), json!(false));
        }
        Value::Object(fields)
    }
}

/// Suggestions for a value. They never restrict it, because templates accept more than the defaults show.
fn offered(attr: &Attr) -> Map<String, Value> {
    let mut fields = Map::new();
    if !attr.enum_values.is_empty() && attr.flags.contains(Flags::SCHEMA) {
        fields.insert("anyOf".to_owned(), json!([{ "enum": attr.enum_values }, {}]));
    } else if attr.types.contains(Types::BOOL) {
        fields.insert("anyOf".to_owned(), json!([{ "type": "boolean" }, {}]));
    }
    fields
}
