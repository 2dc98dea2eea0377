//! Values whose shape the chart cannot take, and keys that take defaults away.

use super::walk::{Walk, scalar};
use super::{Fault, Verdict, words};
use crate::catalog::{Attr, ChartView, Flags, Lookup, Scalar, Types};
use crate::finding::Severity;
use crate::rule::Draft;
use crate::yaml::{Entry, Kind, NodeRef, Value};

/// Why a value does not fit.
enum Misfit {
    /// A schema gives these types.
    Schema(Types),
    /// A schema gives these values.
    Enum(Vec<Scalar>),
    /// Templates read keys below it.
    NeedsMap,
    /// The chart has no keys below it.
    NoMap(Types),
}

/// A value of a shape that no version takes.
pub(super) fn mismatch(
    walk: &Walk<'_, '_>,
    field: Entry<'_>,
    path: &[String],
    lookups: &[Lookup<'_>],
) -> Option<Fault> {
    let mut misfits = Vec::new();
    for (lookup, view) in lookups.iter().zip(walk.views.iter()) {
        misfits.push((misfit(walk, *view, lookup.attr()?, path, field.value)?, lookup.attr()?));
    }
    // The mildest counts: where one version only loses the value, no install is known to fail.
    let is_schema = |misfit: &Misfit| matches!(misfit, Misfit::Schema(_) | Misfit::Enum(_));
    let (misfit, attr) = misfits.iter().find(|(misfit, _)| !is_schema(misfit)).or(misfits.last())?;
    let shown = words::path(path);
    let found = described(field.value);
    let chart = walk.every_chart();
    let refused =
        if attr.flags.contains(Flags::CRD) { "the API server refuses it" } else { "Helm refuses to install" };
    let (severity, message, help) = match misfit {
        Misfit::Schema(types) => (
            Severity::Error,
            format!("`{shown}` is {found}, but the schema of {chart} wants {}: {refused}", wanted(*types)),
            repair(field.value, *types, &shown),
        ),
        Misfit::Enum(values) => {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            (
                Severity::Error,
                format!("`{shown}` is {found}, which the schema of {chart} does not allow: {refused}"),
                format!("use one of {}", values.join(", ")),
            )
        }
        Misfit::NeedsMap => (
            Severity::Warning,
            format!("`{shown}` is {found}, but the templates of {chart} read keys below it"),
            needs_map(walk, path, &shown),
        ),
        Misfit::NoMap(types) => (
            Severity::Warning,
            format!("`{shown}` is a map, but {chart} wants {} and reads no key below it", wanted(*types)),
            format!("give `{shown}` {}", wanted(*types)),
        ),
    };
    let draft = Draft::new(field.label_span(), message).help(help);
    Some(Fault::new(Verdict::WrongType, draft).severity(severity))
}

fn misfit(
    walk: &Walk<'_, '_>,
    view: ChartView<'_>,
    attr: &Attr,
    path: &[String],
    value: NodeRef<'_>,
) -> Option<Misfit> {
    if attr.flags.contains(Flags::OVERWRITTEN) || attr.types.is_unknown() {
        return None;
    }
    let types = without_null(attr.types);
    if attr.flags.contains(Flags::SCHEMA) {
        if types.is_unknown() {
            return None;
        }
        if !fits(value, types) {
            return Some(Misfit::Schema(types));
        }
        let one = scalar(value)?;
        let allowed = attr.enum_values.is_empty() || attr.enum_values.contains(&one);
        return (!allowed && one != Scalar::Null).then(|| Misfit::Enum(attr.enum_values.clone()));
    }
    if attr.flags.intersects(Flags::OPEN | Flags::POLYMORPHIC) {
        return None;
    }
    match value.kind() {
        Kind::Mapping => {
            let mut fields = value.fields().into_iter().peekable();
            fields.peek()?;
            let scalars = Types::BOOL | Types::INT | Types::FLOAT | Types::STRING;
            let mut below = path.to_vec();
            let strange = fields.all(|field| {
                below.push(field.name().into_owned());
                let strange = walk.is_unknown(&below);
                below.pop();
                strange
            });
            (strange && types.intersects(scalars) && !types.intersects(Types::MAP | Types::LIST))
                .then_some(Misfit::NoMap(types))
        }
        // Templates often ask `if` before they go below: an empty value switches the whole thing off.
        Kind::Scalar if scalar(value).is_none_or(|value| !value.is_truthy()) => None,
        Kind::Sequence if value.items().len() == 0 => None,
        Kind::Scalar | Kind::Sequence => {
            let followed =
                view.children(path).any(|(key, attr)| key != "*" && attr.flags.contains(Flags::READ));
            (attr.types == Types::MAP && attr.flags.contains(Flags::VALUES) && followed)
                .then_some(Misfit::NeedsMap)
        }
    }
}

fn without_null(types: Types) -> Types {
    [Types::BOOL, Types::INT, Types::FLOAT, Types::STRING, Types::LIST, Types::MAP]
        .into_iter()
        .filter(|one| types.contains(*one))
        .fold(Types::UNKNOWN, |sum, one| sum | one)
}

fn fits(value: NodeRef<'_>, types: Types) -> bool {
    types.intersects(match (value.kind(), value.value()) {
        (Kind::Mapping, _) => Types::MAP,
        (Kind::Sequence, _) => Types::LIST,
        (Kind::Scalar, None | Some(Value::Null)) => return true,
        (Kind::Scalar, Some(Value::Bool(_))) => Types::BOOL,
        (Kind::Scalar, Some(Value::Int(_) | Value::UInt(_))) => Types::INT | Types::FLOAT,
        // JSON has one kind of number: 1.0 is whole.
        (Kind::Scalar, Some(Value::Float(number))) if number.fract() == 0.0 => Types::INT | Types::FLOAT,
        (Kind::Scalar, Some(Value::Float(_))) => Types::FLOAT,
        (Kind::Scalar, Some(Value::Str(_))) => Types::STRING,
    })
}

fn described(value: NodeRef<'_>) -> String {
    match (value.kind(), value.value()) {
        (Kind::Mapping, _) => "a map".to_owned(),
        (Kind::Sequence, _) => "a list".to_owned(),
        (Kind::Scalar, Some(Value::Str(text))) => format!("the string `{text}`"),
        (Kind::Scalar, _) => format!("`{}`", value.text().unwrap_or_default()),
    }
}

fn wanted(types: Types) -> String {
    let words: Vec<&str> = types
        .names()
        .map(|name| match name {
            "bool" => "true or false",
            "int" => "a whole number",
            "float" => "a number",
            "string" => "a string",
            "list" => "a list",
            _ => "a map",
        })
        .collect();
    words.join(" or ")
}

fn repair(value: NodeRef<'_>, types: Types, shown: &str) -> String {
    let text = value.text().unwrap_or_default();
    let unquoted = crate::yaml::resolve(text, crate::yaml::Style::Plain, None);
    let plain = matches!(value.value(), Some(Value::Str(_)))
        && match unquoted {
            Value::Bool(_) => types.contains(Types::BOOL),
            Value::Int(_) => types.contains(Types::INT),
            _ => false,
        };
    if plain {
        return format!("write it without quotes: `{text}`");
    }
    match (value.kind(), types) {
        (Kind::Scalar, Types::STRING) => format!("write it in quotes: `\"{text}\"`"),
        (Kind::Scalar, Types::LIST) => format!("write a list: `[{text}]`"),
        _ => format!("give `{shown}` {}", wanted(types)),
    }
}

fn needs_map(walk: &Walk<'_, '_>, path: &[String], shown: &str) -> String {
    let mut enabled = path.to_vec();
    enabled.push("enabled".to_owned());
    if walk.is_named(&enabled) {
        format!("set a key below it, such as `{}`", words::path(&enabled))
    } else {
        let children = walk.views.last().map(|view| {
            let keys =
                view.children(path).filter(|(key, attr)| *key != "*" && attr.flags.contains(Flags::VALUES));
            keys.take(3).map(|(key, _)| format!("`{shown}.{key}`")).collect::<Vec<_>>()
        });
        format!("set the keys below it: {}", children.unwrap_or_default().join(", "))
    }
}

/// A key without a value over a map that the chart fills: Helm deletes the whole map. `null` in so many words is
/// taken to be meant.
pub(super) fn deleted(
    walk: &Walk<'_, '_>,
    field: Entry<'_>,
    path: &[String],
    attrs: &[&Attr],
) -> Option<Fault> {
    let empty = field.value.text().is_some_and(str::is_empty) && field.value.span().range().is_empty();
    let map = attrs.len() == walk.views.len()
        && attrs.iter().all(|attr| attr.types == Types::MAP && attr.flags.contains(Flags::VALUES));
    let filled = walk
        .views
        .iter()
        .all(|view| view.children(path).any(|(_, attr)| attr.flags.contains(Flags::VALUES | Flags::READ)));
    if !(empty && map && filled) {
        return None;
    }
    let shown = words::path(path);
    let message = format!(
        "`{shown}:` has no value: Helm reads null and deletes all that {} sets below it",
        walk.every_chart()
    );
    let key = path.last().map_or("", String::as_str);
    let help = format!("remove the key to keep the defaults, or write `{key}: null` if they are to go");
    Some(Fault::new(Verdict::DefaultsDeleted, Draft::new(field.key.span(), message).help(help)))
}

/// A list over one that the chart fills.
pub(super) fn list_replaced(
    walk: &Walk<'_, '_>,
    field: Entry<'_>,
    path: &[String],
    attrs: &[&Attr],
) -> Option<Fault> {
    if field.value.kind() != Kind::Sequence || attrs.len() != walk.views.len() {
        return None;
    }
    let filled = walk
        .views
        .iter()
        .all(|view| view.children(path).any(|(key, attr)| key == "*" && attr.flags.contains(Flags::VALUES)));
    if !(filled && attrs.iter().all(|attr| attr.types == Types::LIST && attr.flags.contains(Flags::VALUES))) {
        return None;
    }
    let shown = words::path(path);
    let message =
        format!("`{shown}` replaces the list that {} brings: Helm does not merge lists", walk.every_chart());
    let help = "repeat the chart's own elements if they are still wanted";
    Some(Fault::new(Verdict::ListReplaced, Draft::new(field.key.span(), message).help(help)))
}
