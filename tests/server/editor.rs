//! A simulated editor: sends the user's actions and records the server's messages.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;
use std::thread::{self, JoinHandle};

use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use lsp_types::{CompletionItem, CompletionTextEdit, Diagnostic, TextEdit, Uri, WorkspaceEdit};
use serde_json::{Value, json};

/// An editor with one folder.
pub struct Editor {
    connection: Connection,
    server: Option<JoinHandle<()>>,
    folder: tempfile::TempDir,
    pub root: PathBuf,
    sent: i32,
    versions: BTreeMap<String, i32>,
    /// The server's answer to `initialize`.
    pub capabilities: Value,
    /// The published diagnostics by path within the folder, with the document version.
    pub published: BTreeMap<String, (Option<i32>, Vec<Diagnostic>)>,
    /// The requests of the server.
    pub asked: Vec<Request>,
    /// The progress messages about loading the folder.
    pub progress: Vec<String>,
}

impl Editor {
    /// Opens a folder with these files.
    pub fn open(files: &[(&str, &str)]) -> Self {
        Self::with(files, &["utf-16"], &Value::Null)
    }

    /// Like [`Self::open`], with position encodings and options.
    pub fn with(files: &[(&str, &str)], encodings: &[&str], options: &Value) -> Self {
        Self::start(files, encodings, options, false)
    }

    /// An editor that pulls diagnostics and shows progress.
    pub fn that_pulls(files: &[(&str, &str)]) -> Self {
        Self::start(files, &["utf-16"], &Value::Null, true)
    }

    fn start(files: &[(&str, &str)], encodings: &[&str], options: &Value, pulls: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        for (path, text) in files {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        }
        let (connection, server) = Connection::memory();
        let server = thread::spawn(move || rke2_lint::server::serve(&server).unwrap());
        let mut editor = Self {
            connection,
            server: Some(server),
            folder,
            root: root.clone(),
            sent: 0,
            versions: BTreeMap::new(),
            capabilities: Value::Null,
            published: BTreeMap::new(),
            asked: Vec::new(),
            progress: Vec::new(),
        };
        let address = format!("file://{}", root.display());
        let mut params = json!({
            "processId": null,
            "rootUri": address,
            "initializationOptions": options,
            "capabilities": {
                "general": { "positionEncodings": encodings },
                "textDocument": { "publishDiagnostics": { "relatedInformation": true } },
                "workspace": {
                    "workspaceEdit": { "documentChanges": true },
                    "didChangeWatchedFiles": { "dynamicRegistration": true }
                },
                "window": { "showDocument": { "support": true } }
            }
        });
        if pulls {
            params["capabilities"]["textDocument"]["diagnostic"] = json!({});
            params["capabilities"]["workspace"]["diagnostics"] = json!({ "refreshSupport": true });
            params["capabilities"]["window"]["workDoneProgress"] = json!(true);
        }
        editor.capabilities = editor.ask("initialize", params)["capabilities"].take();
        editor.tell("initialized", json!({}));
        editor
    }

    pub fn uri(&self, path: &str) -> Uri {
        Uri::from_str(&format!("file://{}/{path}", self.root.display())).unwrap()
    }

    pub fn tell(&self, method: &str, params: Value) {
        let message = Notification { method: method.to_owned(), params };
        self.connection.sender.send(Message::Notification(message)).unwrap();
    }

