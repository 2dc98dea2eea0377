//! Finds and reads the settings file. Must not interpret it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::paths::Base;
use super::read::{catalog_of, parse};
use super::{FILE_NAMES, Mistake, Placed, Settings, SettingsErrors};
use crate::catalog;
use crate::read;
use crate::source::{MAX_FILE_BYTES, SourceFile};

/// Why a catalogue cannot be loaded from a file.
#[derive(Debug, thiserror::Error)]
pub enum CatalogFileError {
    /// The file cannot be read.
    #[error("cannot read {}: {error}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// The file is not a catalogue that this program can read.
    #[error("{}: {error}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Why the catalogue cannot be used.
        error: catalog::LoadError,
    },
}

/// Loads the catalogue in a file, which replaces the built-in one.
///
/// # Errors
/// The file cannot be read, or is not a catalogue that this program can read.
pub fn load_catalog(path: &Path) -> Result<(), CatalogFileError> {
    let bytes = read::regular(path, MAX_FILE_BYTES)
        .map_err(|error| CatalogFileError::Unreadable { path: path.to_owned(), error })?;
    catalog::load(bytes).map_err(|error| CatalogFileError::Invalid { path: path.to_owned(), error })
}

/// The result of a search for the settings file.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// The last folder that was searched.
    pub last: PathBuf,
}

/// Why settings cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read the settings file {0}: {1}")]
    Unreadable(String, String),
    /// The file contains errors.
    #[error(transparent)]
    Mistakes(#[from] SettingsErrors),
}

/// Searches a folder and the folders above it, up to the root of the repository, for settings. Outside of a repository,
/// only the folder itself is searched.
pub fn find(working: &Path) -> Found {
    let root = working.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(working);
    for folder in working.ancestors() {
        let file =
            FILE_NAMES.iter().map(|name| folder.join(name)).find(|file| file.exists() && !file.is_dir());
        if file.is_some() || folder == root {
            return Found { file, last: folder.to_owned() };
        }
    }
    Found { file: None, last: working.to_owned() }
}

/// Reads a settings file. Paths in it are relative to `root`; `shown` is its name in messages.
///
/// # Errors
/// The file cannot be read, or contains errors.
pub fn load(file: &Path, shown: &str, root: &Path, working: &Path) -> Result<Settings, LoadError> {
    let unreadable = |reason: String| LoadError::Unreadable(shown.to_owned(), reason);
    let bytes = read::regular(file, read::MAX_OWN_BYTES).map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("not UTF-8".to_owned()))?;
    let source = Arc::new(SourceFile::new(shown, text));
    let base = Base::new(root, working);
    // The command line takes precedence.
    if let Some(Placed { value, at }) = catalog_of(&source, &base).filter(|_| !catalog::is_loaded()) {
        load_catalog(&value).map_err(|error| {
            let mistakes = vec![Mistake { at, message: error.to_string() }];
            SettingsErrors { path: shown.to_owned(), mistakes }
        })?;
    }
    Ok(parse(source, base)?)
}

/// The settings of a run: from a file that the user names, or else from the one that is found, if any. Patterns are
/// relative to the working directory in a named file, and to the file's folder otherwise.
///
/// # Errors
/// The file cannot be read, or contains errors.
pub fn start(
    named: Option<&Path>,
    working: &Path,
    shown: impl Fn(&Path) -> String,
) -> Result<(Settings, Found), LoadError> {
    if let Some(file) = named {
        let settings = load(file, &shown(file), working, working)?;
        return Ok((settings, Found { file: Some(file.to_owned()), last: working.to_owned() }));
    }
    let found = find(working);
    let settings = match &found.file {
        Some(file) => load(file, &shown(file), &found.last, working)?,
        None => Settings::default(),
    };
    Ok((settings, found))
}
