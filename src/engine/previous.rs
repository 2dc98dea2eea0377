//! The tree before: a folder, or what `git` holds of a revision. This module must not write, and must not judge.

mod git;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::load::{self, Input};
use super::options::Options;
use super::walk::{self, shown};
use crate::cluster::Cluster;
use crate::rke2::addon::{has_manifest_extension, skip_target};
use crate::rke2::file::RkeFile;
use crate::settings::{FILE_NAMES, Paths};
use crate::source::{SourceFile, Sources};

/// The files of the tree before.
#[derive(Clone, Debug, Default)]
pub struct Previous {
    /// In the order of their paths.
    pub files: Vec<PreviousFile>,
}

/// A file of the tree before.
#[derive(Clone, Debug)]
pub struct PreviousFile {
    /// Its path, as if it were in the tree that is linted.
    pub path: String,
    /// As shown to the user.
    pub shown: String,
    /// What it holds.
    pub input: Input,
}

/// Reads the tree before. A folder stands for the folder that is linted, or for the working directory when several
/// paths are; everything else is a revision.
///
/// # Errors
/// There is no such folder or revision, or it cannot be read.
pub fn previous(since: &str, paths: &[PathBuf], exclude: &[Paths]) -> Result<Previous, String> {
    let mut files =
        if Path::new(since).is_dir() { folder(since, paths)? } else { git::revision(since, &roots(paths))? };
    files.retain(|file| {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        (has_manifest_extension(name) || skip_target(name).is_some())
            && !FILE_NAMES.contains(&name)
            && !exclude.iter().any(|exclude| exclude.matches(&file.path))
    });
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    Ok(Previous { files })
}

fn folder(since: &str, paths: &[PathBuf]) -> Result<Vec<PreviousFile>, String> {
    let old = PathBuf::from(since);
    let base = match paths {
        [path] if path.is_dir() => shown(path),
        _ => ".".to_owned(),
    };
    let found = walk::walk(std::slice::from_ref(&old), &[], |_| false);
    if let Some(problem) = found.problems.first() {
        return Err(format!("{}: {}", problem.path, problem.message));
    }
    let mut files = Vec::with_capacity(found.candidates.len());
    for candidate in found.candidates {
        let Ok(rest) = candidate.path.strip_prefix(&old) else { continue };
        let path = join(&base, &shown(rest));
        match load::read(&candidate) {
            Ok(input) => files.push(PreviousFile { path, shown: candidate.shown, input }),
            Err(problem) => return Err(format!("{}: {}", problem.path, problem.message)),
        }
    }
    Ok(files)
}

/// The folders whose files are compared.
fn roots(paths: &[PathBuf]) -> Vec<PathBuf> {
    let folders: Vec<PathBuf> = paths.iter().filter(|path| path.is_dir()).cloned().collect();
    if folders.is_empty() { vec![PathBuf::from(".")] } else { folders }
}

/// A path below a folder as the user sees it; `.` is the working directory.
fn join(folder: &str, rest: &str) -> String {
    if folder == "." { rest.to_owned() } else { format!("{}/{rest}", folder.trim_end_matches('/')) }
}

impl Previous {
    /// Parses the files. Their texts join the others, by the names that the user knows them by.
    pub fn parse(&self, sources: &mut Sources, options: &Options) -> Vec<RkeFile> {
        let first = sources.len();
        let parsed: Vec<RkeFile> = self
            .files
            .par_iter()
            .enumerate()
            .map(|(index, file)| {
                let roots = options.manifest_roots([file.path.as_str()]);
                load::parse(Sources::id_at(first + index), &file.path, file.input.clone(), &roots)
            })
            .collect();
        for (file, old) in parsed.iter().zip(&self.files) {
            let source = SourceFile::new(old.shown.as_str(), file.source.shared_text());
            sources.add(std::sync::Arc::new(source));
        }
        parsed
    }
}

/// The cluster of the tree before that a cluster of today was: the one of its name, else the one that shares most
/// of its files.
pub fn counterpart<'c, 'a>(now: &Cluster<'a>, before: &'c [Cluster<'a>]) -> Option<&'c Cluster<'a>> {
    let paths = |cluster: &Cluster<'a>| -> Vec<&'a str> {
        cluster.files().into_iter().map(|(file, _)| file.path()).collect()
    };
    let own = paths(now);
    let shared = |cluster: &Cluster<'a>| paths(cluster).iter().filter(|path| own.contains(path)).count();
    let mut named = before.iter().filter(|cluster| cluster.name == now.name);
    match (named.next(), named.next()) {
        (Some(cluster), None) => Some(cluster),
        _ => before.iter().filter(|cluster| shared(cluster) > 0).max_by_key(|cluster| shared(cluster)),
    }
}
