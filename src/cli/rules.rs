//! `rke2-lint rules`.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{CLEAN, Failure};
use crate::rule::{self, Rule};

/// Arguments of `rules`.
#[derive(Debug, Args)]
pub struct RulesArguments {
    /// Output format
    #[arg(long, default_value = "table")]
    format: ListFormat,
}

/// Form of a list.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ListFormat {
    /// Columns.
    Table,
    /// A JSON array.
    Json,
}

#[derive(Serialize)]
struct Row<'r> {
    id: &'r str,
    category: &'r str,
    severity: &'static str,
    summary: &'r str,
    fixable: bool,
    default: bool,
    url: Option<&'r str>,
}

/// Prints all built-in rules.
pub fn run(arguments: &RulesArguments) -> Result<u8, Failure> {
    let rules = rule::built_in();
    let rows: Vec<Row<'_>> = rules.iter().map(row).collect();
    let mut out = io::BufWriter::new(io::stdout().lock());
    match arguments.format {
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &rows).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        ListFormat::Table => {
            let width = rows.iter().map(|row| row.id.len()).max().unwrap_or(0);
            for row in &rows {
                let fix = if row.fixable { "fix" } else { "   " };
                let off = if row.default { "" } else { " (off by default)" };
                writeln!(out, "{:width$}  {:7}  {fix}  {}{off}", row.id, row.severity, row.summary)?;
            }
        }
    }
    out.flush()?;
    Ok(CLEAN)
}

fn row(rule: &Rule) -> Row<'_> {
    Row {
        id: rule.info.id.as_str(),
        category: rule.info.id.category(),
        severity: rule.info.severity.as_str(),
        summary: &rule.info.summary,
        fixable: rule.has_fix(),
        default: !rule.off_by_default,
        url: rule.info.url.as_deref(),
    }
}
