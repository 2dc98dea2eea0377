//! Finds the files to lint, in one pass, sorted. This module must not read them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use walkdir::WalkDir;

use super::ignores::Ignores;
use crate::finding::Problem;
use crate::rke2::addon::{has_manifest_extension, skip_target};
use crate::settings::{FILE_NAMES, Paths};

/// Folders that never hold files of RKE2.
pub(super) const SKIPPED_FOLDERS: &[&str] =
    &[".git", ".hg", ".svn", ".terraform", ".venv", "node_modules", "target"];

const EXCLUDED: &str = "excluded by a pattern";
const NOT_REGULAR: &str = "not a regular file";
const IGNORED: &str = "ignored by .gitignore";

/// Fewer folders than this are read one after the other.
const FEW_FOLDERS: usize = 4;

/// Where the system shows files that are none: what a link in a repository says they hold is this machine's secret.
const SYSTEM: &[&str] = &["/dev", "/proc", "/sys"];

/// A file to lint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// As shown to the user, with `/`.
    pub shown: String,
    /// As opened.
    pub path: PathBuf,
    /// A symbolic link to nothing.
    pub dangling: bool,
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walk {
    /// Sorted by the name shown, each once.
    pub candidates: Vec<Candidate>,
    /// The names of files that the user named himself.
    pub files: BTreeSet<String>,
    /// The same, `None` when folders were named as well, so that all count.
    pub named: Option<BTreeSet<String>>,
    /// Files that are not YAML, by number.
    pub other: usize,
    /// What was passed over, with the reason.
    pub skipped: Vec<(String, String)>,
    /// What could not be walked.
    pub problems: Vec<Problem>,
}

/// Walks what the user named. A named file brings the rest of its cluster along. `given` says of which names the
/// text is given, so that there need be no file. `ignores`: files that git ignores are passed over, unless named.
pub fn walk(paths: &[PathBuf], exclude: &[Paths], ignores: bool, given: impl Fn(&str) -> bool) -> Walk {
    let mut walk = Walk::default();
    let mut named = BTreeSet::new();
    let mut only_files = true;
    for path in paths {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                only_files = false;
                walk.folder(path, exclude, ignores);
            }
            Ok(metadata) if !metadata.is_file() && !given(&shown(path)) => {
                let message = "no regular file: pipe it to `rke2-lint check -`".to_owned();
                walk.problems.push(Problem { path: shown(path), message });
            }
            result if result.is_ok() || given(&shown(path)) => {
                let shown = shown(path);
                // Who names files is often a program that does not know what the settings exclude.
                if exclude.iter().any(|exclude| exclude.matches(&shown)) {
                    walk.skipped.push((shown, EXCLUDED.to_owned()));
                    continue;
                }
                let context = walk.problems.len();
                for root in context_roots(path) {
                    walk.folder(&root, exclude, ignores);
                }
                // Nobody asked for what lies around the file.
                let problems = walk.problems.drain(context..);
                walk.skipped.extend(problems.map(|problem| (problem.path, problem.message)));
                walk.candidates.push(Candidate { shown: shown.clone(), path: path.clone(), dangling: false });
                named.insert(shown);
            }
            Ok(_) => {}
            Err(error) => walk.problems.push(Problem { path: shown(path), message: reason(&error) }),
        }
    }
    // A file that is named beside folders needs no filter of its own: what it lies in may be unnamed, though.
    walk.files.clone_from(&named);
    if only_files {
        walk.named = Some(named);
    }
    walk.candidates.par_sort_unstable();
    walk.candidates.dedup_by(|later, earlier| later.shown == earlier.shown);
    walk
}

/// A folder that is yet to be read, with its name as shown to the user.
struct Folder {
    path: PathBuf,
    shown: String,
    /// What is ignored in the folder above; `None`: nothing is.
    above: Option<Arc<Ignores>>,
}

/// What a folder holds.
#[derive(Default)]
struct Content {
    walk: Walk,
    folders: Vec<Folder>,
}

