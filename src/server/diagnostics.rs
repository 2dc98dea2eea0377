//! Converts findings to diagnostics of the protocol. Must not produce findings itself.

use std::collections::BTreeMap;

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString, Position, Range, Uri,
};

use super::place::Encoding;
use crate::finding::{Finding, Label, Report, Severity};
use crate::settings::Mistake;
use crate::source::Span;

/// The `source` of diagnostics.
pub const SOURCE: &str = "rke2-lint";
/// The rule about unused ignore comments, which editors show faded.
const UNUSED: &str = "suppress/unused-ignore";

/// Options for the conversion to diagnostics.
pub struct Look<'l> {
    /// The position encoding.
    pub encoding: Encoding,
    /// Whether the client shows related places.
    pub related: bool,
    /// The URI of a file by its shown name.
    pub address: &'l dyn Fn(&str) -> Option<Uri>,
}

impl Look<'_> {
    /// The diagnostics of a report, by the shown names of files.
    pub fn report<'r>(&self, report: &'r Report) -> BTreeMap<&'r str, Vec<Diagnostic>> {
        let mut by_file: BTreeMap<&str, Vec<Diagnostic>> = BTreeMap::new();
        for finding in &report.findings {
            let path = report.sources.get(finding.primary.span.file).path();
            by_file.entry(path).or_default().push(self.finding(finding, report));
        }
        by_file
    }

    /// The diagnostic of a finding.
    pub fn finding(&self, finding: &Finding, report: &Report) -> Diagnostic {
        let rule = finding.rule.as_str();
        let address = report.rules.get(&finding.rule).and_then(|rule| rule.url.as_deref()?.parse().ok());
        let mut message = finding.message.clone();
        let labelled = [&finding.primary].into_iter().filter(|label| !label.message.is_empty());
        for words in labelled.map(|label| &label.message).chain(&finding.help) {
            message.push('\n');
            message.push_str(words);
        }
        let related: Vec<DiagnosticRelatedInformation> =
            finding.related.iter().filter_map(|label| self.related(label, report)).collect();
        Diagnostic {
            range: self.range(finding.primary.span, report),
            severity: Some(match finding.severity {
                Severity::Error => DiagnosticSeverity::ERROR,
                Severity::Warning => DiagnosticSeverity::WARNING,
                Severity::Info => DiagnosticSeverity::INFORMATION,
            }),
            code: Some(NumberOrString::String(rule.to_owned())),
            code_description: address.map(|href| CodeDescription { href }),
            source: Some(SOURCE.to_owned()),
            message,
            related_information: Some(related).filter(|related| self.related && !related.is_empty()),
            tags: (rule == UNUSED).then(|| vec![DiagnosticTag::UNNECESSARY]),
            data: None,
        }
    }

    fn related(&self, label: &Label, report: &Report) -> Option<DiagnosticRelatedInformation> {
        let uri = (self.address)(report.sources.get(label.span.file).path())?;
        let message = if label.message.is_empty() { "see also" } else { &label.message };
        Some(DiagnosticRelatedInformation {
            location: Location { uri, range: self.range(label.span, report) },
            message: message.to_owned(),
        })
    }

    fn range(&self, span: Span, report: &Report) -> Range {
        self.encoding.range(report.sources.get(span.file), span.range())
    }
}

/// The diagnostic of a mistake in the settings.
pub fn mistake(mistake: &Mistake) -> Diagnostic {
    // The text may no longer be available to convert the column, and a column in characters is close enough.
    let start = Position::new(mistake.at.line as u32 - 1, mistake.at.column as u32 - 1);
    Diagnostic {
        range: Range { start, end: start },
        severity: Some(DiagnosticSeverity::ERROR),
        source: Some(SOURCE.to_owned()),
        message: mistake.message.clone(),
        ..Diagnostic::default()
    }
}
