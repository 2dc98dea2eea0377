//! `rke2-lint rules`.

mod test;
mod why;

use std::io::{self, Write};

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::{CLEAN, Failure};
use crate::rule::{self, Rule};
use crate::settings::check_name;

/// Arguments of `rules`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct RulesArguments {
    /// List only the rules of this category
    category: Option<String>,
    /// List only rules with fixes
    #[arg(long)]
    fixable: bool,
    /// Output format
    #[arg(long, default_value = "table")]
    format: ListFormat,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Test your own rules against the example trees next to them
    #[command(after_help = test::EXAMPLES)]
    Test(test::TestArguments),
}

/// The output format of a list.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ListFormat {
    /// A table in columns.
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

/// Prints the built-in rules, or tests the user's own.
pub fn run(arguments: &RulesArguments) -> Result<u8, Failure> {
    if let Some(Action::Test(arguments)) = &arguments.action {
        return test::run(arguments);
    }
    let rules = rule::built_in();
    let category = arguments.category.as_deref();
    let is_known = |category: &str| rules.iter().any(|rule| rule.info.id.category() == category);
    if let Some(unknown) = category.filter(|category| !is_known(category)) {
        let message = check_name(unknown, &rules).err().map(|error| error.to_string());
        return Err(Failure::Message(
            message
                .unwrap_or_else(|| format!("`{unknown}` is a rule; `rke2-lint explain {unknown}` shows it")),
        ));
    }
    let rows: Vec<Row<'_>> = rules
        .iter()
        .map(row)
        .filter(|row| category.is_none_or(|category| row.category == category))
        .filter(|row| row.fixable || !arguments.fixable)
        .collect();
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
