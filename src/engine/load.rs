//! Reads and parses files. This module must not judge.

use std::sync::Arc;

use super::walk::{Candidate, reason};
use crate::cluster::named::is_policy;
use crate::cluster::place::manifest_root;
use crate::finding::Problem;
use crate::read;
use crate::rke2::addon::skip_target;
use crate::rke2::classify::{Content, may_be_rke2};
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

/// Reads a file.
///
/// # Errors
/// It cannot be read, or is larger than [`MAX_FILE_BYTES`].
pub fn read(candidate: &Candidate) -> Result<Input, Problem> {
    if candidate.dangling {
        return Ok(Input::DanglingLink);
    }
    let failed = |error: std::io::Error| Problem { path: candidate.shown.clone(), message: reason(&error) };
    let bytes = read::regular(&candidate.path, MAX_FILE_BYTES).map_err(failed)?;
    Ok(Input::Bytes(bytes))
}

/// Parses a file. Trees and texts of files that are nobody's business are dropped at once; `named` holds folders
/// that settings declare to be manifests directories.
pub fn parse(id: FileId, shown: &str, input: Input, named: &[String]) -> RkeFile {
    if skip_target(shown).is_some() {
        return RkeFile::without_text(id, shown, Content::SkipMark);
    }
    let placed =
        manifest_root(shown, named).is_some() || shown.contains("rancher/rke2/") || shown.contains(".d/");
    let file = match input {
        Input::DanglingLink => RkeFile::without_text(id, shown, Content::DanglingLink),
        Input::Bytes(bytes) => match String::from_utf8(bytes) {
            Ok(text) if !placed && !may_be_rke2(shown, &text) => {
                return RkeFile::without_text(id, shown, Content::Other);
            }
            Ok(text) => RkeFile::read(id, Arc::new(SourceFile::new(shown, text))),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                RkeFile::not_text(id, shown, error.as_bytes(), valid)
            }
        },
    };
    let foreign = matches!(file.content, Content::Other | Content::Empty | Content::Templated)
        || matches!(file.content, Content::Manifest { helm: false } | Content::Broken { helm: false });
    if foreign && !placed && !is_policy(&file) {
        RkeFile::without_text(id, shown, file.content)
    } else {
        file
    }
}
