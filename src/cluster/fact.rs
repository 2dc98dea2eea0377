//! Three-valued facts: known and located, absent, or unknown. Produces no findings.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use crate::source::Span;
use crate::yaml::{Entry, Kind, NodeRef, Value, format_float, template_mark};

/// What is known about a value.
#[derive(Clone, Debug)]
pub enum Fact<'a> {
    /// The value is known.
    Known(Found<'a>),
    /// The value is not set and has no default. The span, if any, is that of the nearest parent that exists.
    Absent(Option<Span>),
    /// The value may be anything: the file that sets it is not in the tree, or is a template.
    Unknown,
}

/// A value and its origin.
#[derive(Clone, Debug)]
pub struct Found<'a> {
    /// The value.
    pub value: Datum<'a>,
    /// Where the user wrote it; `None` for a default.
    pub at: Option<Span>,
}

/// A value in the form in which rules compare it.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum<'a> {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float, or an integer too large for `i64`.
    Float(f64),
    /// A string.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Item<'a>>),
    /// A map, as a list of its entries.
    Map(Vec<(Cow<'a, str>, Item<'a>)>),
    /// A value that a template or a person will fill in.
    Opaque,
}

/// An element of a list or map.
#[derive(Clone, Debug, PartialEq)]
pub struct Item<'a> {
    /// Its value.
    pub value: Datum<'a>,
    /// Where it is written.
    pub at: Option<Span>,
}

impl<'a> Fact<'a> {
    /// A value that the user wrote.
    pub fn written(value: Datum<'a>, at: Span) -> Self {
        if value == Datum::Opaque { Self::Unknown } else { Self::Known(Found { value, at: Some(at) }) }
    }

    /// A value that applies when nothing is set.
    pub fn default(value: Datum<'a>) -> Self {
        Self::Known(Found { value, at: None })
    }

    /// An entry of a map that the user wrote.
    pub fn of_entry(entry: Entry<'a>) -> Self {
        Self::written(Datum::of(entry.value), entry.label_span())
    }

    /// The value, if it is known.
    pub fn value(&self) -> Option<&Datum<'a>> {
        match self {
            Self::Known(found) => Some(&found.value),
            _ => None,
        }
    }

    /// Where the user wrote it, or the nearest parent if it is absent.
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Known(found) => found.at,
            Self::Absent(near) => *near,
            Self::Unknown => None,
        }
    }

    /// Whether the user wrote it; `None` when this is unknown.
    pub fn is_written(&self) -> Option<bool> {
        match self {
            Self::Known(found) => Some(found.at.is_some()),
            Self::Absent(_) => Some(false),
            Self::Unknown => None,
        }
    }

    /// Whether it is true: a boolean, or a string that Go parses as true. `None` when this is unknown.
    pub fn is_true(&self) -> Option<bool> {
        match self {
            Self::Known(found) => Some(found.value.as_bool() == Some(true)),
            Self::Absent(_) => Some(false),
            Self::Unknown => None,
        }
    }
}

impl<'a> Datum<'a> {
    /// The value of a node. Template marks and placeholders make it opaque.
    pub fn of(node: NodeRef<'a>) -> Self {
        match node.kind() {
            _ if node.is_opaque() => Self::Opaque,
            Kind::Mapping => Self::Map(
                node.fields()
                    .into_iter()
                    .map(|field| {
                        (field.name(), Item { value: Self::of(field.value), at: Some(field.label_span()) })
                    })
                    .collect(),
            ),
            Kind::Sequence => Self::List(
                node.items().map(|item| Item { value: Self::of(item), at: Some(item.span()) }).collect(),
            ),
            Kind::Scalar => match node.value() {
                None | Some(Value::Null) => Self::Null,
                Some(Value::Bool(value)) => Self::Bool(value),
                Some(Value::Int(value)) => Self::Int(value),
                #[allow(
                    clippy::cast_precision_loss,
                    reason = "numbers of this size are compared, not computed with"
                )]
                Some(Value::UInt(value)) => Self::Float(value as f64),
                Some(Value::Float(value)) => Self::Float(value),
                // A text with a placeholder is opaque.
                Some(Value::Str(text)) => Self::Text(text),
            },
        }
    }

    /// A string, which is opaque if it contains a placeholder.
    pub fn text(text: Cow<'a, str>) -> Self {
        if template_mark(&text).is_some() { Self::Opaque } else { Self::Text(text) }
    }

    /// The value as a boolean. Strings are parsed as by Go's `ParseBool`.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Text(text) => match text.as_ref() {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
                "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The value as a number. Strings are parsed.
    #[allow(clippy::cast_precision_loss, reason = "settings are far below 2^53")]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A scalar as a string: what a string flag or a template would print.
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) => Some(Cow::Owned(self.to_string())),
            _ => None,
        }
    }

    /// The elements of a list; a scalar is treated as a list with one element.
    pub fn elements(&self) -> Vec<&Datum<'a>> {
        match self {
            Self::List(items) => items.iter().map(|item| &item.value).collect(),
            Self::Map(_) | Self::Null => Vec::new(),
            scalar => vec![scalar],
        }
    }

    /// Whether two values are equal regardless of the order of keys; `None` when that depends on something unknown.
    pub fn same(&self, other: &Self) -> Option<bool> {
        let all = |pairs: &mut dyn Iterator<Item = Option<bool>>| {
            let mut known = Some(true);
            for pair in pairs {
                match pair {
                    Some(true) => {}
                    Some(false) => return Some(false),
                    None => known = None,
                }
            }
            known
        };
        match (self, other) {
            (Self::Opaque, _) | (_, Self::Opaque) => None,
            (Self::Map(one), Self::Map(other)) => {
                let (one, other) = (sorted(one), sorted(other));
                if !one.keys().eq(other.keys()) {
                    return Some(false);
                }
                all(&mut one.values().zip(other.values()).map(|(a, b)| a.value.same(&b.value)))
            }
            (Self::List(one), Self::List(other)) if one.len() == other.len() => {
                all(&mut one.iter().zip(other).map(|(a, b)| a.value.same(&b.value)))
            }
            (one, other) => Some(one == other),
        }
    }

    /// The value of a key in a map.
    pub fn get(&self, key: &str) -> Option<&Item<'a>> {
        match self {
            Self::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, item)| item),
            _ => None,
        }
    }

    /// The name of the type in rule files and messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Int(_) => "integer",
            Self::Float(_) => "float",
            Self::Text(_) | Self::Opaque => "string",
            Self::List(_) => "list",
            Self::Map(_) => "map",
        }
    }
}

fn sorted<'d, 'a>(entries: &'d [(Cow<'a, str>, Item<'a>)]) -> BTreeMap<&'d str, &'d Item<'a>> {
    entries.iter().map(|(name, item)| (name.as_ref(), item)).collect()
}

impl fmt::Display for Datum<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => f.write_str(&format_float(*value)),
            Self::Text(text) => f.write_str(text),
            Self::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{}", if index == 0 { "" } else { ", " }, item.value)?;
                }
                Ok(())
            }
            Self::Map(_) => f.write_str("a mapping"),
            Self::Opaque => f.write_str("a template"),
        }
    }
}
