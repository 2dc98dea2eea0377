//! The report about an upgrade as Markdown, for a comment on a pull request. This module must not decide what breaks.

use std::io::{self, Write};

use super::{arrow, dated, left_out};
use crate::output::place::Place;
use crate::output::visible;
use crate::upgrade::{Group, Upgrade};

/// Writes the report.
pub fn render(upgrade: &Upgrade, out: &mut dyn Write) -> io::Result<()> {
    let Some((from, to)) = upgrade.path.first().zip(upgrade.path.last()) else { return Ok(()) };
    writeln!(out, "## RKE2 {from} → {to}\n")?;
    if from == to {
        return writeln!(out, "The clusters run {to} already.");
    }
    let path: Vec<String> = upgrade.path.iter().map(|release| dated(*release)).collect();
    writeln!(out, "Path: {}", path.join(" → "))?;
    for group in Group::ALL {
        let mut items = upgrade.of(group).peekable();
        if items.peek().is_some() {
            writeln!(out, "\n### {}\n\n| place | what | from |\n|---|---|---|", group.heading())?;
        } else if group == Group::Breaks {
            writeln!(out, "\nNothing breaks.")?;
        }
        for item in items {
            let finding = &upgrade.report.findings[item.finding];
            let Place { path, start, .. } = Place::of(&upgrade.report, finding.primary.span);
            let help = finding.help.as_deref().map_or_else(String::new, |help| format!("<br>{}", cell(help)));
            let url = upgrade.report.rules.get(&finding.rule).and_then(|rule| rule.url.as_deref());
            let rule = match url {
                Some(url) => format!("[{}]({url})", finding.rule),
                None => cell(finding.rule.as_str()),
            };
            let (path, message) = (cell(path), cell(&finding.message));
            writeln!(out, "| {path}:{} | {message}{help}<br>{rule} | {} |", start.line, item.release)?;
        }
    }
    if !upgrade.charts.is_empty() {
        writeln!(out, "\n### Charts\n\n| chart | version |\n|---|---|")?;
    }
    for step in &upgrade.charts {
        let version = |at: Option<&(String, Option<&'static str>)>| at.and_then(|(_, version)| *version);
        let versions = arrow(version(step.versions.first()), version(step.versions.last()));
        writeln!(out, "| {} | {versions} |", step.chart)?;
    }
    if !upgrade.steps.is_empty() {
        writeln!(out, "\n### STEPS\n")?;
    }
    for step in &upgrade.steps {
        writeln!(out, "- [ ] {} ([source]({}))", step.text, step.source)?;
    }
    if let Some(note) = left_out(upgrade) {
        writeln!(out, "\n{note}")?;
    }
    Ok(())
}

/// A text in a cell of a table: on one line, and without the marks that would end the cell or start HTML. Words in
/// backticks stay code.
fn cell(text: &str) -> String {
    let line = visible::line(text.trim()).replace(['\n', '\r'], " ").replace('|', "\\|");
    let mut escaped = String::with_capacity(line.len());
    for (index, part) in line.split('`').enumerate() {
        if index > 0 {
            escaped.push('`');
        }
        if index % 2 == 0 {
            escaped.push_str(
                &part.replace('<', "&lt;").replace('*', "\\*").replace('_', "\\_").replace('[', "\\["),
            );
        } else {
            escaped.push_str(part);
        }
    }
    escaped
}
