//! Renders the report about an upgrade. Must not decide what breaks.

mod human;
mod json;
mod markdown;
mod sarif;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use super::{RenderOptions, visible};
use crate::catalog::date;
use crate::release::Release;
use crate::upgrade::{Item, Upgrade};

/// An output format of the report about an upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpgradeFormat {
    /// For people.
    Human,
    /// One JSON document, described in `docs/upgrade.md`.
    Json,
    /// Markdown for a comment on a pull request.
    Markdown,
    /// SARIF 2.1.0 with the findings, for code scanning.
    Sarif,
}

const FORMATS: &[(UpgradeFormat, &str)] = &[
    (UpgradeFormat::Human, "human"),
    (UpgradeFormat::Json, "json"),
    (UpgradeFormat::Markdown, "markdown"),
    (UpgradeFormat::Sarif, "sarif"),
];

impl fmt::Display for UpgradeFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = FORMATS.iter().find(|(format, _)| format == self).map_or("", |(_, name)| name);
        f.pad(name)
    }
}

impl FromStr for UpgradeFormat {
    type Err = UnknownUpgradeFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = FORMATS.iter().find(|(_, name)| *name == text);
        known.map(|(format, _)| *format).ok_or_else(|| UnknownUpgradeFormat(text.to_owned()))
    }
}

/// An unknown format name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{}`: use `human`, `json`, `markdown` or `sarif`", visible::line(.0))]
pub struct UnknownUpgradeFormat(String);

/// Writes a report about an upgrade.
///
/// # Errors
/// Whatever `out` returns.
pub fn render_upgrade(
    format: UpgradeFormat,
    upgrade: Upgrade,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        UpgradeFormat::Human => human::render(&upgrade, options, out),
        UpgradeFormat::Json => json::render(&upgrade, out),
        UpgradeFormat::Markdown => markdown::render(&upgrade, out),
        UpgradeFormat::Sarif => sarif::render(upgrade, options, out),
    }
}

/// A release with its date, if that is known.
fn dated(release: Release) -> String {
    date(release).map_or_else(|| release.to_string(), |date| format!("{release} ({date})"))
}

/// The versions of a chart before and after.
fn arrow(before: Option<&str>, after: Option<&str>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => format!("{before} → {after}"),
        (None, Some(after)) => format!("new, {after}"),
        (Some(before), None) => format!("removed, was {before}"),
        (None, None) => String::new(),
    }
}

/// The releases of the path for which an item holds.
fn releases(item: &Item) -> String {
    match item.until {
        None => format!("from {} on", item.release),
        Some(until) if until == item.release => format!("with {} only", item.release),
        Some(until) => format!("from {} to {until} only", item.release),
    }
}

/// A number with its noun.
fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// The note on today's findings, which are left out, and how to see them; `None` if there are none.
fn left_out(upgrade: &Upgrade) -> Option<String> {
    let from = upgrade.path.first()?;
    let found = match upgrade.today {
        0 => return None,
        1 => "1 existing finding is".to_owned(),
        count => format!("{count} existing findings are"),
    };
    Some(format!("{found} not shown: see `rke2-lint check --rke2-version {from}`"))
}
