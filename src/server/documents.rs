//! The texts that are open in the editor. This module must not look into them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lsp_types::{TextDocumentContentChangeEvent, Uri};

use super::place::{Encoding, path_of};
use crate::engine::{absolute, shown};
use crate::source::SourceFile;

/// A text that is open in the editor.
pub struct Open {
    /// Its address as the editor writes it.
    pub uri: Uri,
    /// Its path, without links among its folders.
    pub path: PathBuf,
    /// Its text, by the name that the engine shows.
    pub source: SourceFile,
    /// The editor's count of its changes.
    pub version: i32,
}

/// All of them, by their addresses.
#[derive(Default)]
pub struct Documents {
    by_address: BTreeMap<String, Open>,
}

impl Documents {
    /// Adds a text that is opened; `None` when it is not a file.
    pub fn open(&mut self, uri: Uri, version: i32, text: String) -> Option<&Open> {
        let path = absolute(&path_of(&uri)?);
        let source = SourceFile::new(shown(&path), text);
        let address = uri.as_str().to_owned();
        self.by_address.insert(address.clone(), Open { uri, path, source, version });
        self.by_address.get(&address)
    }

    /// Makes the changes of the user, one after the other.
    pub fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> Option<&Open> {
        let open = self.by_address.get_mut(uri.as_str())?;
        for change in changes {
            let text = match change.range {
                None => change.text,
                Some(range) => {
                    let start = encoding.offset(&open.source, range.start);
                    let end = encoding.offset(&open.source, range.end).max(start);
                    let mut text = open.source.text().to_owned();
                    text.replace_range(start..end, &change.text);
                    text
                }
            };
            open.source = SourceFile::new(open.source.shared_path(), text);
        }
        open.version = version;
        Some(open)
    }

    /// Forgets a text that is closed.
    pub fn close(&mut self, uri: &Uri) -> Option<Open> {
        self.by_address.remove(uri.as_str())
    }

    /// The text of an address.
    pub fn get(&self, uri: &Uri) -> Option<&Open> {
        self.by_address.get(uri.as_str())
    }

    /// The text by the name that the engine shows.
    pub fn shown(&self, shown: &str) -> Option<&Open> {
        self.by_address.values().find(|open| open.source.path() == shown)
    }
}