    /// Sends a request and waits for its answer.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        self.answer(&id, method)
    }

    /// Sends a request.
    fn send(&mut self, method: &str, params: Value) -> RequestId {
        self.sent += 1;
        let id = RequestId::from(self.sent);
        let request = Request { id: id.clone(), method: method.to_owned(), params };
        self.connection.sender.send(Message::Request(request)).unwrap();
        id
    }

    /// Waits for the answer to a request.
    fn answer(&mut self, id: &RequestId, method: &str) -> Value {
        loop {
            if let Message::Response(response) = self.hear() {
                assert_eq!(&response.id, id);
                let answer = serde_json::to_value(&response).unwrap();
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    /// Waits for a message and records it.
    fn hear(&mut self) -> Message {
        let message = self.connection.receiver.recv().unwrap();
        match &message {
            Message::Notification(told) if told.method == "textDocument/publishDiagnostics" => {
                let address = told.params["uri"].as_str().unwrap();
                let start = format!("file://{}/", self.root.display());
                let path = address.strip_prefix(&start).unwrap_or(address).to_owned();
                let version = told.params["version"].as_i64().map(|version| version as i32);
                let found = serde_json::from_value(told.params["diagnostics"].clone()).unwrap();
                self.published.insert(path, (version, found));
            }
            Message::Notification(told) if told.method == "$/progress" => {
                self.progress.push(told.params["value"]["kind"].as_str().unwrap().to_owned());
            }
            Message::Request(request) => {
                let answer = Response::new_ok(request.id.clone(), Value::Null);
                self.connection.sender.send(Message::Response(answer)).unwrap();
                self.asked.push(request.clone());
            }
            _ => {}
        }
        message
    }

    /// Sets the text of a document.
    pub fn set(&mut self, path: &str, text: &str) {
        let uri = self.uri(path);
        let version = self.versions.get(path).map_or(1, |version| version + 1);
        self.versions.insert(path.to_owned(), version);
        if version == 1 {
            let document = json!({ "uri": uri, "languageId": "yaml", "version": version, "text": text });
            self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        } else {
            let document = json!({ "uri": uri, "version": version });
            let params = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
            self.tell("textDocument/didChange", params);
        }
    }

    /// Waits until something is published about a file that fulfils a condition.
    pub fn until(&mut self, path: &str, holds: impl Fn(&[Diagnostic]) -> bool) -> Vec<Diagnostic> {
        loop {
            if let Some((_, found)) = self.published.get(path)
                && holds(found)
            {
                return found.clone();
            }
            self.hear();
        }
    }

    /// Pulls the diagnostics of a document.
    pub fn pull(&mut self, path: &str) -> Vec<Diagnostic> {
        let answer =
            self.ask("textDocument/diagnostic", json!({ "textDocument": { "uri": self.uri(path) } }));
        assert_eq!(answer["kind"], "full", "{answer}");
        serde_json::from_value(answer["items"].clone()).unwrap()
    }

    /// Pulls the diagnostics of a document, and closes a folder before they are answered.
    pub fn pull_and_close(&mut self, path: &str, folder: &Value) {
        let method = "textDocument/diagnostic";
        let id = self.send(method, json!({ "textDocument": { "uri": self.uri(path) } }));
        let event = json!({ "added": [], "removed": [folder] });
        self.tell("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
        assert_eq!(self.answer(&id, method)["kind"], "full");
    }

    /// Waits until the server has asked for something.
    pub fn until_asked(&mut self, method: &str) {
        while !self.asked.iter().any(|request| request.method == method) {
            self.hear();
        }
    }

    /// The diagnostics of the text that was set last.
    pub fn checked(&mut self, path: &str) -> Vec<Diagnostic> {
        loop {
            if let Some((version, found)) = self.published.get(path)
                && version.as_ref() == self.versions.get(path)
            {
                return found.clone();
            }
            self.hear();
        }
    }

    /// The items at the `^` of a text.
    pub fn complete(&mut self, path: &str, text: &str) -> Vec<CompletionItem> {
        let (text, position) = caret(text);
        self.set(path, &text);
        let params = json!({ "textDocument": { "uri": self.uri(path) }, "position": position });
        let answer = self.ask("textDocument/completion", params);
        if answer.is_null() { Vec::new() } else { serde_json::from_value(answer).unwrap() }
    }

    /// The hover text at the `^` of a text.
    pub fn hover(&mut self, path: &str, text: &str) -> Option<String> {
        let (text, position) = caret(text);
        self.set(path, &text);
        let params = json!({ "textDocument": { "uri": self.uri(path) }, "position": position });
        let answer = self.ask("textDocument/hover", params);
        answer["contents"]["value"].as_str().map(str::to_owned)
    }

    /// Changes a file on disk and notifies the server.
    pub fn write(&self, path: &str, text: &str) {
        fs::write(self.folder.path().join(path), text).unwrap();
        let change = json!({ "uri": self.uri(path), "type": 2 });
        self.tell("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.server.take().unwrap().join().unwrap();
    }
}

/// A text without its `^`, and the position of the `^` in UTF-16.
fn caret(text: &str) -> (String, Value) {
    let at = text.find('^').unwrap();
    let line = text[..at].matches('\n').count();
    let character = text[..at].rsplit('\n').next().unwrap().encode_utf16().count();
    (text.replacen('^', "", 1), json!({ "line": line, "character": character }))
}

/// The byte offset of a UTF-16 position.
fn byte(text: &str, position: lsp_types::Position) -> usize {
    let start: usize = text.split_inclusive('\n').take(position.line as usize).map(str::len).sum();
    let mut units = 0;
    for (at, character) in text[start..].char_indices() {
        if units == position.character as usize {
            return start + at;
        }
        units += character.len_utf16();
    }
    text.len()
}

/// A text after an edit.
pub fn edited(text: &str, edit: &TextEdit) -> String {
    let range = byte(text, edit.range.start)..byte(text, edit.range.end);
    format!("{}{}{}", &text[..range.start], edit.new_text, &text[range.end..])
}

/// A text after accepting the completion item with a label.
pub fn accepted(text: &str, items: &[CompletionItem], label: &str) -> String {
    let (text, _) = caret(text);
    let item = items.iter().find(|item| item.label == label);
    let item = item.unwrap_or_else(|| panic!("no `{label}` among {:?}", labels(items)));
    let Some(CompletionTextEdit::Edit(edit)) = &item.text_edit else { panic!("no edit") };
    edited(&text, edit)
}

pub fn labels(items: &[CompletionItem]) -> Vec<&str> {
    items.iter().map(|item| item.label.as_str()).collect()
}

/// A text after the edits of an action on one file, applied from the last to the first.
pub fn applied(text: &str, action: &Value) -> String {
    let edit: WorkspaceEdit = serde_json::from_value(action["edit"].clone()).unwrap();
    let Some(lsp_types::DocumentChanges::Edits(files)) = edit.document_changes else { panic!("no versions") };
    let [file] = &files[..] else { panic!("{} files", files.len()) };
    let mut edits: Vec<TextEdit> = file
        .edits
        .iter()
        .map(|edit| match edit {
            lsp_types::OneOf::Left(edit) => edit.clone(),
            lsp_types::OneOf::Right(edit) => edit.text_edit.clone(),
        })
        .collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.range.start));
    edits.iter().fold(text.to_owned(), |text, edit| edited(&text, edit))
}
