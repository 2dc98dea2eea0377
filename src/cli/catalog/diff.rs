//! `rke2-lint catalog diff`: what changes from one release to another.

use std::io::{self, BufWriter, Write};

use clap::Args;

use super::{json, known_release, message, unknown_chart, written};
use crate::catalog::{self, ChartChange, ChartDiff, ReleaseDiff, Scalar};
use crate::cli::rules::ListFormat;
use crate::cli::{CLEAN, Failure};
use crate::release::Release;

/// Arguments of `catalog diff`.
#[derive(Debug, Args)]
pub struct DiffArguments {
    /// Old release: `v1.34.2+rke2r1`, `v1.34.2`, `1.34`, `stable` or `latest`
    from: String,
    /// New release
    to: String,
    /// Show only this packaged chart, with all its new values
    chart: Option<String>,
    /// Output format
    #[arg(long, default_value = "table")]
    format: ListFormat,
}

/// Prints what changes.
pub fn run(arguments: &DiffArguments) -> Result<u8, Failure> {
    let (from, to) = (known_release(&arguments.from)?, known_release(&arguments.to)?);
    if let Some(chart) = &arguments.chart {
        let ships = |release| catalog::chart_version(release, chart).is_some();
        if catalog::chart(chart).is_none() {
            return Err(unknown_chart(chart));
        }
        if !ships(from) && !ships(to) {
            return Err(message(format!("neither {from} nor {to} ships {chart}")));
        }
    }
    let diff = ReleaseDiff::between(from, to, arguments.chart.as_deref());
    let mut out = BufWriter::new(io::stdout().lock());
    match arguments.format {
        ListFormat::Json => json(&mut out, &diff)?,
        ListFormat::Table => table(&mut out, &diff, arguments)?,
    }
    out.flush()?;
    Ok(CLEAN)
}

fn table(out: &mut impl Write, diff: &ReleaseDiff, arguments: &DiffArguments) -> io::Result<()> {
    writeln!(out, "{} → {}", dated(diff.from), dated(diff.to))?;
    if !diff.components.is_empty() {
        writeln!(out, "\ncomponents")?;
        let width = diff.components.iter().map(|change| change.name.len()).max().unwrap_or(0);
        for change in &diff.components {
            let known = |version: Option<&'static str>| version.unwrap_or("not known");
            writeln!(out, "  {:width$}  {} → {}", change.name, known(change.before), known(change.after))?;
        }
    }
    if !diff.charts.is_empty() {
        writeln!(out, "\ncharts")?;
    }
    let width = diff.charts.iter().map(|change| change.chart.len()).max().unwrap_or(0);
    for change in &diff.charts {
        writeln!(out, "  {:width$}  {}", change.chart, arrow(change.before, change.after))?;
        if let Some(values) = &change.values {
            chart(out, change, values, arguments)?;
        }
    }
    if diff.components.is_empty() && diff.charts.is_empty() {
        writeln!(out, "\nno changes")?;
    }
    Ok(())
}

fn chart(
    out: &mut impl Write,
    change: &ChartChange,
    values: &ChartDiff,
    arguments: &DiffArguments,
) -> io::Result<()> {
    for rename in &values.renamed {
        writeln!(out, "    renamed  {} → {}", written(&rename.from), written(&rename.to))?;
    }
    for path in &values.gone {
        writeln!(out, "    removed  {}", written(path))?;
    }
    for change in &values.defaults {
        let word =
            |value: &Option<Scalar>| value.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
        let (before, after) = (word(&change.before), word(&change.after));
        writeln!(out, "    default  {}: {before} → {after}", written(&change.path))?;
    }
    // New values cannot break anything, so they are listed only if a chart is given.
    if arguments.chart.is_some() {
        for path in &values.new {
            writeln!(out, "    added    {}", written(path))?;
        }
    } else if !values.new.is_empty() {
        let (count, from, to) = (values.new.len(), &arguments.from, &arguments.to);
        writeln!(
            out,
            "    added    {count}, listed by `rke2-lint catalog diff {from} {to} {}`",
            change.chart
        )?;
    }
    Ok(())
}

fn arrow(before: Option<&str>, after: Option<&str>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => format!("{before} → {after}"),
        (None, Some(after)) => format!("added, {after}"),
        (Some(before), None) => format!("removed, was {before}"),
        (None, None) => String::new(),
    }
}

fn dated(release: Release) -> String {
    catalog::date(release).map_or_else(|| release.to_string(), |date| format!("{release} ({date})"))
}
