//! The session with one editor: receives messages, sends texts to workers, publishes their findings. Must not answer
//! requests about documents itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crossbeam_channel::{Receiver, Sender, select, unbounded};
use lsp_server::{Connection, ErrorCode, Message, Notification, ProtocolError, Request, RequestId, Response};
use lsp_types::notification::{self, Notification as _};
use lsp_types::request::{RegisterCapability, Request as _, ShowDocument, Shutdown};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CompletionOptions, Diagnostic,
    DidChangeWatchedFilesRegistrationOptions, DocumentLinkOptions, ExecuteCommandOptions, FileChangeType,
    FileSystemWatcher, GlobPattern, HoverProviderCapability, InitializeParams, LogMessageParams, MessageType,
    OneOf, PublishDiagnosticsParams, Registration, RegistrationParams, SaveOptions, ServerCapabilities,
    ShowDocumentParams, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    TextDocumentSyncSaveOptions, Uri, WorkDoneProgressOptions, WorkspaceFoldersServerCapabilities,
    WorkspaceServerCapabilities,
};
use serde::de::DeserializeOwned;

use super::actions::OPEN_PAGE;
use super::diagnostics::{Look, mistake};
use super::documents::{Documents, Open};
use super::place::{Encoding, path_of, uri_of};
use super::progress::Telling;
use super::pull::{self, Pull};
use super::worker::{Checked, Order, Worker};
use crate::engine::{absolute, shown};
use crate::settings::FILE_NAMES;

/// Why a session ended unexpectedly.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The editor violated the protocol or disconnected.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// A message could not be read or written.
    #[error("invalid message: {0}")]
    Message(#[from] serde_json::Error),
    /// The editor no longer reads messages.
    #[error("the connection to the editor is closed")]
    Closed,
    /// The editor ended the session without a shutdown request.
    #[error("the editor exited without a shutdown request")]
    NoShutdown,
    /// Standard input or output failed, or a thread could not be started.
    #[error(transparent)]
    System(#[from] std::io::Error),
}

/// A folder that is checked.
pub(super) struct Root {
    /// The path as the editor writes it.
    pub written: PathBuf,
    /// The path with symbolic links resolved.
    pub real: PathBuf,
    /// `None` once the folder is closed.
    pub worker: Option<Worker>,
    /// Whether the editor opened the folder, not only a file in it.
    pub is_folder: bool,
    /// The result of the last check.
    pub checked: Option<Checked>,
    /// The published diagnostics by URI, with the version of the document.
    pub published: BTreeMap<String, Published>,
    pub telling: Telling,
}

pub(super) type Published = (Option<i32>, Vec<Diagnostic>);

/// The state of a session.
pub(super) struct Session {
    sender: Sender<Message>,
    pub results: Sender<Checked>,
    pub encoding: Encoding,
    pub documents: Documents,
    pub roots: Vec<Root>,
    pub client: Client,
    /// Requests for diagnostics that wait for a check.
    pub pulls: Vec<Pull>,
    sent: i32,
}

/// The capabilities and preferences of the editor.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a capability of its own")]
pub(super) struct Client {
    pub related: bool,
    pub versioned: bool,
    pub opens_pages: bool,
    pub hints: bool,
    /// It pulls the diagnostics of open documents, and supports requests to refresh them.
    pub pulls: bool,
    /// It shows progress.
    pub progress: bool,
    watches: bool,
}

/// Serves an editor over a connection until it ends the session.
///
/// # Errors
/// See [`ServerError`].
pub fn serve(connection: &Connection) -> Result<(), ServerError> {
    let (id, params) = connection.initialize_start()?;
    // Read from the raw JSON, because the types of `lsp-types` use a different name for it.
    let refreshes = params.pointer("/capabilities/workspace/diagnostics/refreshSupport");
    let refreshes = refreshes.and_then(serde_json::Value::as_bool).unwrap_or(false);
    let params: InitializeParams = serde_json::from_value(params)?;
    let client = Client::of(&params, refreshes);
    let encoding = Encoding::chosen(&params.capabilities);
    let result = serde_json::json!({
        "capabilities": capabilities(encoding, client),
        "serverInfo": { "name": "rke2-lint", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, result)?;
    let (results, checked) = unbounded();
    let mut session = Session {
        sender: connection.sender.clone(),
        results,
        encoding,
        documents: Documents::default(),
        roots: Vec::new(),
        client,
        pulls: Vec::new(),
        sent: 0,
    };
    session.open_folders(&params)?;
    session.watch()?;
    session.run(connection, &checked)
}

fn capabilities(encoding: Encoding, client: Client) -> ServerCapabilities {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
        ..TextDocumentSyncOptions::default()
    };
    let actions = CodeActionOptions {
        code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, CodeActionKind::SOURCE_FIX_ALL]),
        ..CodeActionOptions::default()
    };
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some([" ", "-", ":"].map(str::to_owned).into()),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(actions)),
        document_link_provider: Some(DocumentLinkOptions {
            resolve_provider: Some(false),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        diagnostic_provider: client.pulls.then(pull::provider),
        inlay_hint_provider: Some(OneOf::Left(true)),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: vec![OPEN_PAGE.to_owned()],
            ..ExecuteCommandOptions::default()
        }),
        ..ServerCapabilities::default()
    }
}

