//! Pull diagnostics: an answer waits for the check of its document. Must not produce diagnostics itself.

use lsp_server::{ErrorCode, RequestId, Response};
use lsp_types::request::WorkspaceDiagnosticRefresh;
use lsp_types::{
    CancelParams, Diagnostic, DiagnosticOptions, DiagnosticServerCapabilities, DocumentDiagnosticParams,
    DocumentDiagnosticReport, FullDocumentDiagnosticReport, NumberOrString,
    RelatedFullDocumentDiagnosticReport, Uri,
};
use serde_json::Value;

use super::place::path_of;
use super::session::{ServerError, Session};
use crate::engine::absolute;

/// A waiting request with the URI of its document.
pub(super) type Pull = (RequestId, Uri);

/// The capabilities that are announced to an editor that pulls diagnostics.
pub(super) fn provider() -> DiagnosticServerCapabilities {
    DiagnosticServerCapabilities::Options(DiagnosticOptions {
        inter_file_dependencies: true,
        ..DiagnosticOptions::default()
    })
}

impl Session {
    /// Accepts a request for the diagnostics of a document.
    pub(super) fn pull(&mut self, id: RequestId, params: Value) -> Result<(), ServerError> {
        match serde_json::from_value::<DocumentDiagnosticParams>(params) {
            Ok(params) => {
                self.pulls.push((id, params.text_document.uri));
                self.answer_pulls()
            }
            Err(error) => {
                self.send(Response::new_err(id, ErrorCode::InvalidParams as i32, error.to_string()))
            }
        }
    }

    /// Cancels a request that is still waiting.
    pub(super) fn cancel(&mut self, params: CancelParams) -> Result<(), ServerError> {
        let id = match params.id {
            NumberOrString::Number(number) => RequestId::from(number),
            NumberOrString::String(text) => RequestId::from(text),
        };
        let waiting = self.pulls.iter().position(|(pull, _)| *pull == id);
        let Some(waiting) = waiting else { return Ok(()) };
        self.pulls.remove(waiting);
        self.send(Response::new_err(id, ErrorCode::RequestCanceled as i32, "cancelled".to_owned()))
    }

    /// Answers the requests whose documents have been checked.
    pub(super) fn answer_pulls(&mut self) -> Result<(), ServerError> {
        let mut waiting = Vec::new();
        for (id, uri) in std::mem::take(&mut self.pulls) {
            match self.pulled(&uri) {
                Some(items) => {
                    let full_document_diagnostic_report =
                        FullDocumentDiagnosticReport { result_id: None, items };
                    let report = DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport {
                        related_documents: None,
                        full_document_diagnostic_report,
                    });
                    self.send(Response::new_ok(id, report))?;
                }
                None => waiting.push((id, uri)),
            }
        }
        self.pulls = waiting;
        Ok(())
    }

    /// The diagnostics of a document; `None` while its check is running.
    fn pulled(&self, uri: &Uri) -> Option<Vec<Diagnostic>> {
        let open = self.documents.get(uri);
        let path = open.map(|open| open.path.clone()).or_else(|| Some(absolute(&path_of(uri)?)));
        // A URI that is not a file is never checked.
        let Some(root) = path.and_then(|path| self.known_root(&path)) else { return Some(Vec::new()) };
        let root = &self.roots[root];
        let known = root.published.get(uri.as_str());
        match open {
            Some(open) => {
                known.filter(|(version, _)| *version == Some(open.version)).map(|(_, found)| found.clone())
            }
            None => root.checked.as_ref().map(|_| known.map(|(_, found)| found.clone()).unwrap_or_default()),
        }
    }

    /// Asks the editor to pull the diagnostics of its open documents again.
    pub(super) fn refresh(&mut self) -> Result<(), ServerError> {
        self.ask::<WorkspaceDiagnosticRefresh>(()).map(drop)
    }
}
