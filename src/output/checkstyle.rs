//! Checkstyle XML, which many CI systems read. Must not write elements or attributes that readers do not know.

use std::io::{self, Write};

use super::place::Place;
use super::xml::Document;
use super::{RenderOptions, text};
use crate::finding::Report;

/// The version of Checkstyle that defines this format. Readers only require that it is present.
const CHECKSTYLE_VERSION: &str = "4.3";

/// Writes one `file` element per file with findings.
pub fn render(report: &Report, _options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut xml = Document::new(out)?;
    xml.open("checkstyle", &[("version", CHECKSTYLE_VERSION)])?;
    for (path, findings) in report.by_file() {
        xml.open("file", &[("name", path)])?;
        for finding in findings {
            let start = Place::of(report, finding.primary.span).start;
            xml.empty(
                "error",
                &[
                    ("line", &start.line.to_string()),
                    ("column", &start.column.to_string()),
                    ("severity", finding.severity.as_str()),
                    ("message", &text::with_help(finding)),
                    ("source", &format!("rke2-lint.{}", finding.rule)),
                ],
            )?;
        }
        xml.close("file")?;
    }
    xml.close("checkstyle")?;
    xml.finish()
}
