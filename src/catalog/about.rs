//! Short Markdown descriptions of keys and chart values, for editors and schemas. Produces no findings.

use std::fmt::Write as _;

use super::attr::{Attr, Flags};
use super::config_key::{ConfigKey, KeyType, Role};
use super::{chart_version, path_history, releases};

/// The type of a key of config.yaml in a word.
pub fn type_of(key: &ConfigKey) -> &'static str {
    match key.kind {
        KeyType::List => "list",
        KeyType::String => "string",
        KeyType::Bool => "boolean",
        KeyType::Int => "integer",
        KeyType::Duration => "duration",
        KeyType::Unknown => "any",
    }
}

/// The description of a packaged chart.
pub fn about_chart(chart: &str) -> String {
    let mut about = format!("`{chart}`, a packaged chart\n\n");
    let shipped =
        releases().iter().rev().find_map(|release| Some((release, chart_version(*release, chart)?)));
    if let Some((release, version)) = shipped {
        let _ = writeln!(about, "- version: {version} (in {release})");
    }
    let _ = writeln!(about, "- values: `rke2-lint catalog values {chart}`");
    about
}

/// The description of a key of config.yaml.
pub fn about_config_key(key: &ConfigKey) -> String {
    let mut about = format!("`{}` of config.yaml\n\n- type: {}\n", key.name, type_of(key));
    if let Some(default) = &key.default {
        let _ = writeln!(about, "- default: `{default}`");
    }
    for (role, word) in [(Role::Server, "server"), (Role::Agent, "agent")] {
        let steps = key.steps(role).iter().map(|(release, state)| {
            let verb = if state.is_accepted() { "since" } else { "not since" };
            // A release with patch 0 and revision 0 represents the start of its minor.
            match (release.patch, release.revision) {
                (0, 0) => format!("{verb} v1.{}", release.minor),
                _ => format!("{verb} {release}"),
            }
        });
        let steps: Vec<String> = steps.collect();
        if !steps.is_empty() {
            let _ = writeln!(about, "- {word}: {}", steps.join(", "));
        }
    }
    if !key.env.is_empty() {
        let _ = writeln!(about, "- environment: `{}`", key.env.join("`, `"));
    }
    about
}

/// The type of a chart value in words; `is_parent`: whether keys under it are known.
pub fn type_of_value(attr: &Attr, is_parent: bool) -> String {
    if attr.types.is_unknown() && is_parent { "map".to_owned() } else { attr.types.to_string() }
}

/// The description of a chart value; `is_parent`: whether keys under it are known.
pub fn about_value<S: AsRef<str>>(chart: &str, path: &[S], attr: &Attr, is_parent: bool) -> String {
    let name = path.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(".");
    let mut about = format!("`{name}` of {chart}\n\n- type: {}\n", type_of_value(attr, is_parent));
    if let Some(default) = attr.default_value() {
        let _ = writeln!(about, "- default: `{default}`");
    }
    if !attr.enum_values.is_empty() {
        let values: Vec<String> = attr.enum_values.iter().map(|value| format!("`{value}`")).collect();
        let _ = writeln!(about, "- values: {}", values.join(", "));
    }
    let spans = path_history(chart, path).map(|history| history.spans()).unwrap_or_default();
    let releases: Vec<String> = spans.iter().map(ToString::to_string).collect();
    if !releases.is_empty() {
        let _ = writeln!(about, "- releases: {}", releases.join(", "));
    }
    if attr.flags.contains(Flags::INJECTED) {
        about.push_str("\nRKE2 sets this value itself.\n");
    }
    about
}
