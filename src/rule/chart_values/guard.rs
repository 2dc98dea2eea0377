//! Combinations of values that a chart rejects, from the guards in the catalogue. Must not know charts.

use super::upstream::is_of_image;
use super::walk::Walk;
use super::{Fault, Verdict};
use crate::catalog::{self, Clause, Guard, Test, compare_versions};
use crate::cluster::effective::Effective;
use crate::cluster::fact::{Datum, Fact};
use crate::finding::Severity;
use crate::rule::Draft;
use crate::rule::grammar::is_go_duration;

/// The guards of the chart that reject the values of an object.
pub(super) fn faults(walk: &Walk<'_, '_>) -> Vec<Fault> {
    let name = walk.name;
    // The images of an upstream chart, and how it compares their versions, are its own.
    let is_of_images = |guard: &Guard| {
        is_of_image(&guard.at) || guard.when.iter().flatten().any(|clause| is_of_image(&clause.path))
    };
    catalog::guards(name)
        .filter(|guard| walk.source.is_none() || !is_of_images(guard))
        .flat_map(|guard| keys(&walk.effective, &guard.at).into_iter().map(move |key| (guard, key)))
        .filter_map(|(guard, key)| judge(walk, guard, key.as_deref()))
        .collect()
}

/// The keys that the user wrote where a path has `*`; a single `None` for a path without `*`.
fn keys(values: &Effective<'_, '_>, path: &[String]) -> Vec<Option<String>> {
    let Some(position) = path.iter().position(|key| key == "*") else { return vec![None] };
    let parents: Vec<&str> = path[..position].iter().map(String::as_str).collect();
    match values.written(&parents).value() {
        Some(Datum::Map(entries)) => entries.iter().map(|(key, _)| Some(key.to_string())).collect(),
        _ => Vec::new(),
    }
}

fn judge(walk: &Walk<'_, '_>, guard: &Guard, key: Option<&str>) -> Option<Fault> {
    let values = &walk.effective;
    let place = bound(&guard.at, key);
    let written = values.written(&place);
    let at = written.span()?;
    // Checked late, because most guards are about values that are not written.
    if walk.views.is_empty() || !walk.views.iter().all(|view| guard.is_in(view.version())) {
        return None;
    }
    for alternatives in &guard.when {
        // One clause that holds is enough. If none is known to hold, the template may not reach the guard.
        if !alternatives.iter().any(|clause| holds(values, clause, key) == Some(true)) {
            return None;
        }
    }
    let fill = |text: &str| text.replace('*', key.unwrap_or("*"));
    let message = format!("{}; the install of {} fails", fill(&guard.problem), walk.chart());
    let draft = Draft::new(at, message).help(fill(&guard.help));
    Some(Fault::new(Verdict::Guarded, draft).severity(Severity::Error))
}

fn bound<'p>(path: &'p [String], key: Option<&'p str>) -> Vec<&'p str> {
    path.iter().map(|element| if element == "*" { key.unwrap_or("*") } else { element }).collect()
}

/// Whether a condition holds; `None` when that is not known.
fn holds(values: &Effective<'_, '_>, clause: &Clause, key: Option<&str>) -> Option<bool> {
    let fact = values.fact(&bound(&clause.path, key));
    let value = match &fact {
        Fact::Unknown => return None,
        Fact::Absent(_) => &Datum::Null,
        Fact::Known(found) => &found.value,
    };
    match &clause.is {
        Test::Truthy => is_truthy(value),
        Test::Falsy => is_truthy(value).map(|truthy| !truthy),
        Test::OneOf(words) => Some(words.contains(&text(value)?)),
        Test::NoneOf(words) => Some(!words.contains(&text(value)?)),
        Test::Before(version) => {
            let text = text(value)?;
            is_before(&text, version)
        }
        Test::OtherThan(other) => {
            let other = values.fact(&bound(other, key));
            let (first, second) = (number(value)?, number(other.value()?)?);
            Some(first != 0 && second != 0 && first != second)
        }
        Test::NoMap => match value {
            Datum::Map(_) | Datum::Null => Some(false),
            Datum::Opaque => None,
            _ => is_truthy(value),
        },
        Test::NoDuration => match value {
            Datum::Text(text) => Some(!text.is_empty() && !is_go_duration(text)),
            Datum::Null => Some(false),
            _ => None,
        },
    }
}

/// Whether a version is older than another; `None` if it has other parts than numbers, or if the chart does not compare it.
fn is_before(text: &str, other: &str) -> Option<bool> {
    let numbers = text.strip_prefix('v').unwrap_or(text);
    let parts: Vec<u64> = numbers.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let missing = 3_usize.checked_sub(parts.len())?;
    if other.starts_with('v') && (missing > 0 || !text.starts_with('v')) {
        return None;
    }
    let other = other.strip_prefix('v').unwrap_or(other);
    Some(compare_versions(&(numbers.to_owned() + &".0".repeat(missing)), other).is_lt())
}

fn is_truthy(value: &Datum<'_>) -> Option<bool> {
    Some(match value {
        Datum::Null => false,
        Datum::Bool(value) => *value,
        Datum::Int(value) => *value != 0,
        Datum::Float(value) => *value != 0.0,
        Datum::Text(text) => !text.is_empty(),
        Datum::List(items) => !items.is_empty(),
        Datum::Map(entries) => !entries.is_empty(),
        Datum::Opaque => return None,
    })
}

/// A scalar as text; a missing one is empty.
fn text(value: &Datum<'_>) -> Option<String> {
    match value {
        Datum::Null => Some(String::new()),
        other => other.as_text().map(Into::into),
    }
}

fn number(value: &Datum<'_>) -> Option<i64> {
    match value {
        Datum::Int(value) => Some(*value),
        Datum::Text(text) => text.parse().ok(),
        Datum::Null => Some(0),
        _ => None,
    }
}
