//! The findings of the JSON document, one per line, for streams. Must not change their structure.

use std::io::{self, Write};

use super::json::FindingDocument;
use super::{RenderOptions, visible};
use crate::finding::Report;

/// Writes each finding as one line of JSON.
pub fn render(report: &Report, _options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        let text = serde_json::to_string(&FindingDocument::of(report, finding))?;
        writeln!(out, "{}", visible::json(&text))?;
    }
    Ok(())
}
