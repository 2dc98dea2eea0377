//! One finding a line, for editors and problem matchers. This module must not write anything else.

use std::io::{self, Write};

use super::place::Place;
use super::{RenderOptions, visible};
use crate::finding::Report;

/// Writes `path:line:col: severity: message [rule/id]` for each finding.
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
            visible::line(&finding.message),
            visible::line(finding.rule.as_str()),
        )?;
    }
    Ok(())
}
