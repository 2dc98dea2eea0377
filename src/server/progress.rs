//! Reports progress to the editor while a folder is loaded for the first time. Must not load anything.

use lsp_server::{Notification, RequestId, Response};
use lsp_types::notification::{self, Notification as _};
use lsp_types::request::WorkDoneProgressCreate;
use lsp_types::{
    NumberOrString, ProgressParams, ProgressParamsValue, WorkDoneProgress, WorkDoneProgressBegin,
    WorkDoneProgressCreateParams, WorkDoneProgressEnd,
};

use super::session::{ServerError, Session};
use crate::engine::shown;

/// The state of the progress report for a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Telling {
    /// Not reported.
    #[default]
    Silent,
    /// The editor was asked to show it.
    Asked(RequestId),
    /// The editor shows it.
    Shown,
}

fn token(root: usize) -> NumberOrString {
    NumberOrString::String(format!("rke2-lint/load/{root}"))
}

impl Session {
    /// Asks the editor to show the progress of loading a folder.
    pub(super) fn announce(&mut self, root: usize) -> Result<(), ServerError> {
        if self.client.progress {
            let params = WorkDoneProgressCreateParams { token: token(root) };
            self.roots[root].telling = Telling::Asked(self.ask::<WorkDoneProgressCreate>(params)?);
        }
        Ok(())
    }

    /// Begins the report if the editor agrees and the folder is still being loaded.
    pub(super) fn answered(&mut self, response: &Response) -> Result<(), ServerError> {
        let asked = Telling::Asked(response.id.clone());
        let Some(root) = self.roots.iter().position(|root| root.telling == asked) else { return Ok(()) };
        let begins = response.response_result.is_ok() && self.roots[root].checked.is_none();
        self.roots[root].telling = if begins { Telling::Shown } else { Telling::Silent };
        if !begins {
            return Ok(());
        }
        let begin = WorkDoneProgressBegin {
            title: "rke2-lint".to_owned(),
            cancellable: Some(false),
            message: Some(format!("reading {}", shown(&self.roots[root].written))),
            percentage: None,
        };
        self.progress(root, WorkDoneProgress::Begin(begin))
    }

    /// Ends a report that was begun.
    pub(super) fn loaded(&mut self, root: usize, files: usize) -> Result<(), ServerError> {
        if self.roots[root].telling != Telling::Shown {
            return Ok(());
        }
        self.roots[root].telling = Telling::Silent;
        let message = Some(format!("{files} files"));
        self.progress(root, WorkDoneProgress::End(WorkDoneProgressEnd { message }))
    }

    fn progress(&self, root: usize, progress: WorkDoneProgress) -> Result<(), ServerError> {
        let value = ProgressParamsValue::WorkDone(progress);
        let params = ProgressParams { token: token(root), value };
        self.send(Notification::new(notification::Progress::METHOD.to_owned(), params))
    }
}
