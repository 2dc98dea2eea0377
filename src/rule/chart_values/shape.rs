//! Values of the wrong type, and keys that delete defaults.

use super::walk::{Walk, scalar};
use super::{Fault, Verdict, words};
use crate::catalog::calico::is_filled_in;
use crate::catalog::{Attr, ChartView, Flags, Lookup, Scalar, Shapes, Types};
use crate::finding::{Edit, Safety, Severity};
use crate::rule::{Draft, edit};
use crate::yaml::{Entry, Kind, NodeRef, Style, Value, resolve};

/// Why a value has the wrong type, mildest first.
#[derive(Clone, Debug, PartialEq)]
enum Misfit {
    /// The chart has no keys under it; what a map does there was not measured with Helm.
    NoMap(Types),
    /// Templates read keys under it.
    NeedsMap,
    /// A string such as `"false"`, which enables what it seems to disable.
    Truthy,
    /// Helm fails with such a value if other values let the templates reach it (measured).
    MayFail,
    /// Helm fails with such a value (measured).
    Fails,
    /// The schema allows only these values.
    Enum(Vec<Scalar>),
    /// The schema allows only these types.
    Schema(Types),
}

impl Misfit {
    fn rank(&self) -> u8 {
        match self {
            Self::NoMap(_) => 0,
            Self::NeedsMap => 1,
            Self::Truthy => 2,
            Self::MayFail => 3,
            Self::Fails => 4,
            Self::Enum(_) => 5,
            Self::Schema(_) => 6,
        }
    }
}