impl Walk {
    /// Reads a folder and all below it: one level after the other, the folders of each side by side.
    fn folder(&mut self, root: &Path, exclude: &[Paths], ignores: bool) {
        let repository = OnceLock::new();
        let repository = || repository.get_or_init(|| repository_of(root)).as_deref();
        let mut level = vec![Folder {
            path: root.to_owned(),
            shown: shown(root),
            above: ignores.then(|| Ignores::above(root)).flatten(),
        }];
        while !level.is_empty() {
            let read = |folder: Folder| read(&folder, exclude, ignores, &repository);
            let contents: Vec<Content> = if level.len() < FEW_FOLDERS {
                level.into_iter().map(read).collect()
            } else {
                level.into_par_iter().map(read).collect()
            };
            level = Vec::new();
            for content in contents {
                self.candidates.extend(content.walk.candidates);
                self.other += content.walk.other;
                self.skipped.extend(content.walk.skipped);
                self.problems.extend(content.walk.problems);
                level.extend(content.folders);
            }
        }
    }
}

fn read<'r>(
    folder: &Folder,
    exclude: &[Paths],
    ignores: bool,
    repository: &dyn Fn() -> Option<&'r Path>,
) -> Content {
    let Content { mut walk, mut folders } = Content::default();
    let is_chart = OnceLock::new();
    let is_chart = || *is_chart.get_or_init(|| folder.path.join("Chart.yaml").exists());
    let ignores = ignores.then(|| Ignores::with(&folder.path, folder.above.as_ref())).flatten();
    let real = ignores.as_ref().and_then(|_| std::fs::canonicalize(&folder.path).ok());
    let is_ignored = |name: &OsStr, is_folder: bool| match (&ignores, &real) {
        (Some(ignores), Some(real)) => ignores.ignore(real, name, is_folder),
        _ => false,
    };
    for entry in WalkDir::new(&folder.path).min_depth(1).max_depth(1) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().map_or_else(|| folder.shown.clone(), shown);
                let message = error.io_error().map_or_else(|| error.to_string(), reason);
                walk.problems.push(Problem { path, message });
                continue;
            }
        };
        let name = entry.file_name().to_string_lossy();
        let shown = folder.entry(entry.file_name());
        let file_type = entry.file_type();
        if let Some(reason) = skip(file_type.is_dir(), &name, &shown, exclude, &is_chart) {
            walk.skipped.push((shown, reason));
            continue;
        }
        if file_type.is_dir() {
            if is_ignored(entry.file_name(), true) {
                walk.skipped.push((shown, IGNORED.to_owned()));
            } else {
                folders.push(Folder { path: entry.into_path(), shown, above: ignores.clone() });
            }
            continue;
        }
        if FILE_NAMES.contains(&name.as_ref()) {
            continue;
        }
        if !has_manifest_extension(&name) && skip_target(&name).is_none() {
            walk.other += 1;
            continue;
        }
        if is_ignored(entry.file_name(), false) {
            walk.skipped.push((shown, IGNORED.to_owned()));
            continue;
        }
        if file_type.is_file() {
            walk.candidates.push(Candidate { shown, path: entry.into_path(), dangling: false });
        } else if file_type.is_symlink() {
            walk.link(Candidate { shown, path: entry.into_path(), dangling: false }, repository);
        } else {
            walk.skipped.push((shown, NOT_REGULAR.to_owned()));
        }
    }
    Content { walk, folders }
}

impl Folder {
    /// The name of an entry as shown to the user.
    fn entry(&self, name: &OsStr) -> String {
        let mut shown = String::with_capacity(self.shown.len() + 1 + name.len());
        if self.shown != "." {
            shown.push_str(&self.shown);
            if !shown.ends_with('/') {
                shown.push('/');
            }
        }
        push_name(&mut shown, name);
        shown
    }
}

impl Walk {
    /// Adds a symbolic link, if it may be followed.
    fn link<'r>(&mut self, link: Candidate, repository: &dyn Fn() -> Option<&'r Path>) {
        match std::fs::metadata(&link.path) {
            Ok(metadata) if metadata.is_file() => match leads_out(&link.path, repository()) {
                Some(reason) => self.skipped.push((link.shown, reason.to_owned())),
                None => self.candidates.push(link),
            },
            Ok(_) => self.skipped.push((link.shown, NOT_REGULAR.to_owned())),
            Err(_) => self.candidates.push(Candidate { dangling: true, ..link }),
        }
    }
}

