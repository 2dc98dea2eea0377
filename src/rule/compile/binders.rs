//! Compiles `for-each` and `let`, which bind names.

use std::borrow::Cow;

use super::fields::{Fields, Place, expr, list_of, literal, map_of, path, text};
use super::{Outcome, Scope};
use crate::cluster::fact::Datum;
use crate::rule::body::{Binder, Collection};
use crate::rule::names::{Meaning, Slot};
use crate::rule::path::{Path, Step};
use crate::rule::predicate::Literal;
use crate::rule::raw::{Entry, Raw};
use crate::rule::tables;
use crate::spelling::nearest;

/// The kinds of binders and their descriptions. Used by the documentation.
pub const BINDERS: &[(&str, &str)] = &[
    ("rows: {as: [A, B], of: [[1, 2], …]}", "the rows of a table; `$A` and `$B` are its columns"),
    ("rows: {as: [A, B], of: TABLE}", "the rows of a table of the catalogue, see Tables"),
    ("values: {as: A, of: [1, …]}", "a list of scalars"),
    ("paths: {as: A, of: [a.b, …]}", "a list of dotted paths: `values.$A` has all their keys"),
    (
        "each: {as: A, in: PATH}",
        "the elements of a list or the entries of a map; `$A.field` is under one, `$A.#key` and `$A.#index` are its key and index",
    ),
    ("parts: {as: A, in: PATH}", "the comma-separated parts of a value, untrimmed"),
    (
        "arguments: {as: A, in: PATH}",
        "the arguments in a component's list: `$A.name`, `$A.value`, `$A.dashes`, `$A.list`, `$A.component`, `$A.program`; without `in`, of every such list",
    ),
    (
        "nodes: {as: A}",
        "the configurations of the cluster's nodes; `$A.KEY` is a key of config.yaml, `$A.role` is `server` or `agent`",
    ),
    ("objects: {as: A, kind: KIND}", "the objects in the manifests, or only those of one kind"),
    ("hosts: {as: A}", "the nodes with known facts"),
    ("registries: {as: A}", "the registries.yaml files"),
];

