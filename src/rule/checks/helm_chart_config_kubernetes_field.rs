//! `helm-chart-config/kubernetes-field`: values that the chart passes to the API server, which rejects them.

use std::borrow::Cow;

use crate::catalog::fields::{Field, Row, field, of_chart};
use crate::cluster::effective::Effective;
use crate::finding::{Safety, Severity};
use crate::rke2::node::is_stand_in;
use crate::rule::grammar::is_quantity;
use crate::rule::{Context, Draft, Target, edit};
use crate::spelling::nearest;
use crate::yaml::{Kind, NodeRef, Style, Value, template_mark};

const OPERATORS: &[&str] = &["Exists", "Equal", "Lt", "Gt"];
const EFFECTS: &[&str] = &["NoSchedule", "PreferNoSchedule", "NoExecute"];
const RESOURCE_BLOCKS: &[&str] = &["limits", "requests", "claims"];
const RESOURCES: &[&str] = &["cpu", "memory", "ephemeral-storage"];
const REJECTED: &str = "the API server rejects it and the install fails";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, values: written, .. } = context.target else { return };
    let values = context.cluster.effective(object);
    let versions = context.cluster.versions(&object.name);
    let Some(versions) =
        versions.iter().copied().collect::<Option<Vec<&str>>>().filter(|all| !all.is_empty())
    else {
        return;
    };
    // Charts have dozens of such fields, and most files set few keys.
    let all = of_chart(&object.name);
    let paths = |rows: &'static [Row]| rows.chunk_by(|a, b| a.path == b.path);
    let mut report = |rows| drafts.extend(of_field(context, &values, &versions, rows));
    if written.set.is_empty() {
        for top in written.children(&[]) {
            let mut missing: Option<&[&str]> = None;
            for siblings in below(all, &top).chunk_by(|a, b| parent(a) == parent(b)) {
                let keys = siblings.first().map_or(&[][..], parent);
                if missing.is_some_and(|missing| keys.starts_with(missing)) {
                    continue;
                }
                missing = (2..=keys.len())
                    .map(|length| &keys[..length])
                    .find(|keys| context.written(keys).is_none());
                if missing.is_none() {
                    paths(siblings).for_each(&mut report);
                }
            }
        }
    } else {
        paths(all).for_each(report);
    }
}

