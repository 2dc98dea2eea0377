//! The number of findings per rule, for `--statistics`. Must not render a finding.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use owo_colors::OwoColorize;
use serde::Serialize;

use super::summary::severity_style;
use super::{RenderOptions, json, visible};
use crate::finding::{Finding, Report, RuleId, Safety, Severity};

/// The findings of a rule with one severity.
#[derive(Serialize)]
struct Row<'a> {
    rule: &'a str,
    severity: Severity,
    count: usize,
    /// The number of findings that `--fix` fixes.
    fixable: usize,
}

/// Writes a table, sorted by descending count. `[*]` marks rules with findings that `--fix` fixes.
///
/// # Errors
/// Whatever `out` returns.
pub fn write_statistics(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let rows = rows(report);
    let width = rows.first().map_or(0, |row| row.count.to_string().len());
    for Row { rule, severity, count, fixable } in rows {
        // Padding counts escape codes as characters, so it must come before the colour.
        let word = format!("{:7}", severity.as_str());
        let word = word.style(severity_style(severity, options));
        let mark = if fixable > 0 { "[*]" } else { "   " };
        writeln!(out, "{count:width$}  {word}  {mark}  {}", visible::line(rule))?;
    }
    Ok(())
}

/// Writes the same numbers as a JSON array.
///
/// # Errors
/// Whatever `out` returns.
pub fn write_statistics_json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    json::write_pretty(&rows(report), out)
}

fn rows(report: &Report) -> Vec<Row<'_>> {
    let mut counts: BTreeMap<(&RuleId, Severity), (usize, usize)> = BTreeMap::new();
    for finding in &report.findings {
        let (count, fixable) = counts.entry((&finding.rule, finding.severity)).or_default();
        *count += 1;
        *fixable += usize::from(is_fixable(finding));
    }
    let mut rows: Vec<Row<'_>> = counts
        .into_iter()
        .map(|((rule, severity), (count, fixable))| Row { rule: rule.as_str(), severity, count, fixable })
        .collect();
    // The sort is stable: rules with equal counts stay in the order of their identifiers.
    rows.sort_by_key(|row| Reverse(row.count));
    rows
}

fn is_fixable(finding: &Finding) -> bool {
    finding.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe && !fix.edits.is_empty())
}
