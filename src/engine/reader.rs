//! The source of file contents: the disk, given texts, or texts that replace files on disk. Must not know the purpose
//! of files.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(feature = "disk")]
use crate::read;

/// Reads files for the engine.
pub trait Reader: Send + Sync {
    /// Reads a file, given by its name as shown and its path, and replaces the contents of the buffer with it.
    ///
    /// # Errors
    /// The file cannot be read, or is larger than `limit` bytes.
    fn read(&self, shown: &str, path: &Path, limit: u64, buffer: &mut Vec<u8>) -> io::Result<()>;

    /// The regular files among the first `most` entries of a folder; empty when the folder cannot be read.
    fn files_in(&self, folder: &Path, most: usize) -> Vec<PathBuf>;

    /// Whether a path is a folder.
    fn is_folder(&self, path: &Path) -> bool;
}

/// The file system.
#[cfg(feature = "disk")]
#[derive(Clone, Copy, Debug)]
pub struct Disk;

#[cfg(feature = "disk")]
impl Reader for Disk {
    fn read(&self, _: &str, path: &Path, limit: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
        read::walked_into(path, limit, buffer)
    }

    fn files_in(&self, folder: &Path, most: usize) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let entries = entries.filter_map(Result::ok).take(most);
        let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
        files.map(|entry| entry.path()).collect()
    }

    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }
}

/// Texts that replace files, by the name shown, such as unsaved changes in an editor.
pub struct Overlaid {
    /// The texts.
    pub texts: BTreeMap<String, Arc<[u8]>>,
    /// The reader for all other files; `None` if there are no others.
    pub below: Option<Box<dyn Reader>>,
}

impl Reader for Overlaid {
    fn read(&self, shown: &str, path: &Path, limit: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
        match (self.texts.get(shown), &self.below) {
            (Some(text), _) => {
                buffer.clear();
                buffer.extend_from_slice(text);
                Ok(())
            }
            (None, Some(below)) => below.read(shown, path, limit, buffer),
            (None, None) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn files_in(&self, folder: &Path, most: usize) -> Vec<PathBuf> {
        self.below.as_ref().map(|below| below.files_in(folder, most)).unwrap_or_default()
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.below.as_ref().is_some_and(|below| below.is_folder(path))
    }
}
