//! The human-readable report about an upgrade. Must not decide what breaks.

use std::io::{self, Write};

use owo_colors::{OwoColorize, Style};

use super::{arrow, counted, dated, left_out, releases};
use crate::finding::Finding;
use crate::output::place::Place;
use crate::output::{RenderOptions, visible};
use crate::upgrade::{Group, Item, Upgrade};

/// Writes the report.
pub fn render(upgrade: &Upgrade, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let Some((from, to)) = upgrade.path.first().zip(upgrade.path.last()) else { return Ok(()) };
    let text = Text { color: options.color };
    if from == to {
        return writeln!(out, "The clusters run {to} already");
    }
    writeln!(out, "{}", text.bold(&format!("{from} → {to}")))?;
    heading(&text, "PATH", None, out)?;
    for release in &upgrade.path {
        let note = match upgrade.from.iter().find(|start| start.release == *release) {
            Some(start) if upgrade.from.len() > 1 => {
                let names = start.clusters.join(", ");
                format!("  today in {} (from {})", visible::line(&names), visible::line(&start.source))
            }
            Some(start) => format!("  today (from {})", visible::line(&start.source)),
            None => String::new(),
        };
        writeln!(out, "  {}{note}", dated(*release))?;
    }
    changes(upgrade, &text, out)?;
    for group in Group::ALL {
        items(upgrade, group, &text, out)?;
    }
    if !upgrade.steps.is_empty() {
        heading(&text, "STEPS", None, out)?;
        for step in &upgrade.steps {
            writeln!(out, "  - {}\n    {}", step.text, text.dim(&step.source))?;
        }
    }
    writeln!(out, "\n{}", summary(upgrade))?;
    if let Some(note) = left_out(upgrade) {
        writeln!(out, "{note}")?;
    }
    Ok(())
}

/// Writes the components and charts whose version changes.
fn changes(upgrade: &Upgrade, text: &Text, out: &mut dyn Write) -> io::Result<()> {
    let components = upgrade.components.iter().filter(|change| change.after.is_some());
    let components: Vec<(&str, String)> =
        components.map(|change| (change.name, arrow(change.before, change.after))).collect();
    let version = |at: Option<&(String, Option<&'static str>)>| at.and_then(|(_, version)| *version);
    let charts = upgrade.charts.iter();
    let charts: Vec<(&str, String)> = charts
        .map(|step| (step.chart, arrow(version(step.versions.first()), version(step.versions.last()))))
        .collect();
    for (name, rows) in [("COMPONENTS", components), ("CHARTS", charts)] {
        if rows.is_empty() {
            continue;
        }
        heading(text, name, None, out)?;
        let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, versions) in rows {
            writeln!(out, "  {name:width$}  {versions}")?;
        }
    }
    Ok(())
}

/// Writes the items of a group, by file.
fn items(upgrade: &Upgrade, group: Group, text: &Text, out: &mut dyn Write) -> io::Result<()> {
    let items: Vec<&Item> = upgrade.of(group).collect();
    if items.is_empty() {
        return Ok(());
    }
    heading(text, group.heading(), Some(group), out)?;
    let mut last = None;
    for item in items {
        let finding = &upgrade.report.findings[item.finding];
        let place = Place::of(&upgrade.report, finding.primary.span);
        if last != Some(place.path) {
            writeln!(out, "  {}", text.bold(&visible::line(place.path)))?;
            last = Some(place.path);
        }
        let at = format!("{}:{}", place.start.line, place.start.column);
        writeln!(out, "    {at}  {}", visible::line(&finding.message))?;
        let indent = at.len() + 6;
        for line in notes(item, finding) {
            writeln!(out, "{:indent$}{line}", "")?;
        }
    }
    Ok(())
}

fn notes(item: &Item, finding: &Finding) -> Vec<String> {
    let help = finding.help.as_deref().map(|help| format!("help: {}", visible::line(help.trim_end())));
    let unit = finding.unit.as_ref().map(|unit| format!("note: {}", visible::line(&unit.to_string())));
    let since = format!("{} [{}]", releases(item), visible::line(finding.rule.as_str()));
    help.into_iter().chain(unit).chain([since]).collect()
}

/// The number of items in each group.
fn summary(upgrade: &Upgrade) -> String {
    let counts = Group::ALL.into_iter().map(|group| (group, upgrade.of(group).count()));
    let words: Vec<String> = counts
        .filter(|(group, count)| *count > 0 || *group == Group::Breaks)
        .map(|(group, count)| match group {
            Group::Breaks if count == 0 => "nothing breaks".to_owned(),
            Group::Breaks if count == 1 => "1 setting breaks".to_owned(),
            Group::Breaks => format!("{count} settings break"),
            Group::Changes => counted(count, "change"),
            Group::Cleanup => format!("{count} to clean up"),
            Group::New => format!("{count} new"),
        })
        .collect();
    let files = counted(upgrade.report.summary.linted, "file");
    format!("{} in {files}", words.join(", "))
}

fn heading(text: &Text, name: &str, group: Option<Group>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}", text.heading(name, group))
}

/// Formats text with or without colour.
struct Text {
    color: bool,
}

impl Text {
    fn styled(&self, words: &str, style: Style) -> String {
        if self.color { words.style(style).to_string() } else { words.to_owned() }
    }

    fn bold(&self, words: &str) -> String {
        self.styled(words, Style::new().bold())
    }

    fn dim(&self, words: &str) -> String {
        self.styled(words, Style::new().dimmed())
    }

    fn heading(&self, words: &str, group: Option<Group>) -> String {
        let style = Style::new().bold();
        self.styled(
            words,
            match group {
                Some(Group::Breaks) => style.red(),
                Some(Group::Changes) => style.yellow(),
                Some(Group::Cleanup) => style.cyan(),
                Some(Group::New) => style.green(),
                None => style,
            },
        )
    }
}
