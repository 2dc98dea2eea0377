//! Reads the previous tree from a folder or a git revision. Must not parse it.

use std::path::{Path, PathBuf};

use super::git::RevisionError;
use super::{Previous, PreviousFile, git};
use crate::engine::asked::{Reach, is_candidate};
use crate::engine::load::{self, Input};
use crate::engine::names::{join, shown};
use crate::engine::reader::Disk;
use crate::engine::walk;
use crate::finding::Problem;
use crate::settings::{FILE_NAMES, Paths};

/// Why the previous tree cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PreviousError {
    /// A file or folder cannot be read.
    #[error("{}: {}", .0.path, .0.message)]
    Unreadable(Problem),
    /// The revision cannot be read.
    #[error(transparent)]
    Revision(#[from] RevisionError),
}

/// Reads the previous tree. A folder is compared with the folder that is linted, or with the working directory when
/// several paths are linted; any other name is a revision.
///
/// # Errors
/// The folder or revision does not exist or cannot be read.
pub fn previous(
    since: &str,
    paths: &[PathBuf],
    exclude: &[Paths],
    reach: Reach,
) -> Result<Previous, PreviousError> {
    let mut files = if Path::new(since).is_dir() {
        folder(since, paths, reach)?
    } else {
        git::revision(since, &roots(paths))?
    };
    files.retain(|file| {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        is_candidate(name, false)
            && !FILE_NAMES.contains(&name)
            && !exclude.iter().any(|exclude| exclude.matches(&file.path))
    });
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    Ok(Previous { files })
}

fn folder(since: &str, paths: &[PathBuf], reach: Reach) -> Result<Vec<PreviousFile>, PreviousError> {
    let old = PathBuf::from(since);
    let base = match paths {
        [path] if path.is_dir() => shown(path),
        _ => ".".to_owned(),
    };
    let found = walk::below(&old, reach);
    let root = std::fs::canonicalize(&old).unwrap_or_else(|_| old.clone());
    if let Some(problem) = found.problems.into_iter().next() {
        return Err(PreviousError::Unreadable(problem));
    }
    let mut files = Vec::with_capacity(found.candidates.len());
    for candidate in found.candidates.into_iter().filter(|candidate| !candidate.on_node) {
        let Ok(rest) = candidate.path.strip_prefix(&root) else { continue };
        let path = join(&base, &shown(rest));
        let mut bytes = Vec::new();
        let input = if candidate.dangling {
            Input::DanglingLink
        } else {
            load::read(&Disk, &candidate.shown, &candidate.path, &mut bytes)
                .map_err(PreviousError::Unreadable)?;
            Input::Bytes(bytes)
        };
        files.push(PreviousFile { path, shown: candidate.shown, input });
    }
    Ok(files)
}

/// The folders whose files are compared.
fn roots(paths: &[PathBuf]) -> Vec<PathBuf> {
    let folders: Vec<PathBuf> = paths.iter().filter(|path| path.is_dir()).cloned().collect();
    if folders.is_empty() { vec![PathBuf::from(".")] } else { folders }
}
