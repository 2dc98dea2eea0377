//! Builds the edits of a declarative rule and renders its messages.

use std::borrow::Cow;

use super::body::{EditTemplate, FixTemplate};
use super::context::Context;
use super::edit;
use super::message::Message;
use super::names::Bound;
use super::path::{Path, Root, Step};
use super::predicate::Literal;
use crate::cluster::fact::{Datum, Fact, Found};
use crate::finding::{Edit, Fix};
use crate::source::Span;
use crate::yaml::NodeRef;

/// Renders a message with the known values of its placeholders.
pub(super) fn render(message: &Message, context: &Context<'_, '_>) -> String {
    message.render(|expr| match context.eval(expr) {
        Fact::Known(found) => found.value.to_string(),
        Fact::Absent(_) | Fact::Unknown => "not set".to_owned(),
    })
}

/// Builds a fix; `None` if any of its edits is impossible.
pub(super) fn fix(template: &FixTemplate, at: Span, context: &Context<'_, '_>) -> Option<Fix> {
    let mut edits = Vec::new();
    let mut words = Vec::new();
    for edit in &template.edits {
        let (word, made) = make(edit, at, context)?;
        words.push(word);
        edits.extend(made);
    }
    let message =
        template.message.as_ref().map_or_else(|| words.join(", "), |message| render(message, context));
    Some(Fix { safety: template.safety, message, edits })
}

/// The description of one edit, and the edits in the file.
fn make(edit: &EditTemplate, at: Span, context: &Context<'_, '_>) -> Option<(String, Vec<Edit>)> {
    let name = |path: &Path| match context.resolve(path) {
        Some(path) => path.key_words(),
        None => path.key_words(),
    };
    // A text with an unknown placeholder is never written to a file.
    let text = |message: &Message| {
        message
            .operands()
            .all(|expr| matches!(context.eval(expr), Fact::Known(found) if found.value != Datum::Opaque))
            .then(|| render(message, context))
    };
    Some(match edit {
        EditTemplate::Set(path, literal) => {
            let text = literal_text(literal);
            (format!("set `{}` to `{text}`", name(path)), vec![set(path, text, at, context)?])
        }
        EditTemplate::SetText(path, message) => {
            let text = literal_text(&Literal::Text(text(message)?.into()));
            (format!("set `{}` to `{text}`", name(path)), vec![set(path, text, at, context)?])
        }
        EditTemplate::Replace(path, message) => {
            let text = text(message)?;
            let edit = match part(path, context) {
                Some(part) => part.reworded(&text)?,
                None => edit::rewrite(context.node_of(path)?, &text)?,
            };
            (format!("write `{text}`"), vec![edit])
        }
        EditTemplate::Reword(path, message) => {
            let text = text(message)?;
            let edit = match part(path, context) {
                Some(part) => part.reworded(&text)?,
                None => edit::reword(context.node_of(path)?, &text)?,
            };
            (format!("write `{text}`"), vec![edit])
        }
        EditTemplate::Quote(path) if part(path, context).is_none() => {
            ("add quotes".to_owned(), vec![edit::quoted(context.node_of(path)?)?])
        }
        EditTemplate::Quote(_) => return None,
        EditTemplate::Remove(path) => {
            let words = match (bound_text(path, context), name(path)) {
                (Some(text), _) => text,
                (None, name) => name,
            };
            (format!("remove `{words}`"), vec![removed(path, context)?])
        }
        EditTemplate::Rename(path, message) => {
            let new = text(message)?;
            (format!("write `{new}`"), vec![renamed(path, &new, context)?])
        }
        EditTemplate::Move(from, to) => {
            let (from, to) = (context.resolve(from)?, context.resolve(to)?);
            let (from_keys, to_keys) = (from.plain_keys()?, to.plain_keys()?);
            let root = context.roots(&from).into_iter().find(|root| root.at(&from_keys).is_some())?;
            let words = format!("move `{}` to `{}`", from.key_words(), to.key_words());
            (words, edit::relocate(root, &from_keys, &to_keys)?)
        }
        EditTemplate::Insert(path, message) => {
            let line = text(message)?;
            let entry = context.entry_of(path)?;
            (format!("add `{line}`"), vec![edit::insert_before(entry, &line)?])
        }
    })
}