impl Client {
    fn of(params: &InitializeParams, refreshes: bool) -> Self {
        let capabilities = &params.capabilities;
        let text = capabilities.text_document.as_ref();
        let workspace = capabilities.workspace.as_ref();
        let edit = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
        let watch = workspace.and_then(|workspace| workspace.did_change_watched_files);
        let window = capabilities.window.as_ref();
        Self {
            related: text
                .and_then(|text| text.publish_diagnostics.as_ref()?.related_information)
                .unwrap_or(false),
            versioned: edit.and_then(|edit| edit.document_changes).unwrap_or(false),
            opens_pages: window
                .and_then(|window| window.show_document.as_ref())
                .is_some_and(|show| show.support),
            hints: wants_hints(params.initialization_options.as_ref()),
            pulls: refreshes && text.is_some_and(|text| text.diagnostic.is_some()),
            progress: window.and_then(|window| window.work_done_progress).unwrap_or(false),
            watches: watch.and_then(|watch| watch.dynamic_registration).unwrap_or(false),
        }
    }
}

/// Whether the client's options enable inlay hints: `{"inlayHints": true}`, at the top level or under `rke2-lint`.
fn wants_hints(options: Option<&serde_json::Value>) -> bool {
    let wants = |options: &serde_json::Value| options.get("inlayHints").and_then(serde_json::Value::as_bool);
    options.and_then(|options| wants(options).or_else(|| wants(options.get("rke2-lint")?))).unwrap_or(false)
}

impl Session {
    fn run(&mut self, connection: &Connection, checked: &Receiver<Checked>) -> Result<(), ServerError> {
        let mut is_shut_down = false;
        loop {
            select! {
                recv(connection.receiver) -> message => {
                    // The editor closed the connection.
                    let Ok(message) = message else { return Ok(()) };
                    match message {
                        Message::Notification(told) if told.method == notification::Exit::METHOD => {
                            return if is_shut_down { Ok(()) } else { Err(ServerError::NoShutdown) };
                        }
                        Message::Request(Request { id, .. }) if is_shut_down => {
                            let reason = "the server is shut down".to_owned();
                            self.send(Response::new_err(id, ErrorCode::InvalidRequest as i32, reason))?;
                        }
                        _ if is_shut_down => {}
                        Message::Request(Request { id, method, .. }) if method == Shutdown::METHOD => {
                            is_shut_down = true;
                            self.send(Response::new_ok(id, serde_json::Value::Null))?;
                        }
                        Message::Request(request) => self.request(request)?,
                        Message::Notification(notification) => self.notified(notification)?,
                        Message::Response(response) => self.answered(&response)?,
                    }
                }
                recv(checked) -> checked => {
                    if let Ok(checked) = checked {
                        self.publish(checked)?;
                    }
                }
            }
        }
    }

    /// Asks the editor to report changes on disk.
    fn watch(&mut self) -> Result<(), ServerError> {
        if !self.client.watches {
            return Ok(());
        }
        let watcher =
            |glob: &str| FileSystemWatcher { glob_pattern: GlobPattern::String(glob.to_owned()), kind: None };
        let options = DidChangeWatchedFilesRegistrationOptions { watchers: vec![watcher("**/*")] };
        let registration = Registration {
            id: "files".to_owned(),
            method: notification::DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: Some(serde_json::to_value(options)?),
        };
        self.ask::<RegisterCapability>(RegistrationParams { registrations: vec![registration] }).map(drop)
    }

    pub fn ask<R: lsp_types::request::Request>(
        &mut self,
        params: R::Params,
    ) -> Result<RequestId, ServerError> {
        self.sent += 1;
        let id = RequestId::from(self.sent);
        let params = serde_json::to_value(params)?;
        self.send(Request { id: id.clone(), method: R::METHOD.to_owned(), params })?;
        Ok(id)
    }