/// The rows of a key and of what is below it; rows are sorted by path.
fn below(rows: &'static [Row], top: &str) -> &'static [Row] {
    let start = |row: &Row| row.keys.first().copied().cmp(&Some(top));
    let rest = &rows[rows.partition_point(|row| start(row).is_lt())..];
    &rest[..rest.partition_point(|row| start(row).is_eq())]
}

/// The keys of the map that contains a field; empty at the top.
fn parent(row: &Row) -> &[&'static str] {
    row.keys.split_last().map_or(&[], |(_, parent)| parent)
}

/// What is wrong with the value that a chart copies to a field.
fn of_field(
    context: &Context<'_, '_>,
    values: &Effective<'_, '_>,
    versions: &[&str],
    rows: &'static [Row],
) -> Vec<Draft> {
    let Some(Row { path, keys, .. }) = rows.first() else { return Vec::new() };
    let Some(entry) = context.written(keys).filter(|entry| !is_open(entry.value)) else {
        return Vec::new();
    };
    let Some(expected) = versions.first().and_then(|version| field(rows, version)) else {
        return Vec::new();
    };
    let found = judge(path, entry.value, expected);
    let in_all = || versions.iter().all(|version| field(rows, version) == Some(expected));
    if found.is_empty() || !in_all() || !values.parents_are_on(keys) {
        return Vec::new();
    }
    // Another disabled feature may prevent the template from reading the value.
    let certain = !values.may_switch_off_besides(entry.key.span());
    let severity = if certain { Severity::Error } else { Severity::Warning };
    found.into_iter().map(|draft| draft.severity(severity)).collect()
}

/// The reasons why the API server rejects a value that the chart copies to a field.
fn judge(path: &str, value: NodeRef<'_>, field: Field) -> Vec<Draft> {
    if let Some(draft) = wrong_kind(path, value, field) {
        return vec![draft];
    }
    match field {
        Field::Words(words) => word(path, value, words, REJECTED).into_iter().collect(),
        Field::Workload(words) => {
            word(path, value, words, "the chart then deploys no pods").into_iter().collect()
        }
        Field::Strategy(words) => {
            let kind = value.get("type").filter(|kind| !is_open(*kind));
            kind.and_then(|kind| word(&format!("{path}.type"), kind, words, REJECTED)).into_iter().collect()
        }
        Field::Texts => texts(path, value),
        Field::Env => value.items().filter_map(|item| environment(path, item)).collect(),
        Field::Tolerations => tolerations(path, value),
        Field::Resources => resources(path, value),
        Field::Integer => integer(path, value).into_iter().collect(),
    }
}

/// Reports a value of another kind than the field. An empty value, or a string without letters, may disable the block
/// instead.
fn wrong_kind(path: &str, value: NodeRef<'_>, field: Field) -> Option<Draft> {
    let (expected, kind, help) = match field {
        Field::Texts | Field::Resources | Field::Strategy(_) => {
            ("a map", Kind::Mapping, "write `key: value` pairs")
        }
        Field::Tolerations => ("a list", Kind::Sequence, "start each toleration with `- `"),
        Field::Env => ("a list", Kind::Sequence, "start each variable with `- name: `"),
        Field::Words(_) | Field::Workload(_) | Field::Integer => return None,
    };
    let found = match value.kind() {
        Kind::Mapping if value.entries().next().is_some() => "a map".to_owned(),
        Kind::Sequence if value.items().next().is_some() => "a list".to_owned(),
        Kind::Scalar => format!("`{}`", string(value).filter(|text| !text.trim().is_empty())?),
        Kind::Mapping | Kind::Sequence => return None,
    };
    let message = format!("`{path}` is {found}, but Kubernetes expects {expected}; {REJECTED}");
    (value.kind() != kind).then(|| Draft::new(value.span(), message).help(help))
}

/// Whether a value is a placeholder.
fn is_open(node: NodeRef<'_>) -> bool {
    node.is_opaque()
        || (node.kind() == Kind::Scalar
            && node.text().is_some_and(|text| template_mark(text).is_some() || is_stand_in(text)))
}

/// The text of a string.
fn string(node: NodeRef<'_>) -> Option<Cow<'_, str>> {
    match (node.kind(), node.value()) {
        (Kind::Scalar, Some(Value::Str(text))) => Some(text),
        _ => None,
    }
}

fn word(path: &str, value: NodeRef<'_>, words: &[&'static str], effect: &str) -> Option<Draft> {
    let found = string(value).filter(|found| !found.is_empty() && !words.contains(&found.as_ref()))?;
    let near = nearest(&found, words.iter().copied(), 2);
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("use one of `{}`", words.join("`, `")),
    };
    let edit = near.and_then(|near| edit::reword(value, near));
    let draft = Draft::new(value.span(), format!("unknown `{path}` `{found}`; {effect}")).help(help);
    Some(draft.fixed(Safety::Safe, "correct the spelling", edit))
}

/// Reports the entries of a map of strings whose values are not strings.
fn texts(path: &str, map: NodeRef<'_>) -> Vec<Draft> {
    let fields = map.fields().into_iter();
    fields.filter_map(|field| text(|| format!("{path}.{}", field.name()), field.value)).collect()
}

/// Reports an environment variable whose value is not a string.
fn environment(path: &str, item: NodeRef<'_>) -> Option<Draft> {
    let name = || item.get("name").and_then(NodeRef::text).unwrap_or_default();
    text(|| format!("{path}[{}].value", name()), item.get("value")?)
}