/// Replaces the scalar at a path, or adds it if there is none.
fn set(path: &Path, text: String, at: Span, context: &Context<'_, '_>) -> Option<Edit> {
    match context.fact(path) {
        Fact::Known(Found {
            value: Datum::Map(_) | Datum::List(_) | Datum::Null | Datum::Opaque, ..
        })
        | Fact::Unknown => None,
        Fact::Known(Found { at: Some(span), .. }) => Some(Edit { span, replacement: text }),
        Fact::Known(_) | Fact::Absent(_) => {
            let path = context.resolve(path)?;
            let mut roots = context.roots(&path).into_iter();
            let keys = path.plain_keys()?;
            roots.find(|root| root.span().file == at.file).and_then(|root| edit::set(root, &keys, &text))
        }
    }
}

/// One of several parts of a text, which commas separate.
struct Part<'a> {
    node: NodeRef<'a>,
    whole: Cow<'a, str>,
    text: String,
}

impl Part<'_> {
    /// Replaces the part and keeps the others; `None` if the text has it twice.
    fn reworded(&self, new: &str) -> Option<Edit> {
        let parts = || self.whole.split(',');
        let is_this = |part: &&str| *part == self.text;
        let all: Vec<&str> = parts().map(|part| if is_this(&part) { new } else { part }).collect();
        (parts().filter(is_this).count() == 1).then(|| edit::reword(self.node, &all.join(",")))?
    }
}

/// The part of a text that a name is bound to; `None` if it is the whole text.
fn part<'a>(path: &Path, context: &Context<'_, 'a>) -> Option<Part<'a>> {
    let Root::Name(slot) = path.root else { return None };
    let Bound::Piece { node, .. } = context.bound(slot)? else { return None };
    let (whole, text) = (node.string()?, bound_text(path, context)?);
    (whole != text).then_some(Part { node: *node, whole, text })
}

/// The text of a part or an argument that a name is bound to.
fn bound_text(path: &Path, context: &Context<'_, '_>) -> Option<String> {
    let Root::Name(slot) = path.root else { return None };
    match context.bound(slot)? {
        Bound::Piece { fact, .. } => fact.value().map(ToString::to_string),
        _ => None,
    }
}

fn removed(path: &Path, context: &Context<'_, '_>) -> Option<Edit> {
    if let Root::Name(slot) = path.root
        && let Some(Bound::Piece { node, .. }) = context.bound(slot)
    {
        return context.without_piece(*node);
    }
    let path = context.resolve(path)?;
    match (path.root.plain(), path.steps.as_slice()) {
        (Root::Config, [Step::Key(key)]) => {
            let setting = context.node()?.setting(key)?;
            let [entry] = setting.entries.as_slice() else { return None };
            context.without(*entry)
        }
        (_, [above @ .., Step::Index(_)]) => {
            let list = Path { root: path.root.clone(), steps: above.to_vec() };
            edit::remove_item(context.node_of(&list)?, context.node_of(&path)?)
        }
        _ => context.without_path(&path),
    }
}

fn renamed(path: &Path, name: &str, context: &Context<'_, '_>) -> Option<Edit> {
    let path = context.resolve(path)?;
    let entry = context.entry_of(&path)?;
    if let Root::Config = path.root.plain() {
        return context.renamed(entry, name);
    }
    let keys = path.plain_keys()?;
    let (_, above) = keys.split_last()?;
    let taken = context
        .roots(&path)
        .into_iter()
        .any(|root| root.at(above).is_some_and(|parent| parent.entry(name).is_some()));
    edit::rename(entry, name).filter(|_| !taken)
}

fn literal_text(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Bool(value) => value.to_string(),
        Literal::Number(value) => value.to_string(),
        Literal::Text(text) => {
            let plain = !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'))
                && matches!(
                    crate::yaml::resolve(text, crate::yaml::Style::Plain, None),
                    crate::yaml::Value::Str(_)
                );
            if plain { text.clone().into_owned() } else { format!("{text:?}") }
        }
    }
}
