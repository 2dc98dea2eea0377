//! Type-checks the paths and predicates of a rule file: a path that cannot exist, or a comparison that can
//! never be true, would make a rule that always or never fires.

use super::Subject;
use crate::catalog::{self, ChartValues, KeyType};
use crate::cluster::host::Host;
use crate::rke2::registries::{AUTH_KEYS, CONFIG_KEYS, MIRROR_KEYS, TLS_KEYS, TOP_KEYS};
use crate::rule::facts::FactType;
use crate::rule::language_error::LanguageError;
use crate::rule::names::{Meaning, Names, Slot};
use crate::rule::path::{Path, Root, Step};
use crate::rule::predicate::{Literal, Predicate};
use crate::spelling::nearest;

/// The maximum edit distance of a suggestion.
const NEAR: usize = 2;

/// The fields of the elements that `arguments` binds.
pub const ARGUMENT_FIELDS: [&str; 6] = ["name", "value", "dashes", "list", "component", "program"];

/// Checks a path for a subject. A name that the rule file binds to a list of values is checked with each value.
pub(super) fn path(path: &Path, subject: &Subject, names: &Names) -> Result<(), LanguageError> {
    let slots: Vec<Slot> = path.slots().collect();
    if slots.is_empty() {
        return plain(path, subject);
    }
    if let Root::Name(slot) = path.root {
        return match names.meaning(slot) {
            Some(Meaning::Element(element)) => {
                let steps = [element.steps.as_slice(), path.steps.as_slice()].concat();
                self::path(&Path { root: element.root, steps }, subject, names)
            }
            Some(Meaning::Node) => node(path),
            Some(Meaning::Host) => host(path),
            Some(Meaning::Registries) => registries(path),
            Some(Meaning::Argument) => field(path, &ARGUMENT_FIELDS),
            Some(Meaning::OneOf(_) | Meaning::Keys(_) | Meaning::Part) => field(path, &[]),
            Some(Meaning::Object | Meaning::Computed) | None => Ok(()),
        };
    }
    let count = |slot: &Slot| match names.meaning(*slot) {
        Some(Meaning::OneOf(values)) => values.len(),
        Some(Meaning::Keys(paths)) => paths.len(),
        _ => 0,
    };
    let rows = slots.iter().map(count).max().unwrap_or(0);
    if slots.iter().any(|slot| count(slot) == 0) {
        return Ok(());
    }
    (0..rows).try_for_each(|row| match filled(path, row, names) {
        Some(path) => plain(&path, subject),
        None => Ok(()),
    })
}

/// The path with its names replaced by the values of one row.
fn filled(path: &Path, row: usize, names: &Names) -> Option<Path> {
    let word = |slot: Slot| match names.meaning(slot)? {
        Meaning::OneOf(values) => values[row % values.len()].as_text().map(std::borrow::Cow::into_owned),
        Meaning::Keys(paths) => Some(paths[row % paths.len()].clone()),
        _ => None,
    };
    let mut steps = Vec::new();
    for step in &path.steps {
        match step {
            Step::Name(slot) => {
                let word = word(*slot)?;
                match names.meaning(*slot)? {
                    Meaning::Keys(_) => steps.extend(Path::parse(&format!("values.{word}")).ok()?.steps),
                    _ => steps.push(Step::Key(word)),
                }
            }
            Step::ArgumentOf(slot) => steps.push(Step::Argument(word(*slot)?)),
            step => steps.push(step.clone()),
        }
    }
    Some(Path { root: path.root.clone(), steps })
}

fn plain(path: &Path, subject: &Subject) -> Result<(), LanguageError> {
    match (&path.root, subject) {
        // What is written need not be a key that the catalogue knows, so it is not checked.
        (Root::Written(root), _) if **root != Root::Config => return Ok(()),
        _ => {}
    }
    match (path.root.plain(), subject) {
        (Root::Values, Subject::Charts(charts)) => {
            let checked: Vec<_> = charts.iter().map(|chart| value(path, chart)).collect();
            checked.iter().find(|checked| checked.is_ok()).or(checked.first()).cloned().unwrap_or(Ok(()))
        }
        (Root::ChartValues(chart), _) => value(path, chart),
        (Root::Config, _) => config(path),
        (Root::Fact(fact, _), _) => match (fact.kind, path.steps.as_slice()) {
            (FactType::Records(keys), [_, rest @ ..]) => {
                field(&Path { root: path.root.clone(), steps: rest.to_vec() }, keys)
            }
            _ => Ok(()),
        },
        (Root::Host, _) => host(path),
        (Root::Registries, _) => registries(path),
        (Root::Resource, Subject::Charts(_)) => resource(path, "HelmChartConfig"),
        (Root::Resource, Subject::Kinds(kinds)) => {
            let checked: Vec<_> = kinds.iter().map(|kind| resource(path, kind)).collect();
            checked.iter().find(|checked| checked.is_ok()).or(checked.first()).cloned().unwrap_or(Ok(()))
        }
        _ => Ok(()),
    }
}

