//! Logging commands that Azure Pipelines turns into issues of a run. A linted file must not be able to inject one.
//!
//! Source: learn.microsoft.com, "Logging commands", section "Log an error or warning"; escaping as in azure-pipelines-task-lib.

use std::io::{self, Write};

use super::place::Place;
use super::{RenderOptions, text, visible};
use crate::finding::{Report, Severity};

/// Writes one logging command for each finding.
pub fn render(report: &Report, _options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        let place = Place::of(report, finding.primary.span);
        // Azure Pipelines has only these two types.
        let kind = if finding.severity == Severity::Error { "error" } else { "warning" };
        writeln!(
            out,
            "##vso[task.logissue type={kind};sourcepath={};linenumber={};columnnumber={};code={}]{}",
            property(place.path),
            place.start.line,
            place.start.column,
            property(finding.rule.as_str()),
            data(&text::with_help(finding)),
        )?;
    }
    Ok(())
}

/// Escapes the text of a command, which is a single line.
fn data(text: &str) -> String {
    visible::line(text).replace('%', "%AZP25")
}

/// Escapes the value of a property, which `;` and `]` would end.
fn property(text: &str) -> String {
    data(text).replace(';', "%3B").replace(']', "%5D")
}
