//! Finds the files to lint, in one pass, sorted. This module must not read them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

use crate::finding::Problem;
use crate::rke2::addon::{has_manifest_extension, skip_target};
use crate::settings::{FILE_NAMES, Paths};

/// Folders that never hold files of RKE2.
const SKIPPED_FOLDERS: &[&str] = &[".git", ".hg", ".svn", ".terraform", ".venv", "node_modules", "target"];

const EXCLUDED: &str = "excluded by a pattern";

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
    /// The names of files that the user named himself; `None` when folders were named, so that all count.
    pub named: Option<BTreeSet<String>>,
    /// Files that are not YAML, by number.
    pub other: usize,
    /// What was passed over, with the reason.
    pub skipped: Vec<(String, String)>,
    /// What could not be walked.
    pub problems: Vec<Problem>,
}

/// Walks what the user named. A named file brings the rest of its cluster along. `given` says of which names the
/// text is given, so that there need be no file.
pub fn walk(paths: &[PathBuf], exclude: &[Paths], given: impl Fn(&str) -> bool) -> Walk {
    let mut walk = Walk::default();
    let mut found = BTreeSet::new();
    let mut named = BTreeSet::new();
    let mut only_files = true;
    for path in paths {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                only_files = false;
                walk.folder(path, exclude, &mut found);
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
                    walk.folder(&root, exclude, &mut found);
                }
                // Nobody asked for what lies around the file.
                let problems = walk.problems.drain(context..);
                walk.skipped.extend(problems.map(|problem| (problem.path, problem.message)));
                found.insert(Candidate { shown: shown.clone(), path: path.clone(), dangling: false });
                named.insert(shown);
            }
            Ok(_) => {}
            Err(error) => walk.problems.push(Problem { path: shown(path), message: reason(&error) }),
        }
    }
    // A file that is named beside folders needs no filter of its own: what it lies in may be unnamed, though.
    if only_files {
        walk.named = Some(named);
    }
    let mut seen = BTreeSet::new();
    walk.candidates = found.into_iter().filter(|candidate| seen.insert(candidate.shown.clone())).collect();
    walk
}

impl Walk {
    fn folder(&mut self, root: &Path, exclude: &[Paths], found: &mut BTreeSet<Candidate>) {
        let mut entries = WalkDir::new(root).into_iter();
        let mut repository = None;
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().map_or_else(|| shown(root), shown);
                    let message = error.io_error().map_or_else(|| error.to_string(), reason);
                    self.problems.push(Problem { path, message });
                    continue;
                }
            };
            let name = entry.file_name().to_string_lossy();
            let shown = shown(entry.path());
            if entry.depth() > 0
                && let Some(reason) = skip(&entry, &name, &shown, exclude)
            {
                if entry.file_type().is_dir() {
                    entries.skip_current_dir();
                }
                self.skipped.push((shown, reason));
                continue;
            }
            if entry.file_type().is_dir() {
                continue;
            }
            if FILE_NAMES.contains(&name.as_ref()) {
                continue;
            }
            if !has_manifest_extension(&name) && skip_target(&name).is_none() {
                self.other += 1;
                continue;
            }
            let link = entry.path_is_symlink();
            let metadata = if link { std::fs::metadata(entry.path()).ok() } else { entry.metadata().ok() };
            match metadata {
                Some(metadata) if metadata.is_file() => {
                    let repository = repository.get_or_insert_with(|| repository_of(root));
                    if link && let Some(reason) = leads_out(entry.path(), repository.as_deref()) {
                        self.skipped.push((shown, reason.to_owned()));
                        continue;
                    }
                    found.insert(Candidate { shown, path: entry.into_path(), dangling: false });
                }
                None if link => {
                    found.insert(Candidate { shown, path: entry.into_path(), dangling: true });
                }
                _ => self.skipped.push((shown, "not a regular file".to_owned())),
            }
        }
    }
}

/// Why an entry is passed over, if it is.
fn skip(entry: &walkdir::DirEntry, name: &str, shown: &str, exclude: &[Paths]) -> Option<String> {
    if exclude.iter().any(|exclude| exclude.matches(shown)) {
        return Some(EXCLUDED.to_owned());
    }
    if !entry.file_type().is_dir() {
        return None;
    }
    if SKIPPED_FOLDERS.contains(&name) {
        return Some(format!("`{name}` folders hold no files of RKE2"));
    }
    let chart = entry.path().parent().is_some_and(|parent| parent.join("Chart.yaml").exists());
    (chart && matches!(name, "templates" | "charts" | "crds")).then(|| "part of a Helm chart".to_owned())
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
