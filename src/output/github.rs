//! Workflow commands that GitHub turns into annotations. A linted file must not be able to inject one.
//!
//! Source: docs.github.com, "Workflow commands for GitHub Actions"; escaping as in `@actions/core`.

use std::io::{self, Write};

use super::place::Place;
use super::{RenderOptions, text, visible};
use crate::finding::{Finding, Report, Severity};

/// GitHub shows this many annotations per severity and step. Longer lists are folded in the log.
const SHOWN_ANNOTATIONS: usize = 10;

/// Writes one workflow command for each finding.
pub fn render(report: &Report, _options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let count = report.findings.len();
    if count > SHOWN_ANNOTATIONS {
        writeln!(out, "::group::rke2-lint: {count} findings")?;
    }
    for finding in &report.findings {
        writeln!(out, "{}", command(report, finding))?;
    }
    if count > SHOWN_ANNOTATIONS {
        writeln!(out, "::endgroup::")?;
    }
    Ok(())
}

fn command(report: &Report, finding: &Finding) -> String {
    let name = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let place = Place::of(report, finding.primary.span);
    // GitHub rejects columns in a multi-line annotation.
    let region = if place.is_one_line() {
        let (start, end) = (place.start, place.end);
        format!("line={},col={},endLine={},endColumn={}", start.line, start.column, end.line, end.column)
    } else {
        format!("line={},endLine={}", place.start.line, place.last_line())
    };
    let file = property(place.path);
    let title = property(finding.rule.as_str());
    let text = data(&format!("{}{}", finding.message, text::help_below(finding)));
    format!("::{name} file={file},{region},title={title}::{text}")
}

/// Escapes the text of a command. Hidden characters are made visible first; GitHub decodes the three escapes again.
fn data(text: &str) -> String {
    visible::block(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property. Line breaks in a path must reach GitHub unchanged, because the path refers to a
/// file.
fn property(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            ':' => out.push_str("%3A"),
            ',' => out.push_str("%2C"),
            c if visible::is_shown_as_code(c, "") => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}
