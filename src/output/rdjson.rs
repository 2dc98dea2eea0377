//! Reviewdog's diagnostic format. Must not offer a suggestion that is only a part of a fix.
//!
//! Source: github.com/reviewdog/reviewdog, `proto/rdf`.

use std::io::{self, Write};

use serde::Serialize;

use super::{RenderOptions, json, text, visible};
use crate::finding::{Finding, Report, Safety, Severity};
use crate::source::{SourceFile, Span};

/// Writes the findings as one diagnostic result.
pub fn render(report: &Report, _options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let diagnostics = report.findings.iter().map(|finding| Diagnostic::of(report, finding)).collect();
    let source = Source { name: "rke2-lint", url: env!("CARGO_PKG_REPOSITORY") };
    json::write_pretty(&DiagnosticResult { source, diagnostics }, out)
}

#[derive(Serialize)]
struct DiagnosticResult<'a> {
    source: Source,
    diagnostics: Vec<Diagnostic<'a>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    code: Code<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestions: Option<[Suggestion<'a>; 1]>,
}

impl<'a> Diagnostic<'a> {
    fn of(report: &'a Report, finding: &'a Finding) -> Self {
        let span = finding.primary.span;
        let file = report.sources.get(span.file);
        let url = report.rules.get(&finding.rule).and_then(|rule| rule.url.as_deref());
        Self {
            message: visible::block(&format!("{}{}", finding.message, text::help_below(finding)))
                .into_owned(),
            location: Location { path: file.path(), range: Range::of(file, span) },
            severity: match finding.severity {
                Severity::Error => "ERROR",
                Severity::Warning => "WARNING",
                Severity::Info => "INFO",
            },
            code: Code { value: finding.rule.as_str(), url },
            suggestions: Suggestion::of(report, finding),
        }
    }
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    range: Range,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

#[derive(Serialize)]
struct Suggestion<'a> {
    range: Range,
    text: &'a str,
}

impl<'a> Suggestion<'a> {
    /// The suggestion for a fix. Suggestions are applied one by one, so a fix with several edits has none.
    fn of(report: &Report, finding: &'a Finding) -> Option<[Self; 1]> {
        let fix = finding.fix.as_ref().filter(|fix| fix.safety != Safety::Display)?;
        let [edit] = fix.edits.as_slice() else { return None };
        if edit.span.file != finding.primary.span.file {
            return None;
        }
        let range = Range::of(report.sources.get(edit.span.file), edit.span);
        Some([Self { range, text: &edit.replacement }])
    }
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

/// A line and a column, both from 1. Columns count bytes.
#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
}

impl Range {
    fn of(file: &SourceFile, span: Span) -> Self {
        let position = |byte: u32| {
            let position = file.position(byte as usize);
            let start = file.line_range(position.line).map_or(position.byte, |line| line.start);
            Position { line: position.line, column: position.byte.saturating_sub(start) + 1 }
        };
        Self { start: position(span.start), end: position(span.end) }
    }
}
