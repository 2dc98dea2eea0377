//! The report about an upgrade as Markdown, for a comment on a pull request. Must not decide what breaks.

use std::io::{self, Write};

use super::{arrow, dated, left_out, releases};
use crate::output::markdown::{code, help, prose, rule};
use crate::output::place::Place;
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
            writeln!(out, "\n### {}\n\n| place | what | releases |\n|---|---|---|", group.heading())?;
        } else if group == Group::Breaks {
            writeln!(out, "\nNothing breaks.")?;
        }
        for item in items {
            let finding = &upgrade.report.findings[item.finding];
            let Place { path, start, .. } = Place::of(&upgrade.report, finding.primary.span);
            let (message, help) = (prose(&finding.message), help(finding));
            let (path, rule) = (code(path), rule(&upgrade.report, finding));
            writeln!(out, "| {path}:{} | {message}{help}<br>{rule} | {} |", start.line, releases(item))?;
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