/// Reports a value whose type no version accepts.
pub(super) fn mismatch(
    walk: &Walk<'_, '_>,
    field: Entry<'_>,
    path: &[String],
    lookups: &[Lookup<'_>],
) -> Option<Fault> {
    let mut misfits = Vec::new();
    for (lookup, view) in lookups.iter().zip(walk.views.iter()) {
        misfits.push((misfit(walk, *view, lookup.attr()?, path, field)?, lookup.attr()?));
    }
    // The mildest misfit counts: if one version merely ignores the value, no install is known to fail.
    let (misfit, attr) = misfits.iter().min_by_key(|(misfit, _)| misfit.rank())?;
    if matches!(misfit, Misfit::Enum(_)) && walk.cluster.target.beyond_catalogue().is_some() {
        // A newer chart may allow more.
        return None;
    }
    let shown = words::path(path);
    let found = described(field.value);
    let chart = walk.chart();
    let refused =
        if attr.flags.contains(Flags::CRD) { "the API server rejects it" } else { "Helm rejects the values" };
    let (severity, message, help) = match misfit {
        Misfit::Schema(types) => (
            Severity::Error,
            format!("`{shown}` is {found}, but the schema of {chart} expects {}; {refused}", wanted(*types)),
            repair(field.value, *types, &shown),
        ),
        Misfit::Enum(values) => {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            (
                Severity::Error,
                format!("`{shown}` is {found}, which the schema of {chart} does not allow; {refused}"),
                format!("use one of {}", values.join(", ")),
            )
        }
        Misfit::Fails => (
            Severity::Error,
            format!(
                "`{shown}` is {found}, but the templates of {chart} expect {}; the install fails",
                expected(attr.types)
            ),
            expected_help(walk, field.value, attr, path, &shown),
        ),
        Misfit::MayFail => (
            Severity::Warning,
            format!(
                "`{shown}` is {found}, but the templates of {chart} expect {}; the install fails once they read `{shown}`",
                expected(attr.types)
            ),
            expected_help(walk, field.value, attr, path, &shown),
        ),
        Misfit::Truthy => (
            Severity::Warning,
            format!("`{shown}` is {found}, which the templates of {chart} treat as true"),
            format!("write `{shown}: false` without quotes"),
        ),
        Misfit::NeedsMap => (
            Severity::Warning,
            format!("`{shown}` is {found}, but the templates of {chart} read keys under `{shown}`"),
            needs_map(walk, path, &shown),
        ),
        Misfit::NoMap(types) => (
            Severity::Warning,
            format!("`{shown}` is a map, but {chart} expects {}", wanted(*types)),
            format!("set `{shown}` to {}", wanted(*types)),
        ),
    };
    // Where the install fails today, the fix cannot change a working cluster.
    let safety = if severity == Severity::Error { Safety::Safe } else { Safety::Unsafe };
    let draft = Draft::new(field.label_span(), message).help(help);
    let draft =
        draft.fixed(safety, "write the value with the expected type", retyped(misfit, field.value, attr));
    Some(Fault::new(Verdict::WrongType, draft).severity(severity))
}

fn misfit(
    walk: &Walk<'_, '_>,
    view: ChartView<'_>,
    attr: &Attr,
    path: &[String],
    field: Entry<'_>,
) -> Option<Misfit> {
    let value = field.value;
    let types = without_null(attr.types);
    // Helm validates values against the chart's schema before any template overwrites them; a custom resource is
    // validated after the templates wrote it.
    let overwritten = attr.flags.contains(Flags::OVERWRITTEN);
    let is_set = scalar(value).is_none_or(|value| value.is_truthy())
        && (value.kind() == Kind::Scalar || value.entries().len() + value.items().len() > 0);
    let kept = is_set && attr.flags.contains(Flags::CRD) && is_filled_in(path);
    let seen = shape(value, types).and_then(|shape| failing(walk, attr, path, field, shape));
    // A value with which Helm fails never reaches the API server.
    if attr.flags.contains(Flags::CRD) && seen == Some(Misfit::Fails) {
        return seen;
    }
    if attr.flags.contains(Flags::SCHEMA) && (kept || !(overwritten && attr.flags.contains(Flags::CRD))) {
        if types.is_unknown() {
            return None;
        }
        if !fits(value, types) {
            return Some(Misfit::Schema(types));
        }
        if let Some(one) = scalar(value)
            && !attr.enum_values.is_empty()
            && !attr.enum_values.contains(&one)
            && one != Scalar::Null
        {
            return Some(Misfit::Enum(attr.enum_values.clone()));
        }
    }
    if seen.is_some() {
        return seen;
    }
    if attr.flags.contains(Flags::TRUTHY) && is_negative(value) {
        return Some(Misfit::Truthy);
    }
    if overwritten
        || attr.types.is_unknown()
        || attr.flags.intersects(Flags::SCHEMA | Flags::OPEN | Flags::POLYMORPHIC)
    {
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
        // Templates often test a value with `if` before they read keys under it, so an empty value may disable the
        // feature. Where it does not, the measured failures cover it.
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

/// Whether a custom resource gets a value, which has a schema.
pub(super) fn is_of_resource(lookup: &Lookup<'_>) -> bool {
    lookup.attr().is_some_and(|attr| attr.flags.contains(Flags::SCHEMA | Flags::CRD))
}

/// Reports an element of a list whose type no version's resource definition accepts. Schemas of charts often accept more
/// elements than the types that are known of them.
pub(super) fn element(walk: &Walk<'_, '_>, item: NodeRef<'_>, path: &[String]) -> Option<Fault> {
    let mut types = Types::UNKNOWN;
    let lookups = walk.lookups(path);
    for lookup in &lookups {
        let attr = lookup.attr().filter(|_| is_of_resource(lookup))?;
        types = without_null(attr.types);
        if types.is_unknown() || fits(item, types) {
            return None;
        }
    }
    let (shown, found, chart) = (words::path(path), described(item), walk.chart());
    let message = format!(
        "`{shown}` is {found}, but the schema of {chart} expects {}; the API server rejects it",
        wanted(types)
    );
    let keys = walk.views.last().map(|view| view.siblings(path)).unwrap_or_default();
    let help = match keys.as_slice() {
        [(only, _)] if types == Types::MAP && item.kind() == Kind::Scalar => {
            format!("write `{only}: {}`", item.text().unwrap_or_default())
        }
        _ => repair(item, types, &shown),
    };
    let draft = Draft::new(item.span(), message).help(help);
    Some(Fault::new(Verdict::WrongType, draft).severity(Severity::Error))
}

/// The class of a value in the catalogue's table of failures; `None` if the type fits, or if values of this class do
/// not all behave alike.
fn shape(value: NodeRef<'_>, types: Types) -> Option<Shapes> {
    let numbers = Types::INT | Types::FLOAT;
    Some(match value.kind() {
        Kind::Mapping if value.entries().next().is_some() && !types.contains(Types::MAP) => Shapes::MAP,
        Kind::Mapping => return None,
        Kind::Sequence if value.items().len() == 0 => Shapes::EMPTY_LIST,
        Kind::Sequence => Shapes::LIST,
        Kind::Scalar => match value.value()? {
            Value::Null => Shapes::NULL,
            Value::Bool(false) => Shapes::FALSE,
            Value::Bool(true) => Shapes::TRUE,
            Value::Int(0) | Value::UInt(0) => return None,
            Value::Int(_) | Value::UInt(_) | Value::Float(_) => Shapes::NUMBER,
            Value::Str(text) if text.is_empty() => return None,
            Value::Str(text) => match crate::yaml::resolve(&text, Style::Plain, None) {
                Value::Bool(_) if types.contains(Types::BOOL) => Shapes::QUOTED_BOOL,
                Value::Int(_) | Value::UInt(_) | Value::Float(_) if types.intersects(numbers) => {
                    Shapes::QUOTED_NUMBER
                }
                // A template may parse `50%` or `5s` where it rejects other strings.
                _ if types.intersects(numbers) && text.starts_with(|c: char| c.is_ascii_digit()) => {
                    return None;
                }
                _ => Shapes::TEXT,
            },
        },
    })
}

/// Whether Helm fails with a value of a class, and whether it does so with the other values that are set.
fn failing(
    walk: &Walk<'_, '_>,
    attr: &Attr,
    path: &[String],
    field: Entry<'_>,
    shape: Shapes,
) -> Option<Misfit> {
    let fails = &attr.fails;
    let surely = if fails.always.contains(shape) {
        true
    } else if walk.source.is_some() {
        // The failures were measured with the defaults of the packaged chart.
        return None;
    } else if fails.by_default.contains(shape) {
        !walk.switches_something_off(field)
    } else if fails.when_enabled.contains(shape) {
        walk.effective.parents_are_on(path) && !walk.switches_something_off(field)
    } else if fails.when_on.contains(shape) {
        false
    } else {
        return None;
    };
    Some(if surely { Misfit::Fails } else { Misfit::MayFail })
}

/// Reports an explicit `null` for a key without which Helm fails.
pub(super) fn null(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String], attrs: &[&Attr]) -> Option<Fault> {
    let misfits: Option<Vec<Misfit>> = attrs
        .iter()
        .map(|attr| failing(walk, attr, path, field, Shapes::NULL).filter(|misfit| *misfit == Misfit::Fails))
        .collect();
    if attrs.is_empty() || attrs.len() != walk.views.len() || misfits.is_none() {
        return None;
    }
    let shown = words::path(path);
    let message = format!(
        "`{shown}: null` deletes the defaults that the templates of {} read; the install fails",
        walk.chart()
    );
    let draft = Draft::new(field.label_span(), message)
        .help(format!("remove `{shown}`, or set its keys individually"));
    Some(Fault::new(Verdict::WrongType, draft).severity(Severity::Error))
}

/// Whether a string means "no" to a reader; to a template, any non-empty string is true.
fn is_negative(value: NodeRef<'_>) -> bool {
    let text = match value.value() {
        Some(Value::Str(text)) if value.kind() == Kind::Scalar => text.to_ascii_lowercase(),
        _ => return false,
    };
    ["false", "no", "off", "n", "0"].contains(&text.as_str())
}

fn expected(types: Types) -> String {
    if without_null(types).is_unknown() { "another value".to_owned() } else { wanted(without_null(types)) }
}

fn expected_help(
    walk: &Walk<'_, '_>,
    value: NodeRef<'_>,
    attr: &Attr,
    path: &[String],
    shown: &str,
) -> String {
    let types = without_null(attr.types);
    match value.kind() {
        Kind::Scalar if types == Types::MAP => needs_map(walk, path, shown),
        Kind::Scalar
            if types == Types::LIST && value.value().is_some_and(|value| matches!(value, Value::Str(_))) =>
        {
            format!("write a list: `{}: [{}]`", words::path(&path[path.len() - 1..]), quoted(value))
        }
        _ => repair(value, types, shown),
    }
}

fn quoted(value: NodeRef<'_>) -> String {
    format!("{:?}", value.text().unwrap_or_default())
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
            "int" => "an integer",
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
        return format!("remove the quotes: `{text}`");
    }
    match (value.kind(), types) {
        (Kind::Scalar, Types::STRING) => format!("quote it: `\"{text}\"`"),
        (Kind::Scalar, Types::LIST) => format!("write a list: `[{text}]`"),
        _ => format!("set `{shown}` to {}", wanted(types)),
    }
}

/// The edit that rewrites a value as the type that the chart expects.
fn retyped(misfit: &Misfit, value: NodeRef<'_>, attr: &Attr) -> Option<Edit> {
    let types = match misfit {
        Misfit::Schema(types) => *types,
        Misfit::Fails | Misfit::MayFail => without_null(attr.types),
        Misfit::Truthy => Types::BOOL,
        Misfit::Enum(_) | Misfit::NeedsMap | Misfit::NoMap(_) => return None,
    };
    let text = value.text()?;
    match (value.value()?, resolve(text, Style::Plain, None)) {
        (Value::Str(_), Value::Bool(_)) if types.contains(Types::BOOL) => edit::unquoted(value),
        (Value::Str(_), Value::Int(_)) if types.contains(Types::INT) => edit::unquoted(value),
        (Value::Str(_), _) if types == Types::LIST => {
            edit::rewrite(value, &format!("[{}]", value.source_text()))
        }
        (Value::Bool(_) | Value::Int(_) | Value::Float(_), _) if types == Types::STRING => {
            edit::quoted(value)
        }
        _ => None,
    }
}

fn needs_map(walk: &Walk<'_, '_>, path: &[String], shown: &str) -> String {
    let mut enabled = path.to_vec();
    enabled.push("enabled".to_owned());
    if walk.is_named(&enabled) {
        format!("set a key under it, such as `{}`", words::path(&enabled))
    } else {
        let children = walk.views.last().map(|view| {
            let keys =
                view.children(path).filter(|(key, attr)| *key != "*" && attr.flags.contains(Flags::VALUES));
            keys.take(3).map(|(key, _)| format!("`{shown}.{key}`")).collect::<Vec<_>>()
        });
        format!("set the keys under it: {}", children.unwrap_or_default().join(", "))
    }
}

/// Reports an empty key where the chart has a map of defaults, which Helm then deletes. An explicit `null` is
/// considered intended.
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
    let message = format!("empty `{shown}:` is null; Helm deletes all defaults of {} under it", walk.chart());
    let key = path.last().map_or("", String::as_str);
    let help =
        format!("remove the key to keep the defaults, or write `{key}: null` to delete them on purpose");
    Some(Fault::new(Verdict::DefaultsDeleted, Draft::new(field.key.span(), message).help(help)))
}

/// Reports a list that replaces a non-empty default list.
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
    let message = format!("`{shown}` replaces the list of {}; Helm does not merge lists", walk.chart());
    let help = "repeat the chart's own elements if you still need them";
    Some(Fault::new(Verdict::ListReplaced, Draft::new(field.key.span(), message).help(help)))
}
