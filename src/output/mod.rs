//! Renders a report in every output format. Must not depend on engine or settings.

mod azure;
mod checkstyle;
mod concise;
mod diff;
mod excerpt;
mod github;
mod gitlab;
mod html;
mod human;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod place;
mod rdjson;
mod sarif;
mod statistics;
mod summary;
#[cfg(test)]
mod tests;
mod text;
mod upgrade;
mod visible;
mod xml;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use crate::finding::{Order, Report};

pub use diff::write_diff;
pub use statistics::{write_statistics, write_statistics_json};
pub use summary::{
    write_files, write_left_out, write_listing, write_nothing, write_passed_over, write_problems,
    write_refused, write_summary, write_unused, write_would_fix,
};
pub use upgrade::{UpgradeFormat, render_upgrade};

pub use visible::{json as visible_json, line as visible_line};

/// An output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Source excerpts for people.
    Human,
    /// One finding per line, for editors and problem matchers.
    Concise,
    /// One JSON document, described by `docs/report.schema.json`.
    Json,
    /// One finding per line, in the form of [`Format::Json`].
    Jsonl,
    /// SARIF 2.1.0 for code scanning.
    Sarif,
    /// Workflow commands that become annotations.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// `JUnit` XML.
    Junit,
    /// Checkstyle XML.
    Checkstyle,
    /// Markdown for step summaries and comments.
    Markdown,
    /// A report as one HTML file.
    Html,
    /// Reviewdog's diagnostic format.
    Rdjson,
    /// Logging commands of Azure Pipelines.
    Azure,
}

impl Format {
    /// Every format, in the order in which they are listed to the user.
    pub fn all() -> impl Iterator<Item = Self> {
        FORMATS.iter().map(|(format, ..)| *format)
    }

    /// The name of the format on the command line.
    pub fn as_str(self) -> &'static str {
        self.entry().1
    }

    fn entry(self) -> &'static (Self, &'static str, Renderer) {
        // The table is in the order of the enum, which a test checks.
        &FORMATS[self as usize]
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all().find(|format| format.as_str() == text).ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

/// An unknown format name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{}`; expected one of {}", visible::line(.0), known_formats())]
pub struct UnknownFormat(String);

/// Options for human-readable output; formats for machines ignore them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderOptions {
    /// Whether colours may be used. If not, no escape codes are written at all.
    pub color: bool,
    /// Whether rule identifiers may be links (OSC 8); needs `color`.
    pub hyperlinks: bool,
    /// The width of the terminal in columns.
    pub width: usize,
    /// Whether to draw with characters beyond ASCII.
    pub unicode: bool,
    /// The sort order of findings, which also determines how they are grouped under headings.
    pub order: Order,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self { color: false, hyperlinks: false, width: 100, unicode: true, order: Order::Path }
    }
}

/// Writes the findings of a report. A closed pipe is left to the caller.
///
/// # Errors
/// Whatever `out` returns.
pub fn render(
    format: Format,
    report: &Report,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (_, _, renderer) = format.entry();
    renderer(report, options, out)
}

type Renderer = fn(&Report, &RenderOptions, &mut dyn Write) -> io::Result<()>;

const FORMATS: &[(Format, &str, Renderer)] = &[
    (Format::Human, "human", human::render),
    (Format::Concise, "concise", concise::render),
    (Format::Json, "json", json::render),
    (Format::Jsonl, "jsonl", jsonl::render),
    (Format::Sarif, "sarif", sarif::render),
    (Format::Github, "github", github::render),
    (Format::Gitlab, "gitlab", gitlab::render),
    (Format::Junit, "junit", junit::render),
    (Format::Checkstyle, "checkstyle", checkstyle::render),
    (Format::Markdown, "markdown", markdown::render),
    (Format::Html, "html", html::render),
    (Format::Rdjson, "rdjson", rdjson::render),
    (Format::Azure, "azure", azure::render),
];

fn known_formats() -> String {
    let names: Vec<String> = Format::all().map(|format| format!("`{format}`")).collect();
    names.join(", ")
}