    pub fn send(&self, message: impl Into<Message>) -> Result<(), ServerError> {
        self.sender.send(message.into()).map_err(|_| ServerError::Closed)
    }

    fn request(&mut self, request: Request) -> Result<(), ServerError> {
        let Request { id, method, params } = request;
        if method == lsp_types::request::DocumentDiagnosticRequest::METHOD {
            return self.pull(id, params);
        }
        if method == lsp_types::request::ExecuteCommand::METHOD {
            let page = params.pointer("/arguments/0").and_then(|url| url.as_str()?.parse::<Uri>().ok());
            if let Some(uri) = page.filter(|_| params["command"] == OPEN_PAGE) {
                let external = Some(true);
                self.ask::<ShowDocument>(ShowDocumentParams {
                    uri,
                    external,
                    take_focus: None,
                    selection: None,
                })?;
            }
            return self.send(Response::new_ok(id, serde_json::Value::Null));
        }
        let response = match self.answer(&method, params) {
            Some(Ok(result)) => Response::new_ok(id, result),
            Some(Err(error)) => Response::new_err(id, ErrorCode::InvalidParams as i32, error.to_string()),
            None => {
                Response::new_err(id, ErrorCode::MethodNotFound as i32, format!("{method} is not supported"))
            }
        };
        self.send(response)
    }

    /// Handles a notification. One with invalid parameters is logged and has no effect, because it has no answer.
    fn notified(&mut self, notification: Notification) -> Result<(), ServerError> {
        let method = notification.method.clone();
        match self.notification(notification) {
            Err(ServerError::Message(error)) => {
                let params = LogMessageParams {
                    typ: MessageType::WARNING,
                    message: format!("{method}: invalid parameters: {error}"),
                };
                self.send(Notification::new(notification::LogMessage::METHOD.to_owned(), params))
            }
            other => other,
        }
    }

    fn notification(&mut self, notification: Notification) -> Result<(), ServerError> {
        match notification.method.as_str() {
            notification::DidOpenTextDocument::METHOD => {
                let params: lsp_types::DidOpenTextDocumentParams = params(notification)?;
                let document = params.text_document;
                let opened = self.documents.open(document.uri, document.version, document.text);
                if let Some(order) = opened.map(order) {
                    self.tell(order)?;
                }
            }
            notification::DidChangeTextDocument::METHOD => {
                let params: lsp_types::DidChangeTextDocumentParams = params(notification)?;
                let lsp_types::VersionedTextDocumentIdentifier { uri, version } = params.text_document;
                let changed = self.documents.change(&uri, version, params.content_changes, self.encoding);
                if let Some(order) = changed.map(order) {
                    self.tell(order)?;
                }
            }
            notification::DidCloseTextDocument::METHOD => {
                let params: lsp_types::DidCloseTextDocumentParams = params(notification)?;
                if let Some(open) = self.documents.close(&params.text_document.uri) {
                    self.tell((open.path, Order::Text(open.source.path().to_owned(), None)))?;
                    self.answer_pulls()?;
                }
            }
            notification::DidSaveTextDocument::METHOD => {
                let params: lsp_types::DidSaveTextDocumentParams = params(notification)?;
                self.on_disk(&params.text_document.uri, FileChangeType::CHANGED);
            }
            notification::DidChangeWatchedFiles::METHOD => {
                let params: lsp_types::DidChangeWatchedFilesParams = params(notification)?;
                for change in params.changes {
                    self.on_disk(&change.uri, change.typ);
                }
            }
            notification::Cancel::METHOD => {
                let params: lsp_types::CancelParams = params(notification)?;
                self.cancel(params)?;
            }
            notification::DidChangeWorkspaceFolders::METHOD => {
                let params: lsp_types::DidChangeWorkspaceFoldersParams = params(notification)?;
                self.folders_changed(&params.event)?;
            }
            notification::DidChangeConfiguration::METHOD => {
                let params: lsp_types::DidChangeConfigurationParams = params(notification)?;
                self.client.hints = wants_hints(Some(&params.settings));
            }
            _ => {}
        }
        Ok(())
    }

    pub fn tell(&mut self, (path, order): (PathBuf, Order)) -> Result<(), ServerError> {
        let root = self.root_of(&path)?;
        self.roots[root].tell(order);
        Ok(())
    }

