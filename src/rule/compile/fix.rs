//! Compiles the fixes of a rule file.

use super::fields::{Fields, Place, list_of, literal, map_of, message, path, text};
use super::{Outcome, Scope};
use crate::finding::Safety;
use crate::rule::body::{EditTemplate, FixTemplate};
use crate::rule::message::Message;
use crate::rule::path::Path;
use crate::rule::raw::{Entry, Raw};

/// Builds an edit from a path and a text.
type WithText = fn(Path, Message) -> EditTemplate;
/// Builds an edit from a path.
type OfPath = fn(Path) -> EditTemplate;

/// The kinds of edits and their descriptions. Used by the documentation.
pub const EDITS: &[(&str, &str)] = &[
    ("set: {PATH: VALUE}", "replaces a scalar, or adds a missing key; a text may have placeholders"),
    ("replace: {PATH: YAML}", "replaces a value with literal YAML"),
    ("reword: {PATH: TEXT}", "replaces a string and keeps its quotes"),
    ("quote: [PATH]", "quotes a plain scalar"),
    ("rename: {PATH: KEY}", "renames a key, unless the new name is taken"),
    ("move: {PATH: PATH}", "moves a key with everything under it"),
    ("remove: [PATH]", "removes a key, or the element to which a name is bound"),
    ("insert: {PATH: LINE}", "adds a line before the entry at a path, with the same indentation"),
];

pub(super) fn fix(raw: &Raw, place: Place<'_>, scope: Scope<'_>) -> Outcome<FixTemplate> {
    let mut fields = Fields::new(raw, place)?;
    let safety = match fields.required_text("safety")?.as_ref() {
        "safe" => Safety::Safe,
        "unsafe" => Safety::Unsafe,
        "display" => Safety::Display,
        other => {
            return Err(fields.error(
                "safety",
                format!("unknown safety `{other}`; expected `safe`, `unsafe` or `display`"),
            ));
        }
    };
    let words = fields.message("message", scope)?;
    let mut edits = Vec::new();
    if let Some(raw) = fields.take("set") {
        let place = fields.at("set");
        for Entry { key, value } in map_of(raw, &place)? {
            let place = place.key(key);
            let target = path(key, &place, scope)?;
            let template = match value {
                Raw::Text(text) => Some(message(text, &place, scope)?).filter(|message| !message.is_plain()),
                _ => None,
            };
            edits.push(match template {
                Some(template) => EditTemplate::SetText(target, template),
                None => EditTemplate::Set(target, literal(value, &place)?),
            });
        }
    }
    let kinds: [(&str, WithText); 4] = [
        ("replace", EditTemplate::Replace),
        ("reword", EditTemplate::Reword),
        ("rename", EditTemplate::Rename),
        ("insert", EditTemplate::Insert),
    ];
    for (name, edit) in kinds {
        let Some(raw) = fields.take(name) else { continue };
        let place = fields.at(name);
        for Entry { key, value } in map_of(raw, &place)? {
            let place = place.key(key);
            edits.push(edit(path(key, &place, scope)?, message(&text(value, &place)?, &place, scope)?));
        }
    }
    if let Some(raw) = fields.take("move") {
        let place = fields.at("move");
        for Entry { key, value } in map_of(raw, &place)? {
            let place = place.key(key);
            edits.push(EditTemplate::Move(
                path(key, &place, scope)?,
                path(&text(value, &place)?, &place, scope)?,
            ));
        }
    }
    let kinds: [(&str, OfPath); 2] = [("quote", EditTemplate::Quote), ("remove", EditTemplate::Remove)];
    for (name, edit) in kinds {
        let Some(raw) = fields.take(name) else { continue };
        let place = fields.at(name);
        for (index, item) in list_of(raw, &place)?.iter().enumerate() {
            let place = place.index(index);
            edits.push(edit(path(&text(item, &place)?, &place, scope)?));
        }
    }
    if edits.is_empty() {
        let known: Vec<&str> = EDITS.iter().filter_map(|(form, _)| form.split(':').next()).collect();
        return Err(fields.error("safety", format!("a fix needs one of `{}`", known.join("`, `"))));
    }
    fields.finish()?;
    Ok(FixTemplate { safety, message: words, edits })
}