/// Why an entry is passed over, if it is.
fn skip(
    is_folder: bool,
    name: &str,
    shown: &str,
    exclude: &[Paths],
    is_chart: &dyn Fn() -> bool,
) -> Option<String> {
    if exclude.iter().any(|exclude| exclude.matches(shown)) {
        return Some(EXCLUDED.to_owned());
    }
    if !is_folder {
        return None;
    }
    if SKIPPED_FOLDERS.contains(&name) {
        return Some(format!("`{name}` folders hold no files of RKE2"));
    }
    let of_chart = matches!(name, "templates" | "charts" | "crds") && is_chart();
    of_chart.then(|| "part of a Helm chart".to_owned())
}

/// The outermost repository that a folder lies in.
fn repository_of(folder: &Path) -> Option<PathBuf> {
    let real = std::fs::canonicalize(folder).ok()?;
    real.ancestors().filter(|ancestor| ancestor.join(".git").exists()).last().map(Path::to_owned)
}

/// Why a link to a file is not followed, if it is not. On a node RKE2 follows links wherever they lead; in a
/// repository, what lies outside of it is that of the machine the check runs on, and findings quote what they are about.
fn leads_out(link: &Path, repository: Option<&Path>) -> Option<&'static str> {
    let target = std::fs::canonicalize(link).ok()?;
    if SYSTEM.iter().any(|folder| target.starts_with(folder)) {
        return Some("a link to a file of the system");
    }
    let repository = repository?;
    let inside = target.strip_prefix(repository).is_ok_and(|rest| !rest.starts_with(".git"));
    (!inside).then_some("a link out of the repository")
}

/// The folders that hold the rest of a file's cluster: its repository, within the working directory; on a
/// node, the two folders of RKE2; else its own folder.
fn context_roots(file: &Path) -> Vec<PathBuf> {
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let text = absolute.to_string_lossy().into_owned();
    let (etc, var) = ("/etc/rancher/rke2", "/var/lib/rancher/rke2/server/manifests");
    if let Some(prefix) = [etc, var].iter().find_map(|place| text.find(place).map(|at| &text[..at])) {
        let roots = [etc, var].map(|place| PathBuf::from(format!("{prefix}{place}")));
        return roots.into_iter().filter(|root| root.is_dir()).map(|root| relative(&root)).collect();
    }
    let folder = absolute.parent().unwrap_or(Path::new("/"));
    let repository = folder.ancestors().find(|ancestor| ancestor.join(".git").exists());
    let root = match (repository, std::env::current_dir()) {
        (Some(repository), Ok(current))
            if current.starts_with(repository) && folder.starts_with(&current) =>
        {
            current
        }
        (Some(repository), _) => repository.to_owned(),
        (None, _) => folder.to_owned(),
    };
    vec![relative(&root)]
}

/// A path below the working directory without what leads there.
fn relative(path: &Path) -> PathBuf {
    let current = std::env::current_dir().unwrap_or_default();
    match path.strip_prefix(&current) {
        Ok(rest) if rest.as_os_str().is_empty() => PathBuf::from("."),
        Ok(rest) => rest.to_owned(),
        Err(_) => path.to_owned(),
    }
}

/// A path as shown to the user: relative to the working directory if it lies below it, with `/`.
pub fn shown(path: &Path) -> String {
    let path = if path.is_absolute() { relative(path) } else { path.to_owned() };
    let mut text = String::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::RootDir => text.push('/'),
            component => {
                if !text.is_empty() && !text.ends_with('/') {
                    text.push('/');
                }
                push_name(&mut text, component.as_os_str());
            }
        }
    }
    if text.is_empty() { ".".to_owned() } else { text }
}

/// Adds a name; bytes that are no text are shown as `\xff`, so that two names never become one.
fn push_name(text: &mut String, name: &OsStr) {
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
}

/// An error of the operating system in the house style.
pub fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
