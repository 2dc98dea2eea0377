//! A report as a single HTML file with search, filters and excerpts. It loads nothing and runs only the script below.
//! Must write all text through maud, which escapes it.

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::excerpt::{Piece, source_lines};
use super::place::Place;
use super::summary::{SEVERITIES, severities};
use super::text::counted;
use super::{RenderOptions, visible};
use crate::finding::{Finding, Report};

const STYLE: &str = include_str!("html/report.css");
const SCRIPT: &str = include_str!("html/report.js");

/// Writes the page.
pub fn render(report: &Report, _options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", page(report).into_string())
}

fn page(report: &Report) -> Markup {
    let counts = severities(&report.findings, &RenderOptions::default());
    let counts = if counts.is_empty() { "no findings" } else { &counts };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // A second barrier, in case text from a linted file becomes markup.
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
                title { "rke2-lint: " (counts) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "rke2-lint" }
                    p { (counts) " in " (counted(report.summary.linted, "file")) }
                    @if !report.summary.release.is_empty() {
                        p.quiet { "release " (visible::line(&report.summary.release)) }
                    }
                }
                @if !report.problems.is_empty() { (problems(report)) }
                @if report.findings.is_empty() { main { p { "Nothing was found." } } }
                @else { (filters(report)) (findings(report)) }
                footer.quiet { "rke2-lint " (env!("CARGO_PKG_VERSION")) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

fn problems(report: &Report) -> Markup {
    html! {
        section.problems {
            h2 { "Not checked" }
            ul {
                @for problem in &report.problems {
                    li { code { (visible::line(&problem.path)) } ": " (visible::line(&problem.message)) }
                }
            }
        }
    }
}

fn filters(report: &Report) -> Markup {
    let mut rules: Vec<(&str, usize)> = Vec::new();
    for finding in &report.findings {
        match rules.iter_mut().find(|(rule, _)| *rule == finding.rule.as_str()) {
            Some((_, count)) => *count += 1,
            None => rules.push((finding.rule.as_str(), 1)),
        }
    }
    rules.sort_unstable();
    html! {
        form.filters {
            input type="search" id="search" placeholder="search" aria-label="search findings";
            select id="rule" aria-label="rule" {
                option value="" { "all rules" }
                @for (rule, count) in &rules {
                    option value=(visible::line(rule)) { (visible::line(rule)) " (" (count) ")" }
                }
            }
            @for severity in SEVERITIES {
                @let count = report.count(severity);
                @if count > 0 {
                    label.(severity.as_str()) {
                        input type="checkbox" name="severity" value=(severity.as_str()) checked;
                        " " (counted(count, severity.as_str()))
                    }
                }
            }
            output id="shown" {}
        }
    }
}

fn findings(report: &Report) -> Markup {
    html! {
        main {
            @for (path, findings) in report.by_file() {
                details.file open {
                    summary { code { (visible::line(path)) } " " span.quiet { (counted(findings.len(), "finding")) } }
                    @for finding in findings { (article(report, finding)) }
                }
            }
        }
    }
}

fn article(report: &Report, finding: &Finding) -> Markup {
    let rule = visible::line(finding.rule.as_str());
    let url = report.rules.get(&finding.rule).and_then(|rule| rule.url.as_deref());
    let place = Place::of(report, finding.primary.span).start;
    html! {
        article.(finding.severity.as_str()) data-rule=(rule) data-severity=(finding.severity.as_str()) {
            p.message {
                span.severity { (finding.severity.as_str()) }
                " " (prose(&visible::line(&finding.message)))
            }
            p.quiet {
                (place.line) ":" (place.column) " "
                @match url.filter(|url| url.starts_with("https://")) {
                    Some(url) => a href=(url) rel="noreferrer" { (rule) },
                    None => (rule),
                }
            }
            (excerpt(report, finding))
            @if let Some(help) = &finding.help {
                p.help { b { "help: " } span { (prose(visible::block(help).trim_end())) } }
            }
            @if let Some(unit) = &finding.unit { p.quiet { (visible::line(&unit.to_string())) } }
        }
    }
}

/// Renders text in backticks as code.
fn prose(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    let is_closed = parts.len() % 2 == 1;
    html! {
        @for (index, part) in parts.iter().enumerate() {
            @if index % 2 == 0 { (part) }
            @else if is_closed || index + 1 < parts.len() { code { (part) } }
            @else { "`" (part) }
        }
    }
}

fn excerpt(report: &Report, finding: &Finding) -> Markup {
    let own = report.sources.get(finding.primary.span.file).path();
    html! {
        @for chunk in source_lines(report, finding) {
            @if chunk.path != own { p.other { code { (visible::line(&chunk.path)) } } }
            @if !chunk.lines.is_empty() {
                div.excerpt {
                    @for line in &chunk.lines {
                        div.line {
                            span.number { (line.number) }
                            code {
                                @for piece in &line.pieces {
                                    @match piece {
                                        Piece::Plain(text) => (text),
                                        Piece::Mark { text, is_primary } => {
                                            mark.related[!is_primary] { (text) }
                                        },
                                    }
                                }
                            }
                        }
                        @for label in &line.labels {
                            div.label { span.number {} span.words { (prose(label)) } }
                        }
                    }
                }
            }
        }
    }
}
