//! The documents that are open in the editor. Must not interpret them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lsp_types::{TextDocumentContentChangeEvent, Uri};

use super::place::{Encoding, path_of};
use crate::engine::{absolute, shown};
use crate::source::SourceFile;

/// A document that is open in the editor.
pub struct Open {
    /// Its URI as the editor writes it.
    pub uri: Uri,
    /// Its path, with symbolic links among its folders resolved.
    pub path: PathBuf,
    /// Its text, with the name that the engine shows.
    pub source: SourceFile,
    /// Its version as counted by the editor.
    pub version: i32,
}

/// All open documents, by URI.
#[derive(Default)]
pub struct Documents {
    by_address: BTreeMap<String, Open>,
}

impl Documents {
    /// Adds a document that was opened; `None` if it is not a file.
    pub fn open(&mut self, uri: Uri, version: i32, text: String) -> Option<&Open> {
        let path = absolute(&path_of(&uri)?);
        let source = SourceFile::new(shown(&path), text);
        let address = uri.as_str().to_owned();
        self.by_address.insert(address.clone(), Open { uri, path, source, version });
        self.by_address.get(&address)
    }

    /// Applies the user's changes in order.
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

    /// Removes a document that was closed.
    pub fn close(&mut self, uri: &Uri) -> Option<Open> {
        self.by_address.remove(uri.as_str())
    }

    /// All documents, by URI.
    pub fn iter(&self) -> impl Iterator<Item = &Open> {
        self.by_address.values()
    }

    /// The document with a URI.
    pub fn get(&self, uri: &Uri) -> Option<&Open> {
        self.by_address.get(uri.as_str())
    }

    /// The document with a shown name.
    pub fn shown(&self, shown: &str) -> Option<&Open> {
        self.by_address.values().find(|open| open.source.path() == shown)
    }
}
