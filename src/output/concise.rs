//! One finding per line, for editors and problem matchers. Must not write anything else.

use std::io::{self, Write};

use super::place::Place;
use super::{RenderOptions, text, visible};
use crate::finding::Report;

/// Writes `path:line:col: severity: message (help) [rule/id]` for each finding; a long help is omitted.
pub fn render(report: &Report, _options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        let Place { path, start, .. } = Place::of(report, finding.primary.span);
        writeln!(
            out,
            "{}:{}:{}: {}: {} [{}]",
            visible::path(path),
            start.line,
            start.column,
            finding.severity,
            visible::line(&text::with_short_help(finding)),
            visible::line(finding.rule.as_str()),
        )?;
    }
    Ok(())
}