/// Checks a field of the thing to which a name is bound.
fn field(path: &Path, known: &[&'static str]) -> Result<(), LanguageError> {
    match path.steps.as_slice() {
        [] => Ok(()),
        [Step::Key(key)] if known.contains(&key.as_str()) => Ok(()),
        [Step::Key(key), ..] if !known.is_empty() => {
            let near = nearest(key, known.iter().copied(), NEAR);
            Err(unknown(
                path,
                &format!("unknown field `{key}`; expected one of `{}`", known.join("`, `")),
                near,
            ))
        }
        _ => Err(format!("`{path}`: there is nothing under this name").into()),
    }
}

/// Checks a key of the configuration to which a name is bound.
fn node(path: &Path) -> Result<(), LanguageError> {
    match path.steps.as_slice() {
        [] => Ok(()),
        [Step::Key(key)] if matches!(key.as_str(), "role" | "name") => Ok(()),
        _ => config(path),
    }
}

/// Checks that some known version of a chart accepts a value.
fn value(path: &Path, chart: &str) -> Result<(), LanguageError> {
    let Some(values) = catalog::chart(chart) else { return Ok(()) };
    let names: Vec<&str> = path.steps.iter().map(name).collect();
    let accepted = |names: &[&str]| {
        values
            .versions()
            .filter_map(|version| values.at(version))
            .any(|view| view.lookup(names).is_accepted())
    };
    if accepted(&names) {
        return Ok(());
    }
    let known = (0..names.len()).rev().find(|&count| accepted(&names[..count])).unwrap_or(0);
    let near = near_value(values, &names[..known], names[known]);
    Err(unknown(
        path,
        &format!("no version of {chart} reads `{}`", names[..=known].join(".")),
        near.as_deref(),
    ))
}

fn near_value(values: &ChartValues, parent: &[&str], wrong: &str) -> Option<String> {
    let versions = values.versions().filter_map(|version| values.at(version));
    let children: Vec<&str> = versions.flat_map(|view| view.children(parent).map(|(name, _)| name)).collect();
    let found = nearest(wrong, children.into_iter().filter(|name| *name != "*"), NEAR)?;
    Some([parent, &[found]].concat().join("."))
}

/// The name of a step in the catalogue.
fn name(step: &Step) -> &str {
    match step {
        Step::Key(key) | Step::Argument(key) => key,
        Step::Every | Step::Index(_) | Step::Name(_) | Step::ArgumentOf(_) => "0",
    }
}

/// Checks a key of config.yaml. Lists have elements and arguments; no value has keys.
fn config(path: &Path) -> Result<(), LanguageError> {
    let Some(Step::Key(key)) = path.steps.first() else { return Ok(()) };
    let Some(known) = catalog::config_key(key) else {
        let names = catalog::config_keys().iter().map(|key| key.name.as_str());
        let near = nearest(key, names, NEAR);
        return Err(unknown(path, &format!("no RKE2 release has the config key `{key}`"), near));
    };
    let is_list = known.kind == KeyType::List;
    match &path.steps[1..] {
        [] => Ok(()),
        [Step::Every | Step::Argument(_)] if is_list => Ok(()),
        [Step::Every | Step::Argument(_)] => Err(format!("`{path}`: `{key}` is not a list").into()),
        _ => Err(format!("`{path}`: a config key has no keys under it").into()),
    }
}

/// Checks a fact about a host. Unknown facts are allowed, since users may define their own, but not near misses of
/// known ones.
fn host(path: &Path) -> Result<(), LanguageError> {
    let Some(Step::Key(key)) = path.steps.first() else { return Ok(()) };
    let known = || Host::names();
    match nearest(key, known(), NEAR).filter(|_| !known().any(|name| name == key)) {
        Some(near) => Err(unknown(path, "unknown host fact", Some(&format!("host.{near}")))),
        None => Ok(()),
    }
}

fn registries(path: &Path) -> Result<(), LanguageError> {
    let level = |at: usize, known: &[&'static str]| match path.steps.get(at) {
        Some(Step::Key(key)) if !known.contains(&key.as_str()) => {
            let near = nearest(key, known.iter().copied(), NEAR);
            Err(unknown(path, &format!("unknown registries.yaml key `{key}`"), near))
        }
        _ => Ok(()),
    };
    level(0, TOP_KEYS)?;
    match path.steps.first().and_then(Step::key) {
        Some("mirrors") => level(2, MIRROR_KEYS),
        Some("configs") => {
            level(2, CONFIG_KEYS)?;
            match path.steps.get(2).and_then(Step::key) {
                Some("auth") => level(3, AUTH_KEYS),
                Some("tls") => level(3, TLS_KEYS),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Checks a field of the `spec` of a HelmChart or HelmChartConfig.
fn resource(path: &Path, kind: &str) -> Result<(), LanguageError> {
    let fields: Vec<&str> = match kind {
        "HelmChart" => catalog::chart_fields().iter().map(|field| field.field.as_str()).collect(),
        "HelmChartConfig" => catalog::config_fields().map(|field| field.field.as_str()).collect(),
        _ => return Ok(()),
    };
    match &path.steps[..] {
        [Step::Key(spec), Step::Key(field), ..] if spec == "spec" && !fields.contains(&field.as_str()) => {
            let near = nearest(field, fields, NEAR);
            Err(unknown(path, &format!("unknown field `spec.{field}` in {kind}"), near))
        }
        _ => Ok(()),
    }
}

fn unknown(path: &Path, problem: &str, near: Option<&str>) -> LanguageError {
    let words = match near {
        Some(near) => format!("`{path}`: {problem}; did you mean `{near}`?"),
        None => format!("`{path}`: {problem}"),
    };
    words.into()
}

/// Checks that a predicate can hold for the type of a config key or a derived fact.
pub(super) fn predicate(path: &Path, predicate: &Predicate) -> Result<(), LanguageError> {
    match (path.root.plain(), path.steps.as_slice()) {
        (Root::Config, [Step::Key(key)]) => match catalog::config_key(key) {
            Some(known) => fits(key, known.kind, predicate),
            None => Ok(()),
        },
        (Root::Fact(fact, _), []) => match fact.kind {
            FactType::Bool => fits(fact.path, KeyType::Bool, predicate),
            FactType::Int => fits(fact.path, KeyType::Int, predicate),
            FactType::List | FactType::Records(_) => fits(fact.path, KeyType::List, predicate),
            FactType::Text | FactType::Network => fits(fact.path, KeyType::String, predicate),
            FactType::OneOf(words) => is_word(fact.path, words, predicate),
            FactType::Release => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Checks that a predicate compares only with values that a fact may have.
fn is_word(fact: &str, words: &[&str], predicate: &Predicate) -> Result<(), LanguageError> {
    let check = |literal: &Literal| match literal {
        Literal::Text(text) if words.contains(&text.as_ref()) => Ok(()),
        other => Err(format!("`{fact}` is never `{other}`; expected one of `{}`", words.join("`, `")).into()),
    };
    match predicate {
        Predicate::Not(inner) => is_word(fact, words, inner),
        Predicate::All(inner) => inner.iter().try_for_each(|inner| is_word(fact, words, inner)),
        Predicate::Equals(literal) => check(literal),
        Predicate::OneOf(literals) => literals.iter().try_for_each(check),
        _ => Ok(()),
    }
}

fn fits(key: &str, kind: KeyType, predicate: &Predicate) -> Result<(), LanguageError> {
    match predicate {
        Predicate::Not(inner) => fits(key, kind, inner),
        Predicate::All(inner) => inner.iter().try_for_each(|inner| fits(key, kind, inner)),
        Predicate::Equals(literal) => literal_fits(key, kind, literal),
        Predicate::OneOf(literals) => {
            literals.iter().try_for_each(|literal| literal_fits(key, kind, literal))
        }
        Predicate::Matches(_)
        | Predicate::AtLeast(_)
        | Predicate::AtMost(_)
        | Predicate::LessThan(_)
        | Predicate::GreaterThan(_)
        | Predicate::Version(_)
        | Predicate::Duration
        | Predicate::Cron
        | Predicate::RegexSyntax
            if kind == KeyType::List =>
        {
            Err(format!("`{key}` is a list; test its elements with `any:`, `each:` or `config.{key}[*]`")
                .into())
        }
        _ => Ok(()),
    }
}

fn literal_fits(key: &str, kind: KeyType, literal: &Literal) -> Result<(), LanguageError> {
    match (kind, literal) {
        (KeyType::List, literal) => {
            let fact = match key {
                "cni" => " or `cluster.cni`",
                "ingress-controller" => " or `cluster.ingress`",
                "disable" => " or `cluster.disabled`",
                _ => "",
            };
            Err(format!("`{key}` is a list; write `contains: {literal}`{fact}").into())
        }
        (KeyType::Unknown, _)
        | (KeyType::Bool, Literal::Bool(_))
        | (KeyType::Int, Literal::Number(_))
        | (KeyType::String | KeyType::Duration, Literal::Text(_)) => Ok(()),
        (KeyType::Bool, _) => Err(format!("`{key}` is a boolean; compare it with `true` or `false`").into()),
        (KeyType::Int, _) => Err(format!("`{key}` is a number; compare it with a number").into()),
        (KeyType::String | KeyType::Duration, literal) => {
            Err(format!("`{key}` is a string; write `\"{literal}\"`").into())
        }
    }
}
