//! Files below a root. Unreadable files are treated as missing. Must not know the meaning of files.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Maximum size in bytes; the files that are read here are smaller.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The root of a machine's files.
pub struct Root(PathBuf);

impl Root {
    /// A root at this folder.
    pub fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// A path below the root.
    pub fn path(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    /// The whole text of a regular file.
    pub fn read(&self, path: &str) -> Option<String> {
        let path = self.path(path);
        // Opening a pipe or a device could block.
        if !fs::metadata(&path).ok()?.is_file() {
            return None;
        }
        let mut bytes = Vec::new();
        File::open(path).ok()?.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The trimmed text of a file with a single line.
    pub fn text(&self, path: &str) -> Option<String> {
        self.read(path).map(|text| text.trim().to_owned())
    }

    /// The number in a file that contains only a number.
    pub fn number(&self, path: &str) -> Option<i64> {
        self.text(path)?.parse().ok()
    }

    /// Whether an entry with this name exists; a link counts even without a target.
    pub fn has(&self, path: &str) -> bool {
        fs::symlink_metadata(self.path(path)).is_ok()
    }

    /// The names in a folder, sorted; `None` when it cannot be read.
    pub fn names(&self, folder: &str) -> Option<Vec<String>> {
        let entries = fs::read_dir(self.path(folder)).ok()?;
        let mut names: Vec<String> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        Some(names)
    }
}
