//! The source of a rule for a trace: its conditions as written, and their lines. Must not compile it.

use super::super::raw::{Entry, REASON_KEY, Raw};
use super::super::{heads, position};
use crate::yaml::{Style, Value, resolve};

/// A parsed rule file.
#[derive(Clone, Debug)]
pub struct RuleSource {
    raw: Raw,
    /// Name and text; `None` for built-in rules, whose text is not in the binary.
    file: Option<(String, String)>,
}

impl RuleSource {
    /// The built-in rule with an identifier.
    pub fn built_in(id: &str) -> Option<Self> {
        let head = heads().1.find(|head| head.id == id)?;
        Some(Self { raw: Raw::Map(postcard::from_bytes(head.body).ok()?), file: None })
    }

    /// A user's rule file. If it cannot be parsed, it has no conditions.
    pub fn of_file(path: &str, text: &str) -> Self {
        let raw = serde_yaml::from_str::<serde_yaml::Value>(text).map_or(Raw::Null, Raw::from);
        Self { raw, file: Some((path.to_owned(), text.to_owned())) }
    }

    /// The value to which keys and indices lead.
    pub(super) fn at(&self, keys: &[String]) -> Option<&Raw> {
        keys.iter().try_fold(&self.raw, |raw, key| match raw {
            Raw::Map(entries) => entries.iter().find(|entry| entry.key == *key).map(|entry| &entry.value),
            Raw::List(items) => items.get(key.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The comment that explains why the check is in Rust.
    pub fn reason(&self) -> Option<&str> {
        match self.at(&[REASON_KEY.to_owned()]) {
            Some(Raw::Text(reason)) => Some(reason),
            _ => None,
        }
    }

    /// The place to which keys lead: file and line, or the keys themselves for a built-in rule.
    pub fn place(&self, keys: &[String]) -> String {
        match &self.file {
            Some((path, text)) => format!("{path}:{}", position(path, text, keys).line),
            None => up_to_index(keys).iter().fold(String::new(), |words, key| match key.parse::<usize>() {
                Ok(index) => format!("{words}[{index}]"),
                Err(_) if words.is_empty() => key.clone(),
                Err(_) => format!("{words}.{key}"),
            }),
        }
    }

    /// The names of the binders, in order.
    pub(super) fn names(&self) -> Vec<Vec<String>> {
        let text = |raw: &Raw| match raw {
            Raw::Text(text) => text.to_string(),
            _ => String::new(),
        };
        let mut names = Vec::new();
        if let Some(Raw::List(binders)) = self.at(&["for-each".to_owned()]) {
            let fields = |binder: &Raw| match binder {
                Raw::Map(entries) => entries.first().map(|entry| entry.value.clone()),
                _ => None,
            };
            for fields in binders.iter().filter_map(fields) {
                let Raw::Map(entries) = fields else { continue };
                let name = entries.iter().find(|entry| entry.key == "as").map(|entry| &entry.value);
                names.push(match name {
                    Some(Raw::List(columns)) => columns.iter().map(text).collect(),
                    Some(name) => vec![text(name)],
                    None => Vec::new(),
                });
            }
        }
        if let Some(Raw::Map(entries)) = self.at(&["let".to_owned()]) {
            names.extend(entries.iter().map(|entry| vec![entry.key.to_string()]));
        }
        names
    }
}

/// The keys without those within the last condition, whose text is shown next to them.
fn up_to_index(keys: &[String]) -> &[String] {
    let last = keys.iter().rposition(|key| key.parse::<usize>().is_ok());
    &keys[..last.map_or(keys.len(), |last| last + 1)]
}

/// YAML in one line.
pub(super) fn flow(raw: &Raw) -> String {
    match raw {
        Raw::Null => "null".to_owned(),
        Raw::Bool(value) => value.to_string(),
        Raw::Int(value) => value.to_string(),
        Raw::Float(value) => value.to_string(),
        Raw::Text(text) if is_plain(text) => text.to_string(),
        Raw::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Raw::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Raw::Map(entries) => format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", ")),
    }
}

/// A key with its value in one line.
pub(super) fn entry(entry: &Entry) -> String {
    format!("{}: {}", entry.key, flow(&entry.value))
}

/// Whether a text may be plain within a flow collection.
fn is_plain(text: &str) -> bool {
    let is_safe = |c: char| c.is_alphanumeric() || "._/$()-+<>= ".contains(c);
    matches!(resolve(text, Style::Plain, None), Value::Str(_))
        && text.chars().all(is_safe)
        && text.starts_with(|c: char| c.is_alphanumeric() || c == '$' || c == '/')
        && !text.ends_with(' ')
}