    /// Handles a change on disk.
    fn on_disk(&mut self, uri: &Uri, change: FileChangeType) {
        let Some(path) = path_of(uri) else { return };
        let path = absolute(&path);
        let Some(root) = self.known_root(&path) else { return };
        // Ignore changes in git's own folder.
        if path.components().any(|part| part.as_os_str() == ".git") {
            return;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name_shown = shown(&path);
        let order = if FILE_NAMES.contains(&name.as_str()) {
            Order::Settings
        } else if change == FileChangeType::DELETED {
            Order::Removed(name_shown)
        } else {
            Order::Touched(name_shown)
        };
        self.roots[root].tell(order);
    }

    /// The URI of a file by its shown name.
    pub fn address(&self, name: &str) -> Option<Uri> {
        if let Some(open) = self.documents.shown(name) {
            return Some(open.uri.clone());
        }
        let path = std::path::absolute(name).ok()?;
        let root = self.known_root(&path).map(|number| &self.roots[number]);
        let path = root
            .and_then(|root| Some(root.written.join(path.strip_prefix(&root.real).ok()?)))
            .unwrap_or(path);
        uri_of(&path)
    }

    /// Publishes diagnostics that have changed, and those of each new version of an open document.
    fn publish(&mut self, checked: Checked) -> Result<(), ServerError> {
        if self.roots[checked.root].worker.is_none() {
            return Ok(());
        }
        let mut now = self.found(&checked);
        let mut before = std::mem::take(&mut self.roots[checked.root].published);
        let gone = before.keys().filter(|address| !now.contains_key(*address));
        let gone: Vec<(String, Uri)> =
            gone.filter_map(|address| Some((address.clone(), address.parse().ok()?))).collect();
        now.extend(gone.into_iter().map(|(address, uri)| (address, (uri, Vec::new()))));
        let mut published = BTreeMap::new();
        let mut is_news = false;
        for (address, (uri, diagnostics)) in now {
            let old = before.remove(&address);
            let open = self.documents.get(&uri);
            let version = open.map(|open| open.version);
            let is_stale = open.is_some_and(|open| {
                checked.versions.get(open.source.path()) != Some(&open.version)
                    && !FILE_NAMES.contains(&open.source.file_name())
            });
            // The document has changed since, and a check of the new version follows.
            if is_stale {
                published.extend(old.map(|old| (address, old)));
                continue;
            }
            let new = (version, diagnostics);
            let differs = old.as_ref() != Some(&new);
            if self.client.pulls && version.is_some() {
                let is_asked = self.pulls.iter().any(|(_, pulled)| *pulled == uri);
                is_news |= !is_asked && old.as_ref().is_none_or(|(_, found)| *found != new.1);
                // Its diagnostics were pushed before it was opened; now the editor pulls them.
                if old.is_some_and(|(version, found)| version.is_none() && !found.is_empty()) {
                    self.push(uri, Vec::new(), None)?;
                }
            } else if differs && !(old.is_none() && version.is_none() && new.1.is_empty()) {
                self.push(uri, new.1.clone(), version)?;
            }
            if version.is_some() || !new.1.is_empty() {
                published.insert(address, new);
            }
        }
        let (number, files) = (checked.root, checked.report.summary.linted);
        let root = &mut self.roots[number];
        root.published = published;
        root.checked = Some(checked);
        self.answer_pulls()?;
        if is_news {
            self.refresh()?;
        }
        self.loaded(number, files)
    }

    pub fn push(
        &self,
        uri: Uri,
        diagnostics: Vec<Diagnostic>,
        version: Option<i32>,
    ) -> Result<(), ServerError> {
        let params = PublishDiagnosticsParams { uri, diagnostics, version };
        self.send(Notification::new(notification::PublishDiagnostics::METHOD.to_owned(), params))
    }

    /// The diagnostics of a check by URI, with an entry for each file with findings and for each open document.
    fn found(&self, checked: &Checked) -> BTreeMap<String, (Uri, Vec<Diagnostic>)> {
        let address = |name: &str| self.address(name);
        let look = Look { encoding: self.encoding, related: self.client.related, address: &address };
        let mut found = look.report(&checked.report);
        for (name, mistakes) in &checked.mistakes {
            found.entry(name).or_default().extend(mistakes.iter().map(mistake));
        }
        for name in checked.versions.keys() {
            found.entry(name).or_default();
        }
        let placed = found.into_iter().filter_map(|(name, diagnostics)| {
            let uri = self.address(name)?;
            Some((uri.as_str().to_owned(), (uri, diagnostics)))
        });
        placed.collect()
    }
}

pub(super) fn order(open: &Open) -> (PathBuf, Order) {
    let text = (open.source.text().to_owned(), open.version);
    (open.path.clone(), Order::Text(open.source.path().to_owned(), Some(text)))
}

fn params<P: DeserializeOwned>(notification: Notification) -> Result<P, serde_json::Error> {
    serde_json::from_value(notification.params)
}
