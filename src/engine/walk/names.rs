//! The names of folders as given by the user, and the real location of paths. Must not read files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::engine::names::{join, shown, text_of};

/// Names of folders as given by the user.
#[derive(Debug, Default)]
pub struct Names {
    /// Folders that the user named, and the working directory, by their absolute paths.
    known: HashMap<PathBuf, String>,
}

impl Names {
    /// The names with the working directory only.
    pub fn new() -> Self {
        let mut names = Self::default();
        if let Some(current) = working() {
            names.known.insert(current, ".".to_owned());
        }
        names
    }

    /// Adds a folder under the name that the user gave.
    pub fn add(&mut self, absolute: &Path, written: &Path) {
        let shown = shown(written);
        // Folders below the working directory are named relative to it.
        if working().is_none_or(|current| !absolute.starts_with(&current)) {
            self.known.insert(absolute.to_owned(), shown);
        }
    }

    /// The name given to a folder itself, regardless of the names of its parents.
    pub fn own(&self, absolute: &Path) -> Option<&str> {
        self.known.get(absolute).map(String::as_str)
    }

    /// The name of a folder: relative to the nearest folder with a name, or else its absolute path.
    pub fn of(&self, absolute: &Path) -> String {
        let known = absolute.ancestors().find_map(|above| Some((above, self.own(above)?)));
        match known {
            Some((above, name)) => join(name, &shown(absolute.strip_prefix(above).unwrap_or(absolute))),
            None => text_of(absolute),
        }
    }
}

/// Whether the working directory is below a folder: its files are then shown by their paths from there, not from the
/// folder.
pub fn is_above_working(folder: &Path) -> bool {
    working().is_some_and(|working| working.starts_with(folder) && working != folder)
}

/// The working directory, with links resolved.
fn working() -> Option<PathBuf> {
    std::fs::canonicalize(std::env::current_dir().ok()?).ok()
}

/// The absolute path: the folder without links and `..`, followed by the unchanged file name.
pub fn absolute(path: &Path) -> PathBuf {
    if let (Some(name), Some(parent)) = (path.file_name(), path.parent()) {
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        if let Ok(parent) = std::fs::canonicalize(parent) {
            return parent.join(name);
        }
    }
    std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}
