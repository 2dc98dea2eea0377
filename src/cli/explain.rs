//! `rke2-lint explain`: describes a rule, a category, a key of config.yaml or registries.yaml, a packaged chart or one
//! of its values.

use std::fmt::Write as _;
use std::io::{self, Write};

use clap::Args;

use super::{CLEAN, Failure};
use crate::catalog::{self, Suggestion, about_chart, about_config_key, about_value, suggest};
use crate::docs::{Examples, about_category, rule_page};
use crate::prose;
use crate::rke2::registries;
use crate::rule::{self, Rule};
use crate::settings::{name_of, nearest};

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// Rule (`category/name` or the name alone), category, config.yaml or registries.yaml key, packaged chart, or chart
    /// value (`hubble.enabled`, or `rke2-cilium.hubble.enabled`)
    subject: String,
}

/// Prints the description of a subject.
pub fn run(arguments: &ExplainArguments) -> Result<u8, Failure> {
    let rules = rule::built_in();
    let subject = arguments.subject.as_str();
    let page = match rules.iter().find(|rule| rule.is_called(subject)) {
        Some(rule) => page_of(rule),
        None => about(subject, &rules).ok_or_else(|| unknown(subject, &rules))?,
    };
    io::stdout().lock().write_all(page.as_bytes())?;
    Ok(CLEAN)
}

/// The page of a rule: the generated one with examples, or else the text of the rule file.
fn page_of(rule: &Rule) -> String {
    let id = rule.info.id.as_str();
    let page = PAGES.iter().find(|(known, _)| *known == id).map(|(_, page)| page.replace("\r\n", "\n"));
    page.unwrap_or_else(|| rule_page(rule, &Examples::default()))
}

/// Describes everything that a word may refer to: a rule name without its category, a category, a key, a chart, a
/// value.
fn about(subject: &str, rules: &[Rule]) -> Option<String> {
    let named: Vec<&Rule> = rules.iter().filter(|rule| name_of(rule.info.id.as_str()) == subject).collect();
    if let [only] = named.as_slice() {
        return Some(page_of(only));
    }
    let mut parts = Vec::new();
    if !named.is_empty() {
        parts.push(format!("# Rules named {subject}\n\n{}", list(&named)));
    }
    let category: Vec<&Rule> = rules.iter().filter(|rule| rule.info.id.category() == subject).collect();
    if !category.is_empty() {
        parts.push(format!("# Category {subject}\n\n{}\n\n{}", about_category(subject), list(&category)));
    }
    if let Some(key) = catalog::config_key(subject) {
        parts.push(format!("# {}{}", about_config_key(key), mentions(&key.name, rules)));
    }
    for path in registries::keys_named(subject) {
        let rules = path.last().map(|key| mentions(key, rules)).unwrap_or_default();
        parts.extend(registries::about(path).map(|about| format!("# {about}{rules}")));
    }
    if let Some(chart) = catalog::charts().find(|chart| *chart == subject) {
        parts.push(format!("# {}{}", about_chart(chart), mentions(chart, rules)));
    }
    parts.extend(values(subject, rules));
    (!parts.is_empty()).then(|| parts.join("\n"))
}

/// The error for a subject that does not exist, with the subjects that may be meant.
fn unknown(subject: &str, rules: &[Rule]) -> Failure {
    let ids = rules.iter().map(|rule| &rule.info.id);
    let mut words: Vec<&str> =
        ids.flat_map(|id| [id.as_str(), name_of(id.as_str()), id.category()]).collect();
    words.extend(catalog::config_keys().iter().map(|key| key.name.as_str()));
    words.extend(registries::ABOUT.iter().filter_map(|(path, ..)| path.last().copied()));
    words.extend(catalog::charts().map(|chart| chart as &str));
    let near = nearest(subject, words).map_or_else(|| near_values(subject), |word| vec![word.to_owned()]);
    let near: Vec<String> = near.into_iter().map(|word| format!("`{word}`")).collect();
    let advice = match near.as_slice() {
        [] => "`rke2-lint rules` lists the rules, `rke2-lint catalog values CHART` the values of a chart"
            .to_owned(),
        near => format!("did you mean {}?", prose::or(near)),
    };
    Failure::Message(format!("no rule, category, key, chart or chart value is named `{subject}`; {advice}"))
}

/// The chart values whose path is most similar to an unknown one.
fn near_values(subject: &str) -> Vec<String> {
    if !subject.contains('.') {
        return Vec::new();
    }
    let (charts, path) = charts_and_path(subject);
    let keys: Vec<&str> = path.split('.').collect();
    let of_chart = |chart: &&str| suggest(catalog::chart(chart)?.newest()?, &keys).into_iter().next();
    let mut found: Vec<Suggestion> = charts.iter().filter_map(of_chart).collect();
    let Some(best) = found.iter().map(|suggestion| suggestion.cost).min() else { return Vec::new() };
    found.retain(|suggestion| suggestion.cost == best);
    let mut near: Vec<String> = found.into_iter().map(|suggestion| suggestion.path.join(".")).collect();
    near.sort_unstable();
    near.dedup();
    near
}

/// Describes a chart value, once for each chart that has it.
fn values(subject: &str, rules: &[Rule]) -> Vec<String> {
    let (charts, path) = charts_and_path(subject);
    let keys: Vec<&str> = path.split('.').collect();
    let about = |chart: &&str| {
        let view = catalog::chart(chart)?.newest()?;
        let attr = view.lookup(&keys).attr()?;
        let is_parent = view.children(&keys).next().is_some();
        Some(format!("# {}", about_value(chart, &keys, attr, is_parent)))
    };
    let mut known: Vec<String> = charts.iter().filter_map(about).collect();
    if let Some(last) = known.last_mut() {
        last.push_str(&mentions(path, rules));
    }
    known
}

/// The charts and the path in their values that a subject names: one chart with `CHART.PATH`, or else all.
fn charts_and_path(subject: &str) -> (Vec<&str>, &str) {
    let of_chart = |chart: &&str| subject.strip_prefix(*chart).is_some_and(|rest| rest.starts_with('.'));
    match catalog::charts().find(of_chart) {
        Some(chart) => (vec![chart], &subject[chart.len() + 1..]),
        None => (catalog::charts().collect(), subject),
    }
}

/// The rules whose text mentions a key.
fn mentions(key: &str, rules: &[Rule]) -> String {
    let word = format!("`{key}");
    let names = |text: &str| {
        text.match_indices(&word).any(|(at, _)| text[at + word.len()..].starts_with(['`', ':', '.', '[']))
    };
    let found: Vec<&Rule> =
        rules.iter().filter(|rule| names(&rule.info.explanation) || names(&rule.info.summary)).collect();
    if found.is_empty() { String::new() } else { format!("\nRules about it:\n\n{}", list(&found)) }
}

fn list(rules: &[&Rule]) -> String {
    rules.iter().fold(String::new(), |mut text, rule| {
        let info = &rule.info;
        // Writing to a String cannot fail.
        let _ = writeln!(text, "- {} ({}): {}", info.id, info.severity, info.summary);
        text
    })
}

include!(concat!(env!("OUT_DIR"), "/pages.rs"));
