//! Writes a report: findings to standard output or files, everything else to standard error.

use std::fs;
use std::io::{self, BufWriter, IsTerminal as _, Write};

use super::arguments::{CheckArguments, FormatArgument};
use crate::cli::{Failure, unless_closed};
use crate::engine::UNKNOWN_RELEASE;
use crate::finding::Report;
use crate::output::{self, Format, RenderOptions};

/// Lines longer than this are hard to read, however wide the terminal is.
const WIDEST: usize = 120;
/// The maximum number of obsolete baseline entries that are listed.
const MOST_GONE: usize = 10;

/// Where findings are written if `--format` does not name a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Findings {
    /// To standard output.
    ToStdout,
    /// To standard error, because standard output is for the fixed text.
    ToStderr,
}

/// Writes all output of a run. If one stream is closed, the others are still written.
pub fn print(
    report: &Report,
    arguments: &CheckArguments,
    baseline: Option<&str>,
    findings: Findings,
) -> Result<(), Failure> {
    let words = for_stderr(arguments);
    let options = if findings == Findings::ToStdout { for_stdout(arguments) } else { words };
    let files =
        RenderOptions { unicode: !arguments.ascii, order: arguments.sort, ..RenderOptions::default() };
    let mut errors = io::stderr().lock();
    if arguments.verbose {
        unless_closed(output::write_listing(report, &words, &mut errors))?;
    }
    let terminal = io::stdout().is_terminal();
    let default =
        [FormatArgument { format: if terminal { Format::Human } else { Format::Concise }, file: None }];
    let formats = if arguments.format.is_empty() { &default[..] } else { &arguments.format };
    for FormatArgument { format, file } in formats {
        if let Some(file) = file {
            let failed =
                |error: io::Error| Failure::Message(format!("cannot write {}: {error}", file.display()));
            let mut out = BufWriter::new(fs::File::create(file).map_err(failed)?);
            output::render(*format, report, &files, &mut out).map_err(failed)?;
            out.flush().map_err(failed)?;
        } else if findings == Findings::ToStderr {
            unless_closed(write(*format, report, arguments, &options, &mut errors))?;
        } else {
            let mut out = BufWriter::new(io::stdout().lock());
            let written = write(*format, report, arguments, &options, &mut out);
            unless_closed(written.and_then(|()| out.flush()))?;
        }
    }
    let is_human = |argument: &FormatArgument| argument.format == Format::Human && argument.file.is_none();
    if terminal && formats.iter().any(is_human) && !report.findings.is_empty() && !arguments.statistics {
        // An empty line separates the summary from the last finding.
        unless_closed(if arguments.quiet { Ok(()) } else { writeln!(errors) })?;
    }
    unless_closed(beside(report, arguments, baseline, &words, &mut errors))
}

/// Writes the findings in a format, or the statistics instead.
fn write(
    format: Format,
    report: &Report,
    arguments: &CheckArguments,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        _ if !arguments.statistics => output::render(format, report, options, out),
        Format::Json => output::write_statistics_json(report, out),
        _ => output::write_statistics(report, options, out),
    }
}

/// Writes the inputs that could not be processed.
pub fn problems(report: &Report, arguments: &CheckArguments) -> Result<(), Failure> {
    unless_closed(output::write_problems(report, &for_stderr(arguments), &mut io::stderr().lock()))
}

fn beside(
    report: &Report,
    arguments: &CheckArguments,
    baseline: Option<&str>,
    words: &RenderOptions,
    errors: &mut dyn Write,
) -> io::Result<()> {
    output::write_problems(report, words, errors)?;
    if !arguments.quiet {
        output::write_passed_over(report, errors)?;
    }
    if arguments.quiet {
        return Ok(());
    }
    output::write_unused(report, words, errors)?;
    let left_out = output::write_left_out(report, words, errors)?;
    if let Some(baseline) = baseline {
        gone(report, baseline, errors)?;
    }
    if arguments.no_summary {
        return Ok(());
    }
    if report.summary.linted == 0 && report.findings.is_empty() {
        // A line has already been printed for each problem and each skipped file that was named.
        let is_said = left_out || !report.problems.is_empty();
        return if is_said { Ok(()) } else { output::write_nothing(report, errors) };
    }
    output::write_summary(report, words, errors)?;
    if report.summary.release.starts_with(UNKNOWN_RELEASE) && io::stderr().is_terminal() {
        writeln!(
            errors,
            "For findings of your release, add --rke2-version or set rke2-version in .rke2-lint.yaml"
        )?;
    }
    Ok(())
}

fn gone(report: &Report, baseline: &str, errors: &mut dyn Write) -> io::Result<()> {
    let count = report.gone.len();
    if count == 0 {
        return Ok(());
    }
    let words =
        if count == 1 { "baseline entry no longer matches" } else { "baseline entries no longer match" };
    writeln!(errors, "info: {count} {words}; run `--write-baseline {baseline}` to update the baseline")?;
    for record in report.gone.iter().take(MOST_GONE) {
        let line = format!("  {}: {} [{}]", record.path, record.message, record.rule);
        // The text comes from a file that anyone may have written.
        let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        writeln!(errors, "{line}")?;
    }
    if count > MOST_GONE {
        writeln!(errors, "  and {} more", count - MOST_GONE)?;
    }
    Ok(())
}

pub fn for_stdout(arguments: &CheckArguments) -> RenderOptions {
    let stdout = io::stdout();
    let color = arguments.color.applies(&stdout);
    let mut options = RenderOptions {
        color,
        unicode: draws_unicode(arguments),
        order: arguments.sort,
        ..RenderOptions::default()
    };
    options.hyperlinks = color && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout);
    if let Some((terminal_size::Width(width), _)) = terminal_size::terminal_size_of(&stdout) {
        options.width = usize::from(width).min(WIDEST);
    }
    options
}

pub fn for_stderr(arguments: &CheckArguments) -> RenderOptions {
    RenderOptions {
        color: arguments.color.applies(&io::stderr()),
        unicode: draws_unicode(arguments),
        order: arguments.sort,
        ..RenderOptions::default()
    }
}

/// Whether the terminal presumably displays more than ASCII. A missing locale does not count against it, because
/// containers and CI systems have none and display UTF-8.
fn draws_unicode(arguments: &CheckArguments) -> bool {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let is_dumb = set("TERM").is_some_and(|term| term == "dumb");
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    let is_utf8 = locale.is_none_or(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8"));
    !arguments.ascii && !is_dumb && is_utf8
}
