//! How paths are shown to the user, and their real location. Must not read files.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// Names of folders as the user knows them.
#[derive(Debug, Default)]
pub struct Names {
    /// Folders that the user named, and the working directory, by their absolute paths.
    known: HashMap<PathBuf, String>,
}

impl Names {
    /// Knows the working directory.
    pub fn new() -> Self {
        let mut names = Self::default();
        if let Some(current) = working() {
            names.known.insert(current, ".".to_owned());
        }
        names
    }

    /// Knows a folder as the user wrote it.
    pub fn add(&mut self, absolute: &Path, written: &Path) {
        let shown = shown(written);
        // Below the working directory all names count from there.
        if working().is_none_or(|current| !absolute.starts_with(&current)) {
            self.known.insert(absolute.to_owned(), shown);
        }
    }

    /// The name that a folder has by itself, whatever the one above it is called.
    pub fn own(&self, absolute: &Path) -> Option<&str> {
        self.known.get(absolute).map(String::as_str)
    }

    /// The name of a folder: from the nearest one that is known, else its absolute path.
    pub fn of(&self, absolute: &Path) -> String {
        let known = absolute.ancestors().find_map(|above| Some((above, self.own(above)?)));
        match known {
            Some((above, name)) => join(name, &shown(absolute.strip_prefix(above).unwrap_or(absolute))),
            None => text_of(absolute),
        }
    }
}

/// The working directory without links.
fn working() -> Option<PathBuf> {
    std::fs::canonicalize(std::env::current_dir().ok()?).ok()
}

/// Where a path leads: the folder without links, `..` and what else is not needed, the name as it is.
pub fn absolute(path: &Path) -> PathBuf {
    if let (Some(name), Some(parent)) = (path.file_name(), path.parent()) {
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        if let Ok(parent) = std::fs::canonicalize(parent) {
            return parent.join(name);
        }
    }
    std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

/// A name below a folder as the user sees it; `.` is the working directory.
pub fn join(folder: &str, rest: &str) -> String {
    match (folder, rest) {
        (".", rest) => rest.to_owned(),
        (folder, ".") => folder.to_owned(),
        (folder, rest) => format!("{}/{rest}", folder.trim_end_matches('/')),
    }
}

/// An absolute path as text, by which files are put together.
pub fn text_of(path: &Path) -> String {
    let mut text = String::new();
    for component in path.components() {
        match component {
            Component::RootDir => text.push('/'),
            component => {
                if !text.is_empty() && !text.ends_with('/') {
                    text.push('/');
                }
                push_name(&mut text, component.as_os_str());
            }
        }
    }
    text
}

/// A path below the working directory without what leads there.
pub fn relative(path: &Path) -> PathBuf {
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
pub fn push_name(text: &mut String, name: &OsStr) {
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
}
