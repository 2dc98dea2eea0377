//! Reads typed values from a rule file; each error carries the path of keys to the mistake.

use std::borrow::Cow;

use super::{CompileError, Outcome, Scope, Subject, types};
use crate::cluster::fact::Datum;
use crate::rke2::secret::is_secret_key;
use crate::rule::expr::Expr;
use crate::rule::message::Message;
use crate::rule::path::{Path, Root};
use crate::rule::place::{At, Part};
use crate::rule::predicate::Literal;
use crate::rule::raw::{Entry, Raw};

/// A place in a rule file: a linked list of steps, which is turned into a path only for an error.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    above: Option<&'p Place<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

impl Place<'_> {
    /// The file as a whole.
    pub(super) const TOP: Place<'static> = Place { above: None, step: Step::Key("") };

    pub(super) fn key<'p>(&'p self, key: &'p str) -> Place<'p> {
        Place { above: Some(self), step: Step::Key(key) }
    }

    pub(super) fn index(&self, index: usize) -> Place<'_> {
        Place { above: Some(self), step: Step::Index(index) }
    }

    pub(super) fn error(&self, message: impl Into<String>) -> CompileError {
        CompileError { path: self.path(), message: message.into() }
    }

    fn path(&self) -> Vec<String> {
        let Some(above) = self.above else { return Vec::new() };
        let mut path = above.path();
        path.push(match self.step {
            Step::Key(key) => key.to_owned(),
            Step::Index(index) => index.to_string(),
        });
        path
    }
}

/// The fields of a map. Each is taken once; those left over are unknown fields.
pub(super) struct Fields<'r, 'p> {
    entries: Vec<&'r Entry>,
    place: Place<'p>,
}

impl<'r, 'p> Fields<'r, 'p> {
    pub(super) fn new(raw: &'r Raw, place: Place<'p>) -> Outcome<Self> {
        let entries = map_of(raw, &place)?.iter().collect();
        Ok(Self { entries, place })
    }

    pub(super) fn at<'a>(&'a self, key: &'a str) -> Place<'a> {
        self.place.key(key)
    }

    pub(super) fn place(&self) -> &Place<'p> {
        &self.place
    }

    pub(super) fn error(&self, key: &str, message: impl Into<String>) -> CompileError {
        self.at(key).error(message)
    }

    pub(super) fn missing(&self, key: &str) -> CompileError {
        self.place.error(format!("missing field `{key}`"))
    }

    /// A field, without taking it.
    pub(super) fn get(&self, key: &str) -> Option<&'r Raw> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    pub(super) fn take(&mut self, key: &str) -> Option<&'r Raw> {
        let index = self.entries.iter().position(|entry| entry.key == key)?;
        Some(&self.entries.remove(index).value)
    }

    pub(super) fn required(&mut self, key: &str) -> Outcome<&'r Raw> {
        self.take(key).ok_or_else(|| self.missing(key))
    }

    pub(super) fn required_text(&mut self, key: &str) -> Outcome<Cow<'static, str>> {
        let raw = self.required(key)?;
        text(raw, &self.at(key))
    }

    pub(super) fn required_path(&mut self, key: &str, scope: Scope<'_>) -> Outcome<Path> {
        let written = self.required_text(key)?;
        path(&written, &self.at(key), scope)
    }

    pub(super) fn required_message(&mut self, key: &str, scope: Scope<'_>) -> Outcome<Message> {
        let message = self.message(key, scope)?;
        message.ok_or_else(|| self.missing(key))
    }

    pub(super) fn message(&mut self, key: &str, scope: Scope<'_>) -> Outcome<Option<Message>> {
        let Some(raw) = self.take(key) else { return Ok(None) };
        let place = self.at(key);
        message(&text(raw, &place)?, &place, scope).map(Some)
    }

    /// Parses where something is reported: `PATH`, `key(PATH)`, `value(PATH)`, `subject`, or a list of these.
    pub(super) fn place_of(&mut self, key: &str, scope: Scope<'_>) -> Outcome<Option<At>> {
        let Some(raw) = self.take(key) else { return Ok(None) };
        let place = self.at(key);
        if matches!(raw, Raw::Text(word) if word == "subject") {
            return Ok(Some(At(Vec::new())));
        }
        let one = |raw: &Raw| {
            let written = text(raw, &place)?;
            let inner = |name: &str| {
                written
                    .strip_prefix(name)
                    .and_then(|rest| rest.strip_prefix('('))
                    .and_then(|rest| rest.strip_suffix(')'))
            };
            let (part, written) = match (inner("key"), inner("value")) {
                (Some(inner), _) => (Part::Key, inner),
                (_, Some(inner)) => (Part::Value, inner),
                (None, None) => (Part::Best, written.as_ref()),
            };
            Ok((part, path(written, &place, scope)?))
        };
        match raw {
            Raw::List(items) => items.iter().map(one).collect::<Outcome<_>>().map(At).map(Some),
            raw => Ok(Some(At(vec![one(raw)?]))),
        }
    }

    /// A string or a list of strings; empty if the key is missing.
    pub(super) fn texts(&mut self, key: &str) -> Outcome<Vec<Cow<'static, str>>> {
        let taken = self.take(key);
        let place = self.at(key);
        match taken {
            None => Ok(Vec::new()),
            Some(Raw::List(items)) => {
                items.iter().enumerate().map(|(index, item)| text(item, &place.index(index))).collect()
            }
            Some(raw) => Ok(vec![text(raw, &place)?]),
        }
    }

    pub(super) fn finish(self) -> Outcome<()> {
        match self.entries.first() {
            None => Ok(()),
            Some(Entry { key, .. }) => Err(self.error(key, format!("unknown field `{key}`"))),
        }
    }
}

