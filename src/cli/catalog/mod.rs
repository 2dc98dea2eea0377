//! `rke2-lint catalog`.

mod diff;

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;
use walkdir::WalkDir;

use crate::catalog::{
    self, ChartTable, ReleaseSpan, ShippedChart, Types, ValueRow, import_archive, import_files, list_release,
    list_values, suggest,
};
use crate::cli::rules::ListFormat;
use crate::cli::{CLEAN, Failure};
use crate::read;
use crate::release::Release;
use crate::source::MAX_FILE_BYTES;

/// Arguments of `catalog`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct CatalogArguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// RKE2 release: `v1.34.2+rke2r1`, `v1.34.2`, `1.34`, `stable` or `latest` [default: the newest known]
    release: Option<String>,
    /// Output format
    #[arg(long, default_value = "table")]
    format: ListFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what changes between two releases: charts, their values and defaults, components
    Diff(diff::DiffArguments),
    /// List the values that a packaged chart accepts
    Values(ValuesArguments),
    /// Extract the values that charts accept
    Import(ImportArguments),
}

#[derive(Debug, Args)]
struct ValuesArguments {
    /// Packaged chart, such as rke2-cilium
    chart: String,
    /// Only this value and those under it: `hubble.relay`
    path: Option<String>,
    /// RKE2 release; without it, the values of all known releases
    #[arg(long, value_name = "V")]
    rke2_version: Option<String>,
    /// Output format
    #[arg(long, default_value = "table")]
    format: ListFormat,
}

#[derive(Debug, Args)]
struct ImportArguments {
    /// Chart folders and archives (`.tgz`) of one chart
    #[arg(required = true)]
    charts: Vec<PathBuf>,
}

/// Prints facts of the catalogue.
pub fn run(arguments: &CatalogArguments) -> Result<u8, Failure> {
    match &arguments.command {
        None => release_table(arguments.release.as_deref(), arguments.format),
        Some(Command::Diff(arguments)) => diff::run(arguments),
        Some(Command::Values(arguments)) => values_table(arguments),
        Some(Command::Import(arguments)) => import(&arguments.charts),
    }
}

#[derive(Serialize)]
struct ReleaseList {
    release: String,
    charts: Vec<ShippedChart>,
}

fn release_table(text: Option<&str>, format: ListFormat) -> Result<u8, Failure> {
    let release = match text {
        Some(text) => known_release(text)?,
        None => *catalog::releases().last().ok_or_else(|| message("the catalogue is empty"))?,
    };
    let charts = list_release(release);
    let mut out = BufWriter::new(io::stdout().lock());
    match format {
        ListFormat::Json => json(&mut out, &ReleaseList { release: release.to_string(), charts })?,
        ListFormat::Table => {
            writeln!(out, "{release}")?;
            let width = charts.iter().map(|shipped| shipped.chart.len()).max().unwrap_or(0);
            for shipped in charts {
                writeln!(out, "  {:width$}  {}", shipped.chart, shipped.version)?;
            }
        }
    }
    out.flush()?;
    Ok(CLEAN)
}

/// Parses a release. One that is newer than the catalogue is an error.
fn known_release(text: &str) -> Result<Release, Failure> {
    let spec = catalog::spec(text).map_err(message)?;
    let resolved = catalog::resolve(spec).map_err(message)?;
    if let Some(warning) = resolved.warning() {
        writeln!(io::stderr(), "warning: {warning}")?;
    }
    Ok(resolved.data)
}

#[derive(Serialize)]
struct ValueList<'a> {
    chart: &'a str,
    release: Option<String>,
    version: Option<&'static str>,
    values: Vec<ValueRow>,
}

fn values_table(arguments: &ValuesArguments) -> Result<u8, Failure> {
    let chart = arguments.chart.as_str();
    if !catalog::charts().any(|known| known == chart) {
        return Err(unknown_chart(chart));
    }
    let release = arguments.rke2_version.as_deref().map(known_release).transpose()?;
    let path = arguments.path.as_deref().map(elements).unwrap_or_default();
    let rows = list_values(chart, &path, release).ok_or_else(|| match release {
        Some(release) => message(format!(
            "{release} does not ship {chart}; `rke2-lint catalog {release}` lists its charts"
        )),
        None => unknown_chart(chart),
    })?;
    if rows.is_empty() {
        return Err(unknown_path(chart, &path, release));
    }
    let version = release.and_then(|release| catalog::chart_version(release, chart));
    let mut out = BufWriter::new(io::stdout().lock());
    match arguments.format {
        ListFormat::Json => {
            let release = release.map(|release| release.to_string());
            json(&mut out, &ValueList { chart, release, version, values: rows })?;
        }
        ListFormat::Table => {
            let cells: Vec<[String; 4]> = rows.iter().map(cells).collect();
            let width = |column: usize| {
                cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0).min(60)
            };
            let (path, types, default) = (width(0), width(1), width(2));
            for [a, b, c, d] in &cells {
                let line = format!("{a:path$}  {b:types$}  {c:default$}  {d}");
                writeln!(out, "{}", line.trim_end())?;
            }
        }
    }
    out.flush()?;
    Ok(CLEAN)
}

