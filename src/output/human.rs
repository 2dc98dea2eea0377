//! Findings for people, with excerpts of the source. This module must not decide about colours.

use std::fmt;
use std::io::{self, Write};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use owo_colors::{OwoColorize, Style};

use super::excerpt::{CONTEXT_LINES, Excerpt};
use super::summary::{bold, severity_style};
use super::{RenderOptions, visible};
use crate::finding::{Edit, Finding, Fix, Report, Severity};

/// Writes each finding with the lines it is about, an empty line between two.
pub fn render(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    for (index, finding) in report.findings.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        write_finding(report, finding, options, out)?;
    }
    Ok(())
}

fn write_finding(
    report: &Report,
    finding: &Finding,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let url = report.rules.get(&finding.rule).and_then(|rule| rule.url.as_deref()).map(visible::line);
    let links = options.color && options.hyperlinks;
    let style = severity_style(finding.severity, options);
    let rule = visible::line(finding.rule.as_str());
    let rule = match &url {
        Some(url) if links => format!("\u{1b}]8;;{url}\u{1b}\\{rule}\u{1b}]8;;\u{1b}\\"),
        _ => rule.into_owned(),
    };
    writeln!(out, "{}[{rule}]", finding.severity.style(bold(style, options)))?;

    let excerpt = Excerpt::of(report, finding, options);
    let mut text = String::new();
    let shown = Shown { finding, message: visible::line(&finding.message).into_owned(), excerpt };
    handler(&shown, options).render_report(&mut text, &shown).map_err(io::Error::other)?;
    for line in text.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }

    let footers = [
        (
            "   fix",
            finding.fix.as_ref().filter(|fix| says_more(fix, finding)).map(|fix| visible::line(&fix.message)),
        ),
        ("  note", finding.unit.as_ref().map(|unit| visible::line(&unit.to_string()).into_owned().into())),
        ("  note", omitted(&shown.excerpt).map(Into::into)),
        ("   see", url.filter(|_| !links)),
    ];
    for (word, text) in footers {
        if let Some(text) = text {
            writeln!(out, "{}{text}", format_args!("{word}: ").style(help_style(options)))?;
        }
    }
    Ok(())
}

/// Whether a fix tells something that the help does not: a text to write.
fn says_more(fix: &Fix, finding: &Finding) -> bool {
    let Some(help) = finding.help.as_deref() else { return !fix.message.is_empty() };
    // Every other piece is in backticks: what to write.
    let suggested = || help.split('`').skip(1).step_by(2).filter(|text| !text.is_empty());
    let told = |edit: &Edit| {
        let text = edit.replacement.trim();
        help.contains(text.trim_matches(['"', '\''])) || suggested().any(|words| text.contains(words))
    };
    let is_line = |edit: &Edit| !edit.replacement.contains('\n');
    !help.contains(&fix.message) && fix.edits.iter().any(|edit| is_line(edit) && !told(edit))
}

/// A finding as miette wants it.
#[derive(Debug)]
struct Shown<'a> {
    finding: &'a Finding,
    message: String,
    excerpt: Excerpt,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Info => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.finding.help.as_deref()?;
        Some(Box::new(visible::block(help.trim_end())))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.excerpt.labels()))
    }
}

fn handler(shown: &Shown<'_>, options: &RenderOptions) -> GraphicalReportHandler {
    let mut theme = match (options.unicode, options.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    };
    if options.color {
        // miette goes through these label by label: the primary one gets the colour of the severity.
        let primary = severity_style(shown.finding.severity, options).bold();
        let style = |is_primary| if is_primary { primary } else { Style::new().blue() };
        theme.styles.highlights = shown.excerpt.is_primary().map(style).collect();
        theme.styles.link = Style::new().bold();
    }
    GraphicalReportHandler::new_themed(theme)
        .with_width(options.width.max(40))
        .with_context_lines(CONTEXT_LINES)
        .with_break_words(false)
        .with_urls(false)
}

fn omitted(excerpt: &Excerpt) -> Option<String> {
    match excerpt.omitted() {
        0 => None,
        1 => Some("one more place is related; `--format json` lists it".to_owned()),
        count => Some(format!("{count} more places are related; `--format json` lists them")),
    }
}

fn help_style(options: &RenderOptions) -> Style {
    if options.color { Style::new().cyan() } else { Style::new() }
}
