//! Takes typed values out of a rule file, each mistake with the keys that lead to it.

use super::{CompileError, Outcome, Subject};
use crate::rule::message::Message;
use crate::rule::path::{Path, Root};
use crate::rule::predicate::Literal;
use crate::rule::raw::Raw;

/// The fields of a mapping, each to be taken once; what is left over is unknown.
pub(super) struct Fields<'r> {
    entries: Vec<(&'r str, &'r Raw)>,
    place: Vec<String>,
}

impl<'r> Fields<'r> {
    pub(super) fn new(raw: &'r Raw, place: &[String]) -> Outcome<Self> {
        let entries = map_of(raw, place)?.iter().map(|(key, value)| (key.as_str(), value)).collect();
        Ok(Self { entries, place: place.to_vec() })
    }

    pub(super) fn at(&self, key: &str) -> Vec<String> {
        child(&self.place, key)
    }

    pub(super) fn error(&self, key: &str, message: String) -> CompileError {
        CompileError { path: self.at(key), message }
    }

    pub(super) fn take(&mut self, key: &str) -> Option<&'r Raw> {
        let index = self.entries.iter().position(|(name, _)| *name == key)?;
        Some(self.entries.remove(index).1)
    }

    pub(super) fn required(&mut self, key: &str) -> Outcome<&'r Raw> {
        self.take(key)
            .ok_or_else(|| CompileError { path: self.place.clone(), message: format!("`{key}` is missing") })
    }

    pub(super) fn required_text(&mut self, key: &str) -> Outcome<String> {
        let raw = self.required(key)?;
        text(raw, &self.at(key))
    }

    pub(super) fn required_path(&mut self, key: &str, subject: &Subject) -> Outcome<Path> {
        let written = self.required_text(key)?;
        path(&written, &self.at(key), subject)
    }

    pub(super) fn required_message(&mut self, key: &str, subject: &Subject) -> Outcome<Message> {
        let message = self.message(key, subject)?;
        message
            .ok_or_else(|| CompileError { path: self.place.clone(), message: format!("`{key}` is missing") })
    }

    pub(super) fn message(&mut self, key: &str, subject: &Subject) -> Outcome<Option<Message>> {
        let Some(raw) = self.take(key) else { return Ok(None) };
        let place = self.at(key);
        let message =
            Message::parse(text(raw, &place)?.trim()).map_err(|message| self.error(key, message))?;
        for used in message.paths() {
            path(&used.to_string(), &place, subject)?;
        }
        Ok(Some(message))
    }

    /// A text or a list of texts; empty when the key is missing.
    pub(super) fn texts(&mut self, key: &str) -> Outcome<Vec<String>> {
        let place = self.at(key);
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Raw::List(items)) => items.iter().map(|item| text(item, &place)).collect(),
            Some(raw) => Ok(vec![text(raw, &place)?]),
        }
    }

    pub(super) fn finish(self) -> Outcome<()> {
        match self.entries.first() {
            None => Ok(()),
            Some((key, _)) => Err(CompileError {
                path: child(&self.place, key),
                message: format!("`{key}` is not a field here"),
            }),
        }
    }
}

pub(super) fn path(written: &str, place: &[String], subject: &Subject) -> Outcome<Path> {
    let fail = |message: String| CompileError { path: place.to_vec(), message };
    let path = Path::parse(written).map_err(fail)?;
    let root = match &path.root {
        Root::Before(inner) => inner,
        root => root,
    };
    let exists = match root {
        Root::Values => matches!(subject, Subject::Chart(_)),
        Root::Resource => matches!(subject, Subject::Chart(_) | Subject::Kind(_)),
        Root::Registries => *subject == Subject::Registries,
        Root::File => *subject != Subject::Cluster,
        Root::ChartValues(_) | Root::Config | Root::Cluster | Root::Host | Root::Before(_) => true,
    };
    if exists { Ok(path) } else { Err(fail(format!("`{written}` does not exist for this rule's subject"))) }
}

pub(super) fn literals(raw: &Raw, place: &[String]) -> Outcome<Vec<Literal>> {
    list_of(raw, place)?.iter().map(|item| literal(item, place)).collect()
}

#[allow(clippy::cast_precision_loss, reason = "rule files hold small numbers")]
pub(super) fn literal(raw: &Raw, place: &[String]) -> Outcome<Literal> {
    Ok(match raw {
        Raw::Null => Literal::Null,
        Raw::Bool(value) => Literal::Bool(*value),
        Raw::Int(value) => Literal::Number(*value as f64),
        Raw::Float(value) => Literal::Number(*value),
        Raw::Text(text) => Literal::Text(text.clone()),
        Raw::List(_) | Raw::Map(_) => {
            return Err(CompileError { path: place.to_vec(), message: "a scalar is needed here".to_owned() });
        }
    })
}

#[allow(clippy::cast_precision_loss, reason = "rule files hold small numbers")]
pub(super) fn number(raw: &Raw, place: &[String]) -> Outcome<f64> {
    match raw {
        Raw::Int(value) => Ok(*value as f64),
        Raw::Float(value) => Ok(*value),
        _ => Err(CompileError { path: place.to_vec(), message: "a number is needed here".to_owned() }),
    }
}

pub(super) fn boolean(raw: &Raw, place: &[String]) -> Outcome<bool> {
    match raw {
        Raw::Bool(value) => Ok(*value),
        _ => {
            Err(CompileError { path: place.to_vec(), message: "`true` or `false` is needed here".to_owned() })
        }
    }
}

pub(super) fn text(raw: &Raw, place: &[String]) -> Outcome<String> {
    match raw {
        Raw::Text(text) if !text.trim().is_empty() => Ok(text.clone()),
        Raw::Int(number) => Ok(number.to_string()),
        Raw::Float(number) => Ok(number.to_string()),
        _ => Err(CompileError { path: place.to_vec(), message: "text is needed here".to_owned() }),
    }
}

pub(super) fn list_of<'r>(raw: &'r Raw, place: &[String]) -> Outcome<&'r [Raw]> {
    match raw {
        Raw::List(items) => Ok(items),
        _ => Err(CompileError { path: place.to_vec(), message: "a list is needed here".to_owned() }),
    }
}

pub(super) fn map_of<'r>(raw: &'r Raw, place: &[String]) -> Outcome<&'r [(String, Raw)]> {
    match raw {
        Raw::Map(entries) => Ok(entries),
        _ => Err(CompileError { path: place.to_vec(), message: "a mapping is needed here".to_owned() }),
    }
}

pub(super) fn child(place: &[String], key: &str) -> Vec<String> {
    place.iter().cloned().chain([key.to_owned()]).collect()
}
