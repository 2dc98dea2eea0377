//! Writes everything but the findings: the summary line, grouped and skipped files, problems. Must not decide where it
//! is written.

use std::io::{self, Write};

use owo_colors::{OwoColorize, Style};

use super::text::counted;
use super::{RenderOptions, visible};
use crate::finding::{Considered, Finding, Fixed, Member, Problem, Report, Safety, Severity};

/// Writes the summary line: `3 errors, 1 warning in 12 files (2 clusters; release …); 4 files were templates`.
///
/// # Errors
/// Whatever `out` returns.
pub fn write_summary(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let summary = &report.summary;
    write!(out, "{} in {}", found(report, options), counted(summary.linted, "file"))?;
    let mut context = Vec::new();
    if summary.clusters > 0 {
        context.push(counted(summary.clusters, "cluster"));
    }
    if !summary.release.is_empty() {
        context.push(format!("release {}", visible::line(&summary.release)));
    }
    if !context.is_empty() {
        write!(out, " ({})", context.join("; "))?;
    }
    let templates = if summary.templated == 1 { "file was a template" } else { "files were templates" };
    let notes = [
        (summary.templated, format!("{} {templates}", summary.templated)),
        (summary.suppressed, format!("{} suppressed", counted(summary.suppressed, "finding"))),
        (summary.other, format!("{} skipped", counted(summary.other, "other file"))),
        (report.problems.len(), counted(report.problems.len(), "problem")),
    ];
    for (_, note) in notes.iter().filter(|(count, _)| *count > 0) {
        write!(out, "; {note}")?;
    }
    writeln!(out)?;
    write_fixed(report, out)?;
    write_fixable(report, out)
}

/// Writes how much a run without `--diff` would change.
///
/// # Errors
/// Whatever `out` returns.
pub fn write_would_fix(fixed: Fixed, out: &mut dyn Write) -> io::Result<()> {
    let Fixed { findings, ignored, files } = fixed;
    let files = counted(files, "file");
    if findings > 0 {
        writeln!(out, "Would fix {} in {files}", counted(findings, "finding"))?;
    }
    if ignored > 0 {
        writeln!(out, "Would add ignore comments for {} in {files}", counted(ignored, "finding"))?;
    }
    if findings + ignored == 0 { writeln!(out, "Nothing to change") } else { Ok(()) }
}

/// Writes places whose fix was not applied, each with the reason.
///
/// # Errors
/// Whatever `out` returns.
pub fn write_refused(
    notes: &[(String, String)],
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let word = "note".style(bold(severity_style(Severity::Info, options), options));
    for (place, reason) in notes {
        writeln!(out, "{word}: {}: not changed: {}", visible::line(place), visible::line(reason))?;
    }
    Ok(())
}

/// Writes how much was changed: `Fixed 3 findings in 2 files`.
fn write_fixed(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Some(Fixed { findings, ignored, files }) = report.summary.fixed else { return Ok(()) };
    if findings > 0 {
        writeln!(out, "Fixed {} in {}", counted(findings, "finding"), counted(files, "file"))?;
    }
    if ignored > 0 {
        writeln!(
            out,
            "Added ignore comments for {} in {}",
            counted(ignored, "finding"),
            counted(files, "file")
        )?;
    }
    Ok(())
}

/// Writes how much can be fixed: `3 fixable with --fix, 2 more with --unsafe-fixes`.
fn write_fixable(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    match (report.fixable(Safety::Safe), report.fixable(Safety::Unsafe)) {
        (0, 0) => Ok(()),
        (safe, 0) => writeln!(out, "{safe} fixable with --fix"),
        (0, unsafe_ones) => writeln!(out, "{unsafe_ones} fixable with --fix --unsafe-fixes"),
        (safe, unsafe_ones) => {
            writeln!(out, "{safe} fixable with --fix, {unsafe_ones} more with --unsafe-fixes")
        }
    }
}

/// Writes how files were grouped and which were skipped, for `-v`.
///
/// # Errors
/// Whatever `out` returns.
pub fn write_listing(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let heading = bold(Style::new(), options);
    for group in &report.groups {
        let release = match group.release.as_str() {
            "" => String::new(),
            release => format!(" (release {})", visible::line(release)),
        };
        writeln!(out, "{} {}{release}", "cluster".style(heading), visible::line(&group.name))?;
        let longest = |text: &dyn Fn(&Member) -> usize| group.members.iter().map(text).max().unwrap_or(0);
        let role_width = longest(&|member| member.role.chars().count());
        let path_width = longest(&|member| visible::line(&member.path).chars().count());
        for Member { path, unit, role, tie } in &group.members {
            let (role, path) = (visible::line(role), visible::line(path));
            match unit.as_deref().or(tie.as_deref()) {
                Some(words) => {
                    writeln!(out, "  {role:role_width$}  {path:path_width$}  {}", visible::line(words))?;
                }
                None => writeln!(out, "  {role:role_width$}  {path}")?,
            }
        }
        for (path, reason) in &group.left_out {
            writeln!(out, "  apart from {}: {}", visible::line(path), visible::line(reason))?;
        }
    }
    if !report.skipped.is_empty() {
        writeln!(out, "{}", "skipped".style(heading))?;
    }
    for (path, reason) in &report.skipped {
        writeln!(out, "  {}: {}", visible::line(path), visible::line(reason))?;
    }
    Ok(())
}

