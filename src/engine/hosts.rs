//! Reads `--host` files and validates them against the schema of host facts. Produces no findings.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::asked::reason;
use super::names::shown;
use crate::cluster::host::Host;
use crate::source::{SourceFile, Sources};
use crate::yaml::{Document, Stream};
use crate::{probe, read};

/// The name that stands for the machine itself.
const LIVE: &str = "live";
/// Maximum size in bytes; a facts file is usually about a page long.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Why a file of facts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HostFactsError {
    /// The file cannot be read.
    #[error("{path}: {}", reason(.error))]
    Unreadable {
        /// The file.
        path: String,
        /// The error of the operating system.
        error: io::Error,
    },
    /// The file is not UTF-8.
    #[error("{0}: not UTF-8")]
    NotUtf8(String),
    /// The file is empty.
    #[error("{0}: no facts found; create it with `rke2-lint facts` on a node")]
    Empty(String),
    /// The file contains something other than facts.
    #[error("{path}:{line}:{column}: {message}")]
    Invalid {
        /// The file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
}

/// The facts from a file of `--host`, or for `live` those of this machine.
///
/// # Errors
/// The file cannot be read, or contains something other than facts.
pub fn host_facts(name: &Path) -> Result<Arc<SourceFile>, HostFactsError> {
    if name.as_os_str() == LIVE {
        return parse("live host", probe::facts(Path::new("/")));
    }
    let shown = shown(name);
    let bytes = read::regular(name, MAX_BYTES)
        .map_err(|error| HostFactsError::Unreadable { path: shown.clone(), error })?;
    let text = String::from_utf8(bytes).map_err(|_| HostFactsError::NotUtf8(shown.clone()))?;
    parse(&shown, text)
}

fn parse(shown: &str, text: String) -> Result<Arc<SourceFile>, HostFactsError> {
    let source = Arc::new(SourceFile::new(shown, text));
    let stream = Stream::parse(Sources::id_at(0), &source.shared_text());
    let mut mistakes = Vec::new();
    if let Some(error) = stream.first_error() {
        mistakes.push((error.span, error.message.clone()));
    } else {
        let roots: Vec<_> = stream.documents().filter_map(Document::root).collect();
        if roots.is_empty() {
            return Err(HostFactsError::Empty(shown.to_owned()));
        }
        mistakes.extend(roots.into_iter().flat_map(Host::mistakes));
    }
    match mistakes.first() {
        None => Ok(source),
        Some((span, message)) => {
            let at = source.position(span.start as usize);
            Err(HostFactsError::Invalid {
                path: shown.to_owned(),
                line: at.line,
                column: at.column,
                message: message.clone(),
            })
        }
    }
}