fn cells(row: &ValueRow) -> [String; 4] {
    let mut types = if row.types == Types::UNKNOWN { "any".to_owned() } else { row.types.to_string() };
    if row.open {
        types += ", open";
    }
    if row.injected {
        types += ", set by RKE2";
    }
    let default = row.default.as_ref().map(ToString::to_string).unwrap_or_default();
    let releases: Vec<String> = row.releases.iter().map(ReleaseSpan::to_string).collect();
    [written(&row.path), types, default, releases.join(", ")]
}

/// A dotted path; an element that itself contains dots is quoted.
fn written(path: &[String]) -> String {
    let quoted = |element: &String| {
        if element.contains('.') { format!("\"{element}\"") } else { element.clone() }
    };
    path.iter().map(quoted).collect::<Vec<_>>().join(".")
}

/// The elements of a path: split at dots, except in quotes.
fn elements(text: &str) -> Vec<String> {
    let mut elements = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => elements.push(String::new()),
            c => {
                if let Some(last) = elements.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    elements.retain(|element| !element.is_empty());
    elements
}

fn unknown_chart(name: &str) -> Failure {
    let near = catalog::charts()
        .map(|chart| {
            let short = chart.strip_prefix("rke2-").unwrap_or(chart);
            let distance = |known: &str| strsim::damerau_levenshtein(known, name);
            (distance(chart).min(distance(short)), chart)
        })
        .min()
        .filter(|(distance, _)| *distance * 3 <= name.len());
    message(match near {
        Some((_, near)) => format!("unknown RKE2 chart `{name}`; did you mean `{near}`?"),
        None => {
            format!("unknown RKE2 chart `{name}`; `rke2-lint catalog` lists the charts of the newest release")
        }
    })
}

fn unknown_path(chart: &str, path: &[String], release: Option<Release>) -> Failure {
    let shown = written(path);
    let view = match release {
        Some(release) => catalog::chart_at(release, chart),
        None => catalog::chart(chart).and_then(catalog::ChartValues::newest),
    };
    if view.is_some_and(|view| view.lookup(path).is_accepted()) {
        return message(format!("{chart} accepts any key at `{shown}`: it is in a free-form map"));
    }
    let near = view.and_then(|view| suggest(view, path).into_iter().next());
    let at = release.map_or_else(String::new, |release| format!(" of {release}"));
    message(match near {
        Some(near) => format!("{chart}{at} has no value `{shown}`; did you mean `{}`?", written(&near.path)),
        None => format!("{chart}{at} has no value `{shown}`"),
    })
}

fn import(charts: &[PathBuf]) -> Result<u8, Failure> {
    let mut table: Option<ChartTable> = None;
    for path in charts {
        let next = import_one(path)?;
        table = Some(match table {
            Some(known) if known.name() != next.name() => {
                return Err(message(format!(
                    "{} is the chart `{}`, not `{}`; import one chart at a time",
                    path.display(),
                    next.name(),
                    known.name()
                )));
            }
            Some(known) => known.merge(&next),
            None => next,
        });
    }
    let mut out = io::stdout().lock();
    if let Some(table) = table {
        out.write_all(table.to_neutral().as_bytes())?;
    }
    out.flush()?;
    Ok(CLEAN)
}

fn import_one(path: &Path) -> Result<ChartTable, Failure> {
    let failed =
        |error: &dyn std::fmt::Display| message(format!("cannot import {}: {error}", path.display()));
    if !path.is_dir() {
        return import_archive(&read::regular(path, MAX_FILE_BYTES).map_err(|error| failed(&error))?)
            .map_err(|error| failed(&error));
    }
    let mut files = BTreeMap::new();
    for entry in WalkDir::new(path).sort_by_file_name() {
        let entry = entry.map_err(|error| failed(&error))?;
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(path).unwrap_or(entry.path());
            let bytes = read::regular(entry.path(), MAX_FILE_BYTES).map_err(|error| failed(&error))?;
            files.insert(name.to_string_lossy().replace('\\', "/"), bytes);
        }
    }
    import_files(files).map_err(|error| failed(&error))
}

fn json(out: &mut impl Write, value: &impl Serialize) -> Result<(), Failure> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

fn message(error: impl std::fmt::Display) -> Failure {
    Failure::Message(error.to_string())
}