pub(super) fn path(written: &str, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Path> {
    let path = Path::parse_with(written, scope.names).map_err(|message| place.error(message))?;
    exists(&path, place, scope)?;
    Ok(path)
}

/// Parses a path or a function of paths.
pub(super) fn expr(written: &str, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Expr> {
    let expr = Expr::parse(written, scope.names).map_err(|message| place.error(message))?;
    for path in expr.paths() {
        exists(path, place, scope)?;
    }
    Ok(expr)
}

/// Parses a text with placeholders.
pub(super) fn message(written: &str, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Message> {
    let message = Message::parse(written.trim(), scope.names).map_err(|message| place.error(message))?;
    for path in message.operands().flat_map(Expr::paths) {
        exists(path, place, scope)?;
        let key = path.steps.first().and_then(|step| step.key()).unwrap_or_default();
        if *path.root.plain() == Root::Config && is_secret_key(key) {
            return Err(place.error(format!("`{{{path}}}` would print a secret")));
        }
    }
    Ok(message)
}

/// Checks that a path can exist for the subject of the rule.
fn exists(path: &Path, place: &Place<'_>, scope: Scope<'_>) -> Outcome<()> {
    let subject = scope.subject;
    let exists = match path.root.plain() {
        Root::Values => matches!(subject, Subject::Charts(_)),
        Root::Resource => matches!(subject, Subject::Charts(_) | Subject::Kinds(_)),
        Root::Registries => *subject == Subject::Registries,
        Root::Fact(fact, _) if fact.path.starts_with("file.") => *subject != Subject::Cluster,
        _ => true,
    };
    if !exists {
        return Err(place.error(format!("`{path}` does not exist for this rule's subject")));
    }
    if scope.strict {
        types::path(path, subject, scope.names).map_err(|message| place.error(message))
    } else {
        Ok(())
    }
}

pub(super) fn literals(raw: &Raw, place: &Place<'_>) -> Outcome<Vec<Literal>> {
    list_of(raw, place)?.iter().map(|item| literal(item, place)).collect()
}

#[allow(clippy::cast_precision_loss, reason = "rule files hold small numbers")]
pub(super) fn literal(raw: &Raw, place: &Place<'_>) -> Outcome<Literal> {
    Ok(match raw {
        Raw::Null => Literal::Null,
        Raw::Bool(value) => Literal::Bool(*value),
        Raw::Int(value) => Literal::Number(*value as f64),
        Raw::Float(value) => Literal::Number(*value),
        Raw::Text(text) => Literal::Text(text.clone()),
        Raw::List(_) | Raw::Map(_) => {
            return Err(place.error("expected a scalar"));
        }
    })
}

/// A number, or an operand that evaluates to one.
pub(super) fn number(raw: &Raw, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Expr> {
    match raw {
        Raw::Int(value) => Ok(Expr::Value(Datum::Int(*value))),
        Raw::Float(value) => Ok(Expr::Value(Datum::Float(*value))),
        Raw::Text(written) => expr(written, place, scope),
        _ => Err(place.error("expected a number, or a path that leads to one")),
    }
}

pub(super) fn boolean(raw: &Raw, place: &Place<'_>) -> Outcome<bool> {
    match raw {
        Raw::Bool(value) => Ok(*value),
        _ => Err(place.error("expected `true` or `false`")),
    }
}

pub(super) fn text(raw: &Raw, place: &Place<'_>) -> Outcome<Cow<'static, str>> {
    match raw {
        Raw::Text(text) if !text.trim().is_empty() => Ok(text.clone()),
        Raw::Int(number) => Ok(number.to_string().into()),
        Raw::Float(number) => Ok(number.to_string().into()),
        _ => Err(place.error("expected a string")),
    }
}

pub(super) fn list_of<'r>(raw: &'r Raw, place: &Place<'_>) -> Outcome<&'r [Raw]> {
    match raw {
        Raw::List(items) => Ok(items),
        _ => Err(place.error("expected a list")),
    }
}

pub(super) fn map_of<'r>(raw: &'r Raw, place: &Place<'_>) -> Outcome<&'r [Entry]> {
    match raw {
        Raw::Map(entries) => Ok(entries),
        _ => Err(place.error("expected a map")),
    }
}
