//! Reads files, and tells which of them matter. This module must not judge.

use std::path::Path;
use std::sync::Arc;

use super::walk::reason;
use crate::cluster::Shared;
use crate::cluster::place::manifest_root;
use crate::finding::Problem;
use crate::read;
use crate::rke2::addon::skip_target;
use crate::rke2::classify::{Content, may_be_rke2, sniff};
use crate::rke2::evidence::Leaning;
use crate::rke2::file::RkeFile;
use crate::source::{FileId, MAX_FILE_BYTES, SourceFile};

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// These bytes.
    Bytes(Vec<u8>),
    /// It is a symbolic link to nothing.
    DanglingLink,
}

/// What the first look at a file told.
pub enum First {
    /// It is nobody's business.
    Foreign(Content),
    /// It is not parsed yet: its place in a cluster is known all the same.
    Sniffed(Content),
    /// Only parsing told.
    Parsed(RkeFile),
}

/// Reads a file into a buffer, in place of what the buffer holds.
///
/// # Errors
/// It cannot be read, or is larger than [`MAX_FILE_BYTES`].
pub fn read(shown: &str, path: &Path, buffer: &mut Vec<u8>) -> Result<(), Problem> {
    let failed = |error: std::io::Error| Problem { path: shown.to_owned(), message: reason(&error) };
    read::walked_into(path, MAX_FILE_BYTES, buffer).map_err(failed)
}

/// Takes a first look. `named` holds folders that settings declare to be manifests directories; `declared`: they
/// declare the file to be a configuration.
pub fn look(id: FileId, path: &Arc<str>, bytes: &[u8], named: &[String], declared: bool) -> First {
    if skip_target(path).is_some() {
        return First::Sniffed(Content::SkipMark);
    }
    let placed = declared
        || manifest_root(path, named).is_some()
        || path.contains("rancher/rke2/")
        || path.contains(".d/");
    if let Ok(text) = std::str::from_utf8(bytes) {
        if !placed && !may_be_rke2(path, text) {
            return First::Foreign(Content::Other);
        }
        if let Some(content) = sniff(path, text).filter(|_| !declared) {
            let helm = content == Content::Manifest { helm: true };
            return if placed || helm { First::Sniffed(content) } else { First::Foreign(content) };
        }
    }
    let file = parse(id, path, bytes);
    let foreign = matches!(file.content, Content::Other | Content::Empty | Content::Templated)
        || matches!(file.content, Content::Config(evidence) if evidence.leaning() == Leaning::Other)
        || matches!(file.content, Content::Manifest { helm: false } | Content::Broken { helm: false });
    if foreign && !placed && !Shared::concerns(&file) {
        First::Foreign(file.content)
    } else {
        First::Parsed(file)
    }
}

/// Parses a file.
pub fn parse(id: FileId, path: &Arc<str>, bytes: &[u8]) -> RkeFile {
    let path = Arc::clone(path);
    if skip_target(&path).is_some() {
        return RkeFile::without_text(id, path, Content::SkipMark);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => RkeFile::read(id, Arc::new(SourceFile::new(path, text))),
        Err(error) => RkeFile::not_text(id, path, bytes, error.valid_up_to()),
    }
}