/// The maximum number of files that were not linted that are listed.
const MOST_LEFT_OUT: usize = 5;

/// Writes the files that the user named and that were not linted, one per line. Returns whether there are any.
///
/// # Errors
/// Whatever `out` returns.
pub fn write_left_out(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<bool> {
    // A commit hook passes every changed file, so files unrelated to RKE2 are only counted.
    let is_unexpected = |file: &&Considered| file.named && !(file.is_foreign && report.summary.linted > 0);
    let left_out = report.files.iter().filter(is_unexpected);
    let left_out = left_out.filter_map(|file| Some((file, file.skipped.as_ref()?)));
    let word = "warning".style(bold(severity_style(Severity::Warning, options), options));
    let mut count = 0;
    for (file, reason) in left_out {
        count += 1;
        if count > MOST_LEFT_OUT {
            continue;
        }
        let help = file.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        writeln!(
            out,
            "{word}: {} was not linted: {}{help}",
            visible::line(&file.path),
            visible::line(reason)
        )?;
    }
    if count > MOST_LEFT_OUT {
        let more = counted(count - MOST_LEFT_OUT, "more file");
        writeln!(out, "{word}: {more} not linted; `rke2-lint files` lists the reasons")?;
    }
    Ok(count > 0)
}

/// Writes a table of all files that were considered: path, status, kind, place, cluster and release.
///
/// # Errors
/// Whatever `out` returns.
pub fn write_files(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = vec![["PATH", "STATUS", "KIND", "PLACE", "CLUSTER", "RELEASE"].map(str::to_owned)];
    for file in &report.files {
        let cell =
            |text: &Option<String>| text.as_deref().map_or("-".to_owned(), |text| visible::line(text).into());
        let status = match &file.skipped {
            Some(reason) => format!("skipped: {}", visible::line(reason)),
            None => "linted".to_owned(),
        };
        let (path, kind) = (visible::line(&file.path).into(), visible::line(&file.kind).into());
        rows.push([path, status, kind, cell(&file.place), cell(&file.cluster), cell(&file.release)]);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

/// Writes that there was nothing to lint, and which files mention RKE2 even so.
///
/// # Errors
/// Whatever `out` returns.
pub fn write_nothing(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let skipped = match report.summary.other + report.summary.templated {
        0 => "no files".to_owned(),
        count => format!("{} skipped; -v lists the reasons", counted(count, "file")),
    };
    writeln!(
        out,
        "nothing to lint: no config.yaml, registries.yaml, HelmChart or HelmChartConfig of RKE2 found ({skipped})"
    )?;
    for (path, reason) in &report.traces {
        writeln!(out, "  {}: {}", visible::line(path), visible::line(reason))?;
    }
    Ok(())
}

/// Writes the paths that the user named and that were skipped, one per line.
///
/// # Errors
/// Whatever `out` returns.
pub fn write_passed_over(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for (path, reason) in &report.passed_over {
        writeln!(out, "{}: not linted: {}", visible::line(path), visible::line(reason))?;
    }
    Ok(())
}

/// Writes settings that have no effect, one per line.
///
/// # Errors
/// Whatever `out` returns.
pub fn write_unused(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let word = "warning".style(bold(severity_style(Severity::Warning, options), options));
    for Problem { path, message } in &report.unused {
        writeln!(out, "{word}: {}: {}", visible::line(path), visible::line(message))?;
    }
    Ok(())
}

/// Writes the inputs that could not be processed, one per line.
///
/// # Errors
/// Whatever `out` returns.
pub fn write_problems(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    for problem in &report.problems {
        let word = "error".style(bold(severity_style(Severity::Error, options), options));
        let path = visible::line(&problem.path);
        writeln!(out, "{word}: {path}: {}", visible::line(&problem.message))?;
    }
    Ok(())
}

/// The severities, worst first.
pub(super) const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];

/// The colour of a severity; plain if colours are off.
pub(super) fn severity_style(severity: Severity, options: &RenderOptions) -> Style {
    match severity {
        _ if !options.color => Style::new(),
        Severity::Error => Style::new().red(),
        Severity::Warning => Style::new().yellow(),
        Severity::Info => Style::new().cyan(),
    }
}

/// The style in bold; unchanged if colours are off.
pub(super) fn bold(style: Style, options: &RenderOptions) -> Style {
    if options.color { style.bold() } else { style }
}

fn found(report: &Report, options: &RenderOptions) -> String {
    let parts = severities(&report.findings, options);
    if parts.is_empty() { "no findings".to_owned() } else { parts }
}

/// The number of findings of each severity, worst first: `3 errors, 1 warning`.
pub(super) fn severities(findings: &[Finding], options: &RenderOptions) -> String {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let parts: Vec<String> = SEVERITIES
        .into_iter()
        .map(|severity| (severity, count(severity)))
        .filter(|&(_, count)| count > 0)
        .map(|(severity, count)| {
            let style = bold(severity_style(severity, options), options);
            counted(count, severity.as_str()).style(style).to_string()
        })
        .collect();
    parts.join(", ")
}
