//! How the linter reads a text, in the format of the verdicts of `main.go`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use rke2_lint::engine::{Input, Options, lint_sources};
use rke2_lint::finding::Severity;
use rke2_lint::rke2::config::{argument_text, key_name};
use rke2_lint::rule::{self, Rule};
use rke2_lint::settings::Settings;
use rke2_lint::source::{Sources, Span};
use rke2_lint::yaml::{Chunk, Document, Kind, NodeRef, Stream, Value};
use serde_json::{Value as Json, json};

/// The content of a text, or the reason why it cannot be read.
pub type Reading = Result<Json, String>;

fn parse(text: &str) -> Stream {
    let text: Arc<str> = text.into();
    Stream::parse(Sources::id_at(0), &text)
}

fn first(stream: &Stream) -> Result<Option<NodeRef<'_>>, String> {
    let Some(chunk) = stream.first() else { return Ok(None) };
    match &chunk.error {
        Some(error) => Err(error.message.clone()),
        None => Ok(chunk.document.as_ref().and_then(Document::root)),
    }
}

/// Reads a config.yaml: its keys with the strings that reach the command line; `null` for a list, whose entries are
/// ignored.
pub fn config(text: &str) -> Reading {
    let stream = parse(text);
    let Some(root) = first(&stream)? else { return Ok(json!([])) };
    match root.kind() {
        Kind::Sequence if root.items().all(|item| item.kind() == Kind::Mapping || item.is_null()) => {
            return Ok(Json::Null);
        }
        Kind::Mapping => {}
        _ if root.is_null() => return Ok(json!([])),
        _ => return Err("not a mapping".to_owned()),
    }
    let mut settings: Vec<Json> = Vec::new();
    for entry in root.entries().filter(|entry| !entry.is_merge()) {
        let nodes: Vec<_> = match entry.value.kind() {
            Kind::Sequence => entry.value.items().collect(),
            _ => vec![entry.value],
        };
        let texts: Vec<_> = nodes.into_iter().map(argument_text).collect();
        let odd = entry.key.kind() == Kind::Mapping || texts.iter().any(Option::is_none);
        let values: Vec<_> = texts.into_iter().map(Option::unwrap_or_default).collect();
        let key = key_name(&entry);
        let setting = json!({"key": key, "values": values, "odd": odd});
        match settings.iter_mut().find(|other| other["key"] == *key) {
            Some(earlier) => *earlier = setting,
            None => settings.push(setting),
        }
    }
    Ok(Json::Array(settings))
}

/// Reads chart values.
pub fn values(text: &str) -> Reading {
    let stream = parse(text).uncut();
    let root = first(&stream)?;
    root.map_or(Ok(Json::Null), to_json)
}

/// Reads manifests. Kubernetes terminates every line with a line feed, including the last one. This only matters for a
/// block scalar at the end, and for two carriage returns at the end of a line.
pub fn manifest(text: &str) -> Reading {
    let text = &text.replace("\r\r\n", "\r\n");
    let text = &format!("{text}{}", if text.ends_with('\n') { "" } else { "\n" });
    let stream = parse(text);
    let mut documents = Vec::new();
    for (index, chunk) in stream.chunks.iter().enumerate() {
        if chunk.separator_text.is_some() {
            return Err("text behind ---".to_owned());
        }
        let place = |chunk: &Chunk| chunk.separator.map(Span::range);
        // A `---` at the very start remains part of the document.
        let start = place(chunk).map_or(0, |separator| if separator.start == 0 { 0 } else { separator.end });
        let end =
            stream.chunks.get(index + 1).and_then(place).map_or(text.len(), |separator| separator.start);
        if is_empty_to_k3s(&text[start..end]) {
            continue;
        }
        if chunk.directive.is_some() {
            return Err("a directive".to_owned());
        }
        if let Some(error) = chunk.error.as_ref().or(chunk.json_error.as_ref()) {
            return Err(error.message.clone());
        }
        let Some(document) = &chunk.document else { continue };
        let root = document.root().filter(|root| !root.is_null());
        documents.push(root.ok_or("null is no object")?);
    }
    Ok(Json::Array(documents.into_iter().map(to_json).collect::<Result<_, _>>()?))
}

/// Whether K3s skips a text before it parses it. Only line feeds end a line here.
fn is_empty_to_k3s(text: &str) -> bool {
    text.split('\n').map(str::trim).all(|line| line.starts_with('#') || matches!(line, "" | "---"))
}

/// Reads a registries.yaml: whether the rules report a decoding error.
pub fn registries(text: &str) -> Reading {
    static RULES: LazyLock<Arc<[Rule]>> = LazyLock::new(|| {
        let reading =
            ["registries/decode-error", "registries/endpoint-not-list", "registries/unquoted-wildcard"];
        let rules = rule::built_in().into_iter();
        rules.filter(|rule| reading.contains(&rule.info.id.as_str())).collect()
    });
    let files = BTreeMap::from([("registries.yaml".to_owned(), Input::Bytes(text.as_bytes().to_vec()))]);
    let report = lint_sources(files, None, &Options::new(&Settings::default(), Arc::clone(&RULES)));
    let error = report.findings.into_iter().find(|finding| finding.severity == Severity::Error);
    error.map_or(Ok(Json::Null), |error| Err(error.message))
}

fn to_json(node: NodeRef<'_>) -> Reading {
    match node.kind() {
        Kind::Sequence => Ok(Json::Array(node.items().map(to_json).collect::<Result<_, _>>()?)),
        Kind::Mapping => {
            let keys = node.entries().filter(|entry| !entry.is_merge()).map(|entry| entry.key);
            if keys.into_iter().any(|key| key.kind() != Kind::Scalar || key.is_null()) {
                return Err("a key that JSON does not have".to_owned());
            }
            let fields = node.fields().into_iter();
            let fields = fields.map(|field| Ok((field.name().into_owned(), to_json(field.value)?)));
            Ok(Json::Object(fields.collect::<Result<_, String>>()?))
        }
        Kind::Scalar => Ok(match node.value() {
            None | Some(Value::Null) => Json::Null,
            Some(Value::Bool(value)) => json!(value),
            Some(Value::Int(value)) => json!(value),
            Some(Value::UInt(value)) => json!(value),
            Some(Value::Float(value)) if value.is_finite() => json!(value),
            Some(Value::Float(_)) => return Err("a number that JSON does not have".to_owned()),
            Some(Value::Str(text)) => json!(text),
        }),
    }
}

/// Whether both are equal. Numbers are compared by value; values that Go prints in a special form are not compared.
pub fn same(go: &Json, ours: &Json) -> bool {
    match (go, ours) {
        (Json::Number(one), Json::Number(two)) => one.as_f64() == two.as_f64(),
        (Json::Array(one), Json::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (Json::Object(one), Json::Object(_)) if one.contains_key("odd") || ours["odd"] == true => true,
        (Json::Object(one), Json::Object(two)) => {
            let without_odd = two.iter().filter(|(key, value)| *key != "odd" || **value != false);
            without_odd.clone().count() == one.len()
                && without_odd.into_iter().all(|(key, two)| one.get(key).is_some_and(|one| same(one, two)))
        }
        _ => go == ours,
    }
}
