//! Markdown for a step summary or a comment: counts, a table of files, collapsible details. A linted file must not be
//! able to inject Markdown, so its text is written as character references.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::place::Place;
use super::summary::{SEVERITIES, severities};
use super::text::counted;
use super::{RenderOptions, text, visible};
use crate::finding::{Finding, Report};

/// GitHub rejects comments of more than 65,536 characters.
const LONGEST: usize = 60_000;

/// Writes a heading with the counts, a table of files, and the findings of each file.
pub fn render(report: &Report, _options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let plain = RenderOptions::default();
    let counts = severities(&report.findings, &plain);
    let counts = if counts.is_empty() { "no findings" } else { &counts };
    writeln!(out, "### rke2-lint: {counts} in {}\n", counted(report.summary.linted, "file"))?;
    if !report.summary.release.is_empty() {
        writeln!(out, "Release {}\n", prose(&report.summary.release))?;
    }
    for problem in &report.problems {
        writeln!(out, "- **not checked**: {}: {}", code(&problem.path), prose(&problem.message))?;
    }
    if !report.problems.is_empty() {
        writeln!(out)?;
    }
    let files = report.by_file();
    if files.is_empty() {
        return Ok(());
    }
    writeln!(out, "| file | errors | warnings | infos |\n|---|---:|---:|---:|")?;
    let mut rest = LONGEST;
    for (path, findings) in &files {
        let numbers = SEVERITIES.map(|severity| {
            let count = findings.iter().filter(|finding| finding.severity == severity).count();
            if count == 0 { String::new() } else { count.to_string() }
        });
        let row = format!("| {} | {} |\n", code(path), numbers.join(" | "));
        rest = rest.saturating_sub(row.len());
        if rest > 0 {
            out.write_all(row.as_bytes())?;
        }
    }
    write_details(report, &files, rest, out)
}

fn write_details(
    report: &Report,
    files: &[(&str, Vec<&Finding>)],
    mut rest: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut left_out = 0;
    for (path, findings) in files {
        let mut table = String::new();
        for finding in findings {
            let row = row(report, finding);
            if row.len() > rest {
                left_out += 1;
                rest = 0;
            } else {
                rest -= row.len();
                table.push_str(&row);
            }
        }
        if table.is_empty() {
            continue;
        }
        let title = format!("{}: {}", code(path), counted(findings.len(), "finding"));
        writeln!(out, "\n<details>\n<summary>{title}</summary>\n")?;
        writeln!(out, "| line | severity | finding | rule |\n|---:|---|---|---|\n{table}\n</details>")?;
    }
    if left_out > 0 {
        writeln!(out, "\n{} not shown.", counted(left_out, "more finding"))?;
    }
    Ok(())
}

/// The rule of a finding, with a link to its page.
pub(super) fn rule(report: &Report, finding: &Finding) -> String {
    let url = report.rules.get(&finding.rule).and_then(|rule| rule.url.as_deref());
    let rule = code(finding.rule.as_str());
    match url {
        // All of our own URLs consist of these characters.
        Some(url) if url.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:/".contains(c)) => {
            format!("[{rule}]({url})")
        }
        _ => rule,
    }
}

/// The help of a finding, on a separate line of a table cell; empty if there is none.
pub(super) fn help(finding: &Finding) -> String {
    let help = finding.help.as_deref().map(|help| format!("<br>help: {}", prose(&text::one_line(help))));
    help.unwrap_or_default()
}

fn row(report: &Report, finding: &Finding) -> String {
    let start = Place::of(report, finding.primary.span).start;
    let mut row = String::new();
    let _ = writeln!(
        row,
        "| {} | {} | {}{} | {} |",
        start.line,
        finding.severity,
        prose(&finding.message),
        help(finding),
        rule(report, finding)
    );
    row
}

/// Renders our own text, in which backticks quote text from linted files, on one line.
pub(super) fn prose(text: &str) -> String {
    let mut parts: Vec<&str> = text.split('`').collect();
    // An unpaired last backtick is literal.
    let lone = if parts.len().is_multiple_of(2) { parts.pop() } else { None };
    let mut out = String::new();
    for (index, part) in parts.into_iter().enumerate() {
        if index % 2 == 1 {
            out.push_str(&code(part));
        } else {
            escape(&visible::line(part), &mut out);
        }
    }
    if let Some(lone) = lone {
        escape(&visible::line(&format!("`{lone}")), &mut out);
    }
    out
}

/// Renders a name or value from a linted file as code.
pub(super) fn code(text: &str) -> String {
    let mut out = String::new();
    escape(&visible::line(text), &mut out);
    // In code, a mention does not notify anyone.
    format!("<code>{}</code>", out.replace(AT, "&#64;"))
}

/// An at sign that does not start a mention.
const AT: &str = "<code>&#64;</code>";

/// Writes every character with a meaning in Markdown, HTML or GitHub as a character reference.
fn escape(text: &str, out: &mut String) {
    let mut before = ' ';
    for c in text.chars() {
        match c {
            ',' | ';' | '(' | ')' | '\'' => out.push(c),
            // `www.` starts a link, and a hyphen may start a list or a rule.
            '.' if !before.eq_ignore_ascii_case(&'w') => out.push(c),
            '-' if before.is_alphanumeric() => out.push(c),
            // GitHub searches for mentions after it has decoded references, but not in code.
            '@' => out.push_str(AT),
            c if c.is_ascii_punctuation() => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
        before = c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_means_nothing_but_itself() {
        assert_eq!(prose("set `a|b` to *x*"), "set <code>a&#124;b</code> to &#42;x&#42;");
        assert_eq!(prose("a ` b <b> @me"), "a &#96; b &#60;b&#62; <code>&#64;</code>me");
        assert_eq!(prose("see www.x.y, http://x, - a-b"), "see www&#46;x.y, http&#58;&#47;&#47;x, &#45; a-b");
        assert_eq!(code("[x](y)\n"), "<code>&#91;x&#93;(y)&#92;n</code>");
    }
}
