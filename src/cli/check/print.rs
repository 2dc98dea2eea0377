//! Writes a report: findings to standard output or files, all else to standard error.

use std::fs;
use std::io::{self, BufWriter, IsTerminal as _, Write};

use super::arguments::{CheckArguments, FormatArgument};
use crate::cli::{Failure, unless_closed};
use crate::finding::Report;
use crate::output::{self, Format, RenderOptions};

/// Lines longer than this are hard to read, however wide the terminal is.
const WIDEST: usize = 120;
/// So many gone entries of a baseline are named.
const MOST_GONE: usize = 10;

/// Where findings go that no file was named for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Findings {
    /// To standard output.
    ToStdout,
    /// To standard error: standard output takes a fixed text.
    ToStderr,
}

/// Writes all that a run has to say. Whoever stops reading one stream does not keep the rest from being written.
pub fn print(
    report: &Report,
    arguments: &CheckArguments,
    baseline: Option<&str>,
    findings: Findings,
) -> Result<(), Failure> {
    let words = for_stderr(arguments);
    let options = if findings == Findings::ToStdout { for_stdout(arguments) } else { words };
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
            output::render(*format, report, &RenderOptions::default(), &mut out).map_err(failed)?;
            out.flush().map_err(failed)?;
        } else if findings == Findings::ToStderr {
            unless_closed(output::render(*format, report, &options, &mut errors))?;
        } else {
            let mut out = BufWriter::new(io::stdout().lock());
            let written = output::render(*format, report, &options, &mut out);
            unless_closed(written.and_then(|()| out.flush()))?;
        }
    }
    unless_closed(beside(report, arguments, baseline, &words, &mut errors))
}

/// Writes the inputs that could not be worked on.
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
    if arguments.statistics {
        output::write_statistics(report, words, errors)?;
    }
    if arguments.quiet {
        return Ok(());
    }
    let left_out = output::write_left_out(report, words, errors)?;
    if let Some(baseline) = baseline {
        gone(report, baseline, errors)?;
    }
    if arguments.no_summary {
        return Ok(());
    }
    if report.summary.linted == 0 && report.problems.is_empty() && report.findings.is_empty() {
        // Each named file has its line already.
        return if left_out { Ok(()) } else { output::write_nothing(report, errors) };
    }
    output::write_summary(report, words, errors)
}

fn gone(report: &Report, baseline: &str, errors: &mut dyn Write) -> io::Result<()> {
    let count = report.gone.len();
    if count == 0 {
        return Ok(());
    }
    let words = if count == 1 { "finding of the baseline is" } else { "findings of the baseline are" };
    writeln!(errors, "info: {count} {words} gone: `--write-baseline {baseline}` writes it anew")?;
    for record in report.gone.iter().take(MOST_GONE) {
        let line = format!("  {}: {} [{}]", record.path, record.message, record.rule);
        // The file may have been written by anyone.
        let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        writeln!(errors, "{line}")?;
    }
    if count > MOST_GONE {
        writeln!(errors, "  and {} more", count - MOST_GONE)?;
    }
    Ok(())
}

fn for_stdout(arguments: &CheckArguments) -> RenderOptions {
    let stdout = io::stdout();
    let color = arguments.color.applies(&stdout);
    let mut options = RenderOptions { color, ..RenderOptions::default() };
    options.hyperlinks = color && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout);
    if let Some((terminal_size::Width(width), _)) = terminal_size::terminal_size_of(&stdout) {
        options.width = usize::from(width).min(WIDEST);
    }
    options
}

pub fn for_stderr(arguments: &CheckArguments) -> RenderOptions {
    RenderOptions { color: arguments.color.applies(&io::stderr()), ..RenderOptions::default() }
}
