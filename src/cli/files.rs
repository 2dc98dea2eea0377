//! `rke2-lint files`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::check::{TreeArguments, prepare};
use super::rules::ListFormat;
use super::{CLEAN, FAILED, Failure, unless_closed};
use crate::engine::lint;
use crate::finding::{Considered, Report};
use crate::output::{self, RenderOptions};

/// Arguments of `files`.
#[derive(Debug, Args)]
pub struct FilesArguments {
    /// Files and folders
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Output format
    #[arg(long, default_value = "table")]
    format: ListFormat,
    #[command(flatten)]
    tree: TreeArguments,
}

#[derive(Serialize)]
struct Row<'r> {
    status: &'static str,
    #[serde(flatten)]
    file: &'r Considered,
}

/// Lists every file that was considered. The exit code is 2 if some could not be read.
pub fn run(arguments: &FilesArguments) -> Result<u8, Failure> {
    let (settings, _) = prepare::settings(&arguments.tree.files)?;
    let mut options = prepare::tree_options(&arguments.tree, &settings, Vec::new())?;
    options.listing = true;
    let report = lint(&arguments.paths, Vec::new(), &options);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match arguments.format {
        ListFormat::Json => json(&report, &mut out),
        ListFormat::Table if report.files.is_empty() => Ok(()),
        ListFormat::Table => output::write_files(&report, &mut out),
    };
    unless_closed(written.and_then(|()| out.flush()))?;
    unless_closed(output::write_problems(&report, &RenderOptions::default(), &mut io::stderr().lock()))?;
    Ok(if report.problems.is_empty() { CLEAN } else { FAILED })
}

fn json(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let status = |file: &Considered| if file.skipped.is_some() { "skipped" } else { "linted" };
    let rows: Vec<Row<'_>> = report.files.iter().map(|file| Row { status: status(file), file }).collect();
    serde_json::to_writer_pretty(&mut *out, &rows)?;
    writeln!(out)
}