/// Reports a value that is not a string, such as an unquoted `true` or `1`.
fn text(shown: impl Fn() -> String, value: NodeRef<'_>) -> Option<Draft> {
    let found = match (value.kind(), value.value()) {
        (Kind::Mapping, _) => "a map".to_owned(),
        (Kind::Sequence, _) => "a list".to_owned(),
        (Kind::Scalar, Some(Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_))) => {
            format!("`{}`", value.text()?)
        }
        (Kind::Scalar, _) => return None,
    };
    if is_open(value) {
        return None;
    }
    let message = format!("`{}` is {found}, but Kubernetes expects a string; {REJECTED}", shown());
    let draft = Draft::new(value.span(), message);
    if value.kind() != Kind::Scalar {
        return Some(draft.help("write a string"));
    }
    let help = format!("quote it: `\"{}\"`", value.text()?);
    let plain = value.style() == Some(Style::Plain) && !value.is_alias();
    Some(draft.help(help).fixed(
        Safety::Safe,
        "quote the value",
        plain.then(|| edit::quoted(value)).flatten(),
    ))
}

fn integer(path: &str, value: NodeRef<'_>) -> Option<Draft> {
    let found = string(value)?;
    // If the template prints the string without quotes, it becomes a number.
    if found.is_empty() || found.trim().parse::<i64>().is_ok() {
        return None;
    }
    let message = format!("`{path}` is `{found}`, but Kubernetes expects an integer; {REJECTED}");
    Some(Draft::new(value.span(), message).help("write an integer"))
}

fn tolerations(path: &str, list: NodeRef<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for item in list.items().filter(|item| item.kind() == Kind::Mapping) {
        let field = |name: &str| item.entry(name).filter(|entry| !is_open(entry.value));
        for (name, words) in [("operator", OPERATORS), ("effect", EFFECTS)] {
            let Some(entry) = field(name) else { continue };
            drafts.extend(word(&format!("{path}[].{name}"), entry.value, words, REJECTED));
        }
        if let Some(entry) = field("value") {
            let exists = field("operator").is_some_and(|entry| entry.value.text() == Some("Exists"));
            let empty = entry.value.is_null() || entry.value.text() == Some("");
            if exists && !empty {
                let message =
                    format!("toleration in `{path}` has the operator `Exists` and a `value`; {REJECTED}");
                drafts.push(
                    Draft::new(entry.label_span(), message)
                        .help("remove `value`, or write `operator: Equal`"),
                );
            } else {
                drafts.extend(text(|| format!("{path}[].value"), entry.value));
            }
        }
    }
    drafts
}

fn resources(path: &str, map: NodeRef<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for block in map.fields() {
        let name = block.name();
        if !RESOURCE_BLOCKS.contains(&name.as_ref()) {
            if let Some(near) = nearest(&name, RESOURCE_BLOCKS.iter().copied(), 2) {
                let message = format!("unknown field `{path}.{name}`; Kubernetes rejects or ignores it");
                let draft = Draft::new(block.key.span(), message).help(format!("did you mean `{near}`?"));
                drafts.push(draft.fixed(
                    Safety::Unsafe,
                    "rename the key",
                    edit::rename(block, near).map(|edit| vec![edit]),
                ));
            }
            continue;
        }
        if name == "claims" {
            continue;
        }
        for amount in block.value.fields() {
            let resource = amount.name();
            let standard = RESOURCES.contains(&resource.as_ref())
                || resource.contains('/')
                || resource.starts_with("hugepages-");
            if !standard {
                let message = format!("unknown resource `{path}.{name}.{resource}`; {REJECTED}");
                let help = match nearest(&resource, RESOURCES.iter().copied(), 3) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("use one of `{}`", RESOURCES.join("`, `")),
                };
                drafts.push(Draft::new(amount.key.span(), message).help(help));
                continue;
            }
            let Some(found) =
                string(amount.value).filter(|found| !is_open(amount.value) && !is_quantity(found))
            else {
                continue;
            };
            let message =
                format!("`{path}.{name}.{resource}` is `{found}`, which is not a quantity; {REJECTED}");
            let example = if resource == "cpu" { "250m" } else { "512Mi" };
            drafts.push(
                Draft::new(amount.value.span(), message)
                    .help(format!("write a quantity such as `{example}`")),
            );
        }
    }
    drafts
}
