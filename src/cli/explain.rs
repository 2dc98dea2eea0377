//! `rke2-lint explain`: describes a rule, a category, a key of config.yaml or a chart value.

use std::fmt::Write as _;
use std::io::{self, Write};

use clap::Args;

use super::{CLEAN, Failure};
use crate::catalog::{self, about_config_key, about_value};
use crate::docs::{Examples, about_category, rule_page};
use crate::rule::{self, Rule};
use crate::settings::check_name;

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// Rule (`category/name` or the name alone), category, config.yaml key, or chart value (`hubble.enabled`, or
    /// `rke2-cilium.hubble.enabled`)
    subject: String,
}

/// Prints the description of a subject.
pub fn run(arguments: &ExplainArguments) -> Result<u8, Failure> {
    let rules = rule::built_in();
    let subject = arguments.subject.as_str();
    let page = match rules.iter().find(|rule| rule.is_called(subject)) {
        Some(rule) => page_of(rule),
        None => about(subject, &rules).ok_or_else(|| {
            let error = check_name(subject, &rules).err().map(|error| error.to_string());
            Failure::Message(error.unwrap_or_else(|| format!("nothing is known of `{subject}`")))
        })?,
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

/// Describes everything that a word may refer to: a rule name without its category, a category, a key, a value.
fn about(subject: &str, rules: &[Rule]) -> Option<String> {
    let name = |rule: &Rule| rule.info.id.as_str().split_once('/').map(|(_, name)| name.to_owned());
    let named: Vec<&Rule> = rules.iter().filter(|rule| name(rule).as_deref() == Some(subject)).collect();
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
    parts.extend(values(subject, rules));
    (!parts.is_empty()).then(|| parts.join("\n"))
}

/// Describes a chart value, once for each chart that has it.
fn values(subject: &str, rules: &[Rule]) -> Vec<String> {
    let (charts, path): (Vec<&str>, &str) = match catalog::charts()
        .find(|chart| subject.strip_prefix(chart).is_some_and(|rest| rest.starts_with('.')))
    {
        Some(chart) => (vec![chart], &subject[chart.len() + 1..]),
        None => (catalog::charts().collect(), subject),
    };
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
