//! The names of folders that the user knows, and the real location of paths. Must not read files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::engine::names::{join, shown, text_of};

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
