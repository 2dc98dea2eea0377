//! Fields of objects whose values have another type than their reader accepts. Must not read configuration.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Found, View};
use crate::rke2::node::{is_in_capitals, is_stand_in};
use crate::yaml::{Entry, Kind, NodeRef, Value, template_mark};

/// The type of a field.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub enum FieldType {
    Boolean,
    Integer,
    String,
    /// A list of anything.
    List,
    /// A map of anything.
    Map,
    /// A list of strings.
    Strings,
    /// A map of strings.
    StringMap,
    /// A map of booleans.
    BooleanMap,
    /// A duration, which is a string with a unit.
    Duration,
}

/// The paths of fields, by type. `*` stands for any element of a list.
pub type FieldTypes = BTreeMap<FieldType, Vec<String>>;

/// Reports values of another type, with the effect that they have. Null is accepted everywhere.
pub fn mistyped(
    rule: &'static str,
    types: &FieldTypes,
    (view, spec): (&View, NodeRef<'_>),
    effect: &str,
    found: &mut Found,
) {
    for (kind, paths) in types {
        for path in paths {
            let (parents, name) = path.rsplit_once('.').unwrap_or(("", path));
            for (path, map) in parents_of(spec, parents) {
                let Some(entry) = map.entry(name) else { continue };
                let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                field(rule, *kind, (view, entry), (&path, effect), found);
            }
        }
    }
}

/// The maps at a path, each with its path as messages show it.
fn parents_of<'a>(spec: NodeRef<'a>, path: &str) -> Vec<(String, NodeRef<'a>)> {
    let mut maps = vec![(String::new(), spec)];
    for key in path.split('.').filter(|key| !key.is_empty()) {
        let below = |(path, map): (String, NodeRef<'a>)| -> Vec<(String, NodeRef<'a>)> {
            if key == "*" {
                map.items().enumerate().map(|(index, item)| (format!("{path}[{index}]"), item)).collect()
            } else {
                let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                map.get(key).map(|map| (path, map)).into_iter().collect()
            }
        };
        maps = maps.into_iter().flat_map(below).collect();
    }
    maps
}

fn field(
    rule: &'static str,
    kind: FieldType,
    (view, entry): (&View, Entry<'_>),
    (path, effect): (&str, &str),
    found: &mut Found,
) {
    let value = entry.value;
    if !kind.fits(value) {
        let message = format!("`{path}` expects {}, found {}; {effect}", kind.name(), described(value));
        let at = if value.kind() == Kind::Scalar { value.span() } else { entry.key.span() };
        found.remark(rule, view, at.range(), message, &kind.help(entry));
        return;
    }
    let values = || value.entries().filter(|entry| !entry.is_merge()).map(|entry| entry.value);
    let (elements, of): (Vec<NodeRef<'_>>, _) = match kind {
        FieldType::Strings => (value.items().collect(), FieldType::String),
        FieldType::StringMap => (values().collect(), FieldType::String),
        FieldType::BooleanMap => (values().collect(), FieldType::Boolean),
        _ => return,
    };
    for element in elements.into_iter().filter(|element| !of.fits(*element)) {
        let what = if of == FieldType::String { "strings" } else { "booleans" };
        let message = format!("`{path}` expects {what}, found {}; {effect}", described(element));
        let help = match element.kind() {
            _ if of == FieldType::Boolean => "write `true` or `false` without quotes".to_owned(),
            Kind::Scalar => quoted(element),
            Kind::Sequence | Kind::Mapping => "write a string".to_owned(),
        };
        found.remark(rule, view, element.span().range(), message, &help);
    }
}

impl FieldType {
    fn fits(self, node: NodeRef<'_>) -> bool {
        if node.is_null() || node.is_opaque() {
            return true;
        }
        if let Some(Value::Str(text)) = node.value()
            && is_replaced(&text)
        {
            return true;
        }
        match (node.kind(), node.value()) {
            (Kind::Mapping, _) => matches!(self, Self::Map | Self::StringMap | Self::BooleanMap),
            (Kind::Sequence, _) => matches!(self, Self::List | Self::Strings),
            (Kind::Scalar, Some(Value::Bool(_))) => self == Self::Boolean,
            (Kind::Scalar, Some(Value::Int(_) | Value::UInt(_))) => self == Self::Integer,
            // JSON has one kind of number: 3.0 is whole.
            (Kind::Scalar, Some(Value::Float(number))) => self == Self::Integer && number.fract() == 0.0,
            (Kind::Scalar, Some(Value::Str(_))) => matches!(self, Self::String | Self::Duration),
            (Kind::Scalar, Some(Value::Null) | None) => true,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::String => "a string",
            Self::List => "a list",
            Self::Map => "a map",
            Self::Strings => "a list of strings",
            Self::StringMap => "a map of strings",
            Self::BooleanMap => "a map of booleans",
            Self::Duration => "a duration with a unit",
        }
    }

    /// What to write instead.
    fn help(self, entry: Entry<'_>) -> String {
        let (name, value) = (entry.name(), entry.value);
        let is_plain = |fits: fn(&Value<'_>) -> bool| {
            value
                .text()
                .is_some_and(|text| fits(&crate::yaml::resolve(text, crate::yaml::Style::Plain, None)))
        };
        let unquote = match self {
            Self::Boolean => is_plain(|value| matches!(value, Value::Bool(_))),
            Self::Integer => is_plain(|value| matches!(value, Value::Int(_))),
            _ => false,
        };
        match (self, value.kind()) {
            (_, Kind::Scalar) if unquote => {
                format!("remove the quotes: `{}`", value.text().unwrap_or_default())
            }
            (Self::String, Kind::Scalar) => quoted(value),
            (Self::Boolean, _) => "write `true` or `false`".to_owned(),
            (Self::Strings, Kind::Mapping) => format!("write a list under `{name}`: `- KEY=VALUE`"),
            (Self::Strings | Self::List, _) => format!("write a list under `{name}`"),
            (Self::Map | Self::StringMap | Self::BooleanMap, _) => format!("write a map under `{name}`"),
            (Self::Duration, Kind::Scalar) => {
                format!("write the unit: `{}s`", value.text().unwrap_or_default())
            }
            (_, _) => format!("set `{name}` to {}", self.name()),
        }
    }
}

/// Whether a text is a placeholder, such as a word in capitals that is not a boolean.
pub(super) fn is_replaced(text: &str) -> bool {
    let is_boolean = matches!(text, "TRUE" | "FALSE" | "YES" | "NO" | "ON" | "OFF");
    is_in_capitals(text) && !is_boolean || is_stand_in(text) || template_mark(text).is_some()
}

fn quoted(value: NodeRef<'_>) -> String {
    format!("quote it: `\"{}\"`", value.text().unwrap_or_default())
}

fn described(node: NodeRef<'_>) -> String {
    match (node.kind(), node.value()) {
        (Kind::Mapping, _) => "a map".to_owned(),
        (Kind::Sequence, _) => "a list".to_owned(),
        (Kind::Scalar, Some(Value::Str(text))) => {
            format!("the string `{}`", text.lines().next().unwrap_or_default())
        }
        (Kind::Scalar, _) => format!("`{}`", node.text().unwrap_or_default()),
    }
}
