//! The files of a fix run: which may be changed, their names, and how they are written. Must not decide on their
//! content.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Access, Change, World, WriteError};
use crate::engine::{Options, Overlay, lies_in, lint, shown};
use crate::finding::{Problem, Report};
use crate::{read, source, write};

/// A tree on disk, possibly with a text from standard input in place of a file.
#[derive(Debug)]
pub struct Tree {
    paths: Vec<PathBuf>,
    /// Texts from standard input.
    given: Vec<Overlay>,
    options: Options,
    /// Whether the run writes files.
    writes: bool,
    /// See [`real_paths`].
    real: BTreeMap<String, PathBuf>,
}

impl Tree {
    /// The tree that was linted for `report` with these arguments.
    pub fn new(
        paths: Vec<PathBuf>,
        given: Vec<Overlay>,
        options: Options,
        writes: bool,
        report: &Report,
    ) -> Self {
        Self { paths, given, options, writes, real: real_paths(report) }
    }

    /// Writes changes. Returns those that could not be written, with the reason.
    pub fn write(&self, changes: &[Change]) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut written: BTreeMap<PathBuf, &str> = BTreeMap::new();
        for Change { path, before, after } in changes.iter().filter(|change| !self.is_given(&change.path)) {
            let outcome = self.target(path).and_then(|target| {
                // The file has already been written under another name (a symbolic link).
                if written.get(&target).is_some_and(|text| *text == after.as_ref()) {
                    return Ok(());
                }
                if read::regular(&target, source::MAX_FILE_BYTES)? != before.as_bytes() {
                    return Err(WriteError::Changed);
                }
                write::replace(&target, after.as_bytes())?;
                written.insert(target, after);
                Ok(())
            });
            if let Err(error) = outcome {
                problems.push(Problem { path: path.clone(), message: not_fixed(&error.to_string()) });
            }
        }
        problems
    }

    /// Whether the text of a path comes from standard input.
    pub fn is_given(&self, path: &str) -> bool {
        self.given.iter().any(|overlay| overlay.path == path)
    }

    /// The text from standard input.
    pub fn given_text(&self) -> Option<&[u8]> {
        self.given.first().map(|overlay| overlay.bytes.as_slice())
    }

    /// The argument that covers a file.
    fn asked(&self, path: &str) -> Option<&Path> {
        let all = self.paths.iter();
        let mut asking = all.filter(|asked| {
            let name = shown(asked);
            name == path || (asked.is_dir() && lies_in(path, &name))
        });
        asking.next().map(PathBuf::as_path)
    }

    /// The file to write for a path. Symbolic links are followed, but only within the linted folder.
    fn target(&self, path: &str) -> Result<PathBuf, WriteError> {
        let asked = self.asked(path).ok_or(WriteError::NotLinted)?;
        let folder = match asked.parent() {
            _ if asked.is_dir() => asked,
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let folder = std::path::absolute(folder)?;
        let file = std::path::absolute(path)?;
        // The path as shown is not the path of such a file.
        if path.contains("\\x") && file.symlink_metadata().is_err() {
            return Err(WriteError::Name);
        }
        Ok(write::behind_links(&file, &folder)?)
    }
}

impl World for Tree {
    fn lint(&self, texts: &BTreeMap<String, Arc<str>>) -> Report {
        let mut overlays: BTreeMap<String, Vec<u8>> =
            self.given.iter().map(|overlay| (overlay.path.clone(), overlay.bytes.clone())).collect();
        overlays.extend(texts.iter().map(|(path, text)| (path.clone(), text.as_bytes().to_vec())));
        let overlays = overlays.into_iter().map(|(path, bytes)| Overlay { path, bytes });
        lint(&self.paths, overlays.collect(), &self.options)
    }

    fn access(&self, path: &str) -> Access {
        if self.is_given(path) {
            return Access::Granted;
        }
        if self.asked(path).is_none() {
            return Access::OutOfScope;
        }
        match self.target(path) {
            Err(error) => Access::Denied(error.to_string()),
            Ok(target) if self.writes => match write::is_writable(&target) {
                Ok(()) => Access::Granted,
                Err(error) => Access::Denied(error.to_string()),
            },
            Ok(_) => Access::Granted,
        }
    }

    fn other_names(&self, path: &str) -> Vec<String> {
        let Some(own) = self.real.get(path) else { return Vec::new() };
        let same = self.real.iter().filter(|(name, real)| name.as_str() != path && *real == own);
        same.map(|(name, _)| name.clone()).collect()
    }
}

/// The real paths of files that are linted under several names, because of symbolic links.
fn real_paths(report: &Report) -> BTreeMap<String, PathBuf> {
    let names = || report.sources.iter().map(|(_, source)| source.path());
    let is_link = |path: &str| Path::new(path).symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
    let behind: BTreeSet<PathBuf> =
        names().filter(|path| is_link(path)).filter_map(|path| fs::canonicalize(path).ok()).collect();
    if behind.is_empty() {
        return BTreeMap::new();
    }
    let real = names().filter_map(|path| Some((path.to_owned(), fs::canonicalize(path).ok()?)));
    real.filter(|(_, real)| behind.contains(real)).collect()
}

/// The text of a problem for a file that was not fixed.
pub fn not_fixed(reason: &str) -> String {
    format!("not fixed: {reason}")
}
