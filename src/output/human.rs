//! Findings for people, with excerpts of the source. Must not decide about colours.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use owo_colors::{OwoColorize, Style};

use super::excerpt::{CONTEXT_LINES, Excerpt};
use super::summary::{bold, severities, severity_style};
use super::{RenderOptions, text, visible};
use crate::finding::{Edit, Finding, Fix, Order, Report, Severity};

/// The minimum terminal width at which the URL of a page is shown.
const ROOM_FOR_ADDRESS: usize = 80;

/// Writes each finding with its excerpt, separated by empty lines. Findings are grouped by their sort order; if there
/// are several groups, they have headings.
pub fn render(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let same = |a: &Finding, b: &Finding| match options.order {
        Order::Path => a.primary.span.file == b.primary.span.file,
        Order::Severity => a.severity == b.severity,
        Order::Rule => a.rule == b.rule,
    };
    let groups: Vec<&[Finding]> = report.findings.chunk_by(same).collect();
    let mut seen = BTreeSet::new();
    for (index, &findings) in groups.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        if groups.len() > 1 {
            writeln!(out, "{}", heading(report, findings, options))?;
            writeln!(out)?;
        }
        for (index, finding) in findings.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            let is_first = seen.insert(&finding.rule);
            write_finding(report, finding, is_first, options, out)?;
        }
    }
    Ok(())
}

/// The heading of a group of findings, with their number: `manifests/a.yaml: 2 errors, 1 warning`.
fn heading(report: &Report, findings: &[Finding], options: &RenderOptions) -> String {
    let counts = severities(findings, options);
    let common = match options.order {
        Order::Path => visible::path(report.sources.get(findings[0].primary.span.file).path()),
        Order::Severity => return counts,
        Order::Rule => visible::line(findings[0].rule.as_str()),
    };
    format!("{}: {counts}", common.style(bold(Style::new(), options)))
}

/// Writes a finding. The URL of a rule's page is written with the first finding of the rule, unless its name is a link.
fn write_finding(
    report: &Report,
    finding: &Finding,
    is_first: bool,
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

    let notes = finding.notes.iter().map(|note| ("  note", Some(visible::line(note))));
    let footers = [
        (
            "   fix",
            finding.fix.as_ref().filter(|fix| says_more(fix, finding)).map(|fix| visible::line(&fix.message)),
        ),
        ("  note", finding.unit.as_ref().map(|unit| visible::line(&unit.to_string()).into_owned().into())),
        ("  note", omitted(&shown.excerpt).map(Into::into)),
        ("   see", url.filter(|_| is_first && !links).map(|url| page(url, finding, options))),
    ];
    for (word, text) in notes.chain(footers) {
        if let Some(text) = text {
            writeln!(out, "{}{text}", format_args!("{word}: ").style(help_style(options)))?;
        }
    }
    Ok(())
}

/// How to reach the page of a rule: its URL, or the command that prints it on a narrow terminal.
fn page<'a>(url: Cow<'a, str>, finding: &Finding, options: &RenderOptions) -> Cow<'a, str> {
    if options.width >= ROOM_FOR_ADDRESS {
        return url;
    }
    Cow::Owned(format!("rke2-lint explain {}", visible::line(finding.rule.as_str())))
}

/// Whether a fix contains a text to write that the help does not mention.
fn says_more(fix: &Fix, finding: &Finding) -> bool {
    let Some(help) = finding.help.as_deref() else { return !fix.message.is_empty() };
    // Every other piece is in backticks, which is the text to write.
    let suggested = || help.split('`').skip(1).step_by(2).filter(|text| !text.is_empty());
    let told = |edit: &Edit| {
        let text = edit.replacement.trim();
        help.contains(text.trim_matches(['"', '\''])) || suggested().any(|words| text.contains(words))
    };
    let is_line = |edit: &Edit| !edit.replacement.contains('\n');
    !help.contains(&fix.message) && fix.edits.iter().any(|edit| is_line(edit) && !told(edit))
}

/// An adapter of a finding to miette's `Diagnostic`.
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
        // miette uses one style per label. The primary label has the colour of the severity.
        let primary = severity_style(shown.finding.severity, options).bold();
        let style = |is_primary| if is_primary { primary } else { Style::new().blue() };
        theme.styles.highlights = shown.excerpt.is_primary().map(style).collect();
        theme.styles.link = Style::new().bold();
    }
    GraphicalReportHandler::new_themed(theme)
        .with_width(options.width.max(40))
        .with_context_lines(CONTEXT_LINES)
        .with_break_words(false)
        .with_word_separator(textwrap::WordSeparator::Custom(text::words))
        .with_word_splitter(textwrap::WordSplitter::NoHyphenation)
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
