//! GitLab's code quality report. Two findings must not have the same fingerprint.
//!
//! Source: docs.gitlab.com, "Code Quality", section "Code Quality report format".

use std::io::{self, Write};

use serde::Serialize;

use super::place::Place;
use super::{RenderOptions, json, text, visible};
use crate::finding::{Report, Severity};
use crate::fingerprint::fingerprints;

/// Writes the findings as one JSON array.
pub fn render(report: &Report, _options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let names = fingerprints(&report.findings, &report.sources);
    let issues: Vec<Issue<'_>> = report
        .findings
        .iter()
        .zip(names)
        .map(|(finding, name)| {
            let place = Place::of(report, finding.primary.span);
            Issue {
                description: visible::line(&text::with_help(finding)).into_owned(),
                check_name: finding.rule.as_str(),
                fingerprint: name.to_string(),
                severity: severity(finding.severity),
                location: Location {
                    path: place.path,
                    lines: Lines { begin: place.start.line, end: place.last_line() },
                },
            }
        })
        .collect();
    json::write_pretty(&issues, out)
}

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "major",
        Severity::Warning => "minor",
        Severity::Info => "info",
    }
}
