//! Reads a revision through `git`. Only runs commands that read objects, and never a shell or programs from a
//! repository's configuration. Must not know the meaning of files.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::{Input, PreviousFile};
use crate::engine::asked::is_candidate;
use crate::engine::names::{join, shown};
use crate::source::MAX_FILE_BYTES;

/// Why a revision cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// It is neither a folder nor a revision.
    #[error("`{0}` is neither a folder nor a git revision")]
    Unknown(String),
    /// It is not a folder, and there is no repository that could have the revision: name, folder, git's message.
    #[error("`{0}` is neither a folder nor a git revision ({1} is not in a git repository: {2})")]
    NoRepository(String, String, String),
    /// The commit cannot be listed: its name, git's message.
    #[error("git cannot list `{0}`: {1}")]
    Unlisted(String, String),
    /// The files cannot be read: git's message.
    #[error("git cannot read a revision's files: {0}")]
    Unreadable(String),
    /// Git is not installed.
    #[error("`git` is needed to read a revision, but was not found")]
    NoGit,
    /// Git cannot be started.
    #[error("cannot run git: {0}")]
    Git(std::io::Error),
}

/// The files of a revision that may contain configuration, below some folders.
///
/// # Errors
/// Git is not installed or fails, or the repository or revision does not exist.
pub fn revision(name: &str, roots: &[PathBuf]) -> Result<Vec<PreviousFile>, RevisionError> {
    if name.is_empty() || name.starts_with('-') || name.contains('\0') {
        return Err(RevisionError::Unknown(name.to_owned()));
    }
    let mut files = Vec::new();
    for root in roots {
        let commit = commit(name, root)?;
        let entries = entries(root, &commit)?;
        let texts = texts(root, &entries)?;
        let base = shown(root);
        files.extend(entries.into_iter().zip(texts).map(|(entry, text)| {
            let path = join(&base, &entry.path);
            PreviousFile { shown: format!("{name}:{path}"), path, input: Input::Bytes(text) }
        }));
    }
    Ok(files)
}

/// A file of a revision.
struct Entry {
    object: String,
    path: String,
}

fn commit(name: &str, root: &Path) -> Result<String, RevisionError> {
    let inside = run(root, ["rev-parse", "--is-inside-work-tree"], &[])?;
    if !inside.status.success() {
        return Err(RevisionError::NoRepository(name.to_owned(), shown(root), words(&inside)));
    }
    let wanted = format!("{name}^{{commit}}");
    let found = run(root, ["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted], &[])?;
    let commit = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    if found.status.success() && !commit.is_empty() && commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(commit)
    } else {
        Err(RevisionError::Unknown(name.to_owned()))
    }
}

/// Parses `MODE TYPE OBJECT SIZE<tab>PATH`, terminated by a zero byte. Links and submodules are skipped.
fn entries(root: &Path, commit: &str) -> Result<Vec<Entry>, RevisionError> {
    let listed = run(root, ["ls-tree", "-r", "-z", "-l", commit], &[])?;
    if !listed.status.success() {
        return Err(RevisionError::Unlisted(commit.to_owned(), words(&listed)));
    }
    let entry = |record: &[u8]| {
        let text = std::str::from_utf8(record).ok()?;
        let (fields, path) = text.split_once('\t')?;
        let [mode, "blob", object, size] = fields.split_whitespace().collect::<Vec<_>>()[..] else {
            return None;
        };
        let name = path.rsplit('/').next()?;
        let wanted = mode.starts_with("100")
            && is_candidate(name, false)
            && size.parse::<u64>().is_ok_and(|size| size <= MAX_FILE_BYTES);
        wanted.then(|| Entry { object: object.to_owned(), path: path.to_owned() })
    };
    Ok(listed.stdout.split(|byte| *byte == 0).filter_map(entry).collect())
}

/// The texts of files, in their order.
fn texts(root: &Path, entries: &[Entry]) -> Result<Vec<Vec<u8>>, RevisionError> {
    let objects: Vec<&str> = entries.iter().map(|entry| entry.object.as_str()).collect();
    let wanted = objects.join("\n") + "\n";
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let read = run(root, ["cat-file", "--batch"], wanted.as_bytes())?;
    let failed = || RevisionError::Unreadable(words(&read));
    let mut texts = Vec::with_capacity(entries.len());
    let mut rest = read.stdout.as_slice();
    for entry in entries {
        // `OBJECT blob SIZE`, a line break, the text, and another line break.
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(failed)?;
        let head = String::from_utf8_lossy(&rest[..end]);
        let size: usize = head
            .strip_prefix(entry.object.as_str())
            .and_then(|rest| rest.strip_prefix(" blob "))
            .and_then(|size| size.parse().ok())
            .ok_or_else(failed)?;
        let text = rest.get(end + 1..end + 1 + size).ok_or_else(failed)?;
        texts.push(text.to_vec());
        rest = rest.get(end + size + 2..).unwrap_or_default();
    }
    Ok(texts)
}

fn run<'s>(
    root: &Path,
    arguments: impl IntoIterator<Item = &'s str>,
    input: &[u8],
) -> Result<Output, RevisionError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => RevisionError::NoGit,
        _ => RevisionError::Git(error),
    };
    let mut child = Command::new("git")
        .args([OsStr::new("-C"), root.as_os_str()])
        .args(["-c", "core.fsmonitor=false"])
        .args(arguments)
        // In a hook, these may refer to another repository than the linted one.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let stdin = child.stdin.take();
    std::thread::scope(|scope| {
        // `git cat-file --batch` blocks once its output pipe is full, so write requests from another thread.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output().map_err(failed)
    })
}

/// The error message of git, without its prefix.
fn words(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().next().unwrap_or("no error message");
    line.trim_start_matches("fatal: ").trim_start_matches("error: ").to_owned()
}