/// Compiles `for-each`.
pub(super) fn binders(raw: &Raw, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Vec<Binder>> {
    let mut binders = Vec::new();
    for (index, item) in list_of(raw, place)?.iter().enumerate() {
        let place = place.index(index);
        for Entry { key, value } in map_of(item, &place)? {
            let place = place.key(key);
            binders.push(binder(key, Fields::new(value, place)?, scope)?);
        }
    }
    Ok(binders)
}

/// Compiles `let`.
pub(super) fn computed(raw: &Raw, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Vec<Binder>> {
    let mut binders = Vec::new();
    for Entry { key, value } in map_of(raw, place)? {
        let place = place.key(key);
        let operand = expr(&text(value, &place)?, &place, scope)?;
        let slot = bind(key, Meaning::Computed, &place, scope)?;
        binders.push(Binder::Let(slot, operand));
    }
    Ok(binders)
}

fn bind(name: &str, meaning: Meaning, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Slot> {
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !is_name {
        return Err(place.error(format!("`{name}` is not a name; use lower-case letters, digits and `-`")));
    }
    if scope.names.is_bound(name) {
        return Err(place.error(format!("`${name}` is bound twice")));
    }
    Ok(scope.names.add(name, meaning))
}

fn binder(kind: &str, mut fields: Fields<'_, '_>, scope: Scope<'_>) -> Outcome<Binder> {
    let binder = match kind {
        "rows" => rows(&mut fields, scope)?,
        "values" => {
            let values = scalars(fields.required("of")?, &fields.at("of"))?;
            // The values are only needed to look up paths.
            let known = if scope.strict { values.clone() } else { Vec::new() };
            let slot = name(&mut fields, Meaning::OneOf(known), scope)?;
            let rows = values.into_iter().map(|value| vec![value]).collect();
            Binder::Rows { slots: vec![slot], rows, index: None }
        }
        "paths" => {
            let mut paths = Vec::new();
            let raw = fields.required("of")?;
            let place = fields.at("of");
            for (index, item) in list_of(raw, &place)?.iter().enumerate() {
                let place = place.index(index);
                let written = text(item, &place)?;
                let keys =
                    Path::parse(&format!("values.{written}")).map_err(|message| place.error(message))?;
                if keys.wildcard().is_some() {
                    return Err(place.error("expected plain keys"));
                }
                paths.push((written.into_owned(), keys.steps));
            }
            let words = paths.iter().map(|(written, _)| written.clone()).collect();
            Binder::Paths(name(&mut fields, Meaning::Keys(words), scope)?, paths)
        }
        "each" => {
            let list = fields.required_path("in", scope)?;
            let mut element = list.clone();
            element.steps.push(Step::Every);
            Binder::Each(name(&mut fields, Meaning::Element(element), scope)?, list)
        }
        "parts" => {
            let value = fields.required_path("in", scope)?;
            Binder::Parts(name(&mut fields, Meaning::Part, scope)?, value)
        }
        "arguments" => {
            let list = match fields.take("in") {
                None => None,
                Some(raw) => Some(path(&text(raw, &fields.at("in"))?, &fields.at("in"), scope)?),
            };
            Binder::Arguments(name(&mut fields, Meaning::Argument, scope)?, list)
        }
        "nodes" => Binder::Things(name(&mut fields, Meaning::Node, scope)?, Collection::Nodes),
        "objects" => {
            let kind = fields.texts("kind")?.into_iter().next().map(Cow::into_owned);
            Binder::Things(name(&mut fields, Meaning::Object, scope)?, Collection::Objects(kind))
        }
        "hosts" => Binder::Things(name(&mut fields, Meaning::Host, scope)?, Collection::Hosts),
        "registries" => {
            Binder::Things(name(&mut fields, Meaning::Registries, scope)?, Collection::Registries)
        }
        other => {
            let known: Vec<&str> = BINDERS.iter().filter_map(|(form, _)| form.split(':').next()).collect();
            return Err(fields.place().error(match nearest(other, known.iter().copied(), 2) {
                Some(near) => format!("unknown binder `{other}`; did you mean `{near}`?"),
                None => format!("unknown binder `{other}`; expected one of `{}`", known.join("`, `")),
            }));
        }
    };
    fields.finish()?;
    Ok(binder)
}

fn name(fields: &mut Fields<'_, '_>, meaning: Meaning, scope: Scope<'_>) -> Outcome<Slot> {
    let name = fields.required_text("as")?;
    bind(&name, meaning, &fields.at("as"), scope)
}

fn rows(fields: &mut Fields<'_, '_>, scope: Scope<'_>) -> Outcome<Binder> {
    let columns = fields.texts("as")?;
    if columns.is_empty() {
        return Err(fields.error("as", "expected the names of the columns".to_owned()));
    }
    let raw = fields.required("of")?;
    let place = fields.at("of");
    let is_complete = |count: usize, place: &Place<'_>| match count {
        count if count == columns.len() => Ok(()),
        count => Err(place.error(format!("expected {} columns, found {count}", columns.len()))),
    };
    let mut rows = Vec::new();
    if let Raw::Text(name) = raw {
        let table = tables::find(name).map_err(|error| place.error(error))?;
        is_complete(table.columns.len(), &place)?;
        rows = (table.rows)();
    } else {
        for (index, row) in list_of(raw, &place)?.iter().enumerate() {
            let place = place.index(index);
            let row = scalars(row, &place)?;
            is_complete(row.len(), &place)?;
            rows.push(row);
        }
    }
    let slots = columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let known = rows.iter().filter(|_| scope.strict);
            let values = known.map(|row: &Vec<Datum<'static>>| row[index].clone()).collect();
            bind(column, Meaning::OneOf(values), &fields.at("as"), scope)
        })
        .collect::<Outcome<_>>()?;
    Ok(Binder::Rows { slots, rows, index: None })
}

fn scalars(raw: &Raw, place: &Place<'_>) -> Outcome<Vec<Datum<'static>>> {
    list_of(raw, place)?.iter().map(|item| Ok(datum(literal(item, place)?))).collect()
}

/// Converts a scalar of a rule file to a value.
#[allow(clippy::cast_possible_truncation, reason = "a number without a fraction within the range of an i64")]
pub(super) fn datum(literal: Literal) -> Datum<'static> {
    match literal {
        Literal::Null => Datum::Null,
        Literal::Bool(value) => Datum::Bool(value),
        Literal::Number(value) if value.fract() == 0.0 && value.abs() < 9e15 => Datum::Int(value as i64),
        Literal::Number(value) => Datum::Float(value),
        Literal::Text(text) => Datum::Text(text),
    }
}
