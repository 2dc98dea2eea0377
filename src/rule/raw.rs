//! A parsed rule file before compilation. Shared with the build script, so it must not use the rest of the crate.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The key under which the body of a built-in rule stores the comment that explains why its check is in Rust.
pub const REASON_KEY: &str = "# Rust";

/// A YAML value of a rule file. The texts of built-in rules borrow from the binary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Raw {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(#[serde(borrow)] Cow<'static, str>),
    /// A list.
    List(Vec<Raw>),
    /// A mapping, in the order of the file.
    Map(Vec<Entry>),
}

/// An entry of a mapping.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The key.
    #[serde(borrow)]
    pub key: Cow<'static, str>,
    /// The value.
    pub value: Raw,
}

impl From<serde_yaml::Value> for Raw {
    fn from(value: serde_yaml::Value) -> Self {
        use serde_yaml::Value;
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => match number.as_i64() {
                Some(value) => Self::Int(value),
                None => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => Self::Text(text.into()),
            Value::Sequence(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Mapping(entries) => Self::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| Entry { key: Self::from(key).into_key(), value: Self::from(value) })
                    .collect(),
            ),
            Value::Tagged(tagged) => Self::from(tagged.value),
        }
    }
}

impl Raw {
    /// A key as text: rule files may write `true:` or `1:`.
    fn into_key(self) -> Cow<'static, str> {
        match self {
            Self::Bool(value) => value.to_string().into(),
            Self::Int(value) => value.to_string().into(),
            Self::Float(value) => value.to_string().into(),
            Self::Text(text) => text,
            Self::Null | Self::List(_) | Self::Map(_) => Cow::Borrowed(""),
        }
    }
}
