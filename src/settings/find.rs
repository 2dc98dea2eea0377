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

/// Why the catalogue of a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogFileError {
    /// The file cannot be read.
    #[error("cannot read {}: {error}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is not a catalogue that this program reads.
    #[error("{}: {error}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: catalog::LoadError,
    },
}

/// Takes the catalogue of a file in place of the built-in one.
///
/// # Errors
/// The file cannot be read, or is not a catalogue that this program reads.
pub fn load_catalog(path: &Path) -> Result<(), CatalogFileError> {
    let bytes = read::regular(path, MAX_FILE_BYTES)
        .map_err(|error| CatalogFileError::Unreadable { path: path.to_owned(), error })?;
    catalog::load(bytes).map_err(|error| CatalogFileError::Invalid { path: path.to_owned(), error })
}

/// Where a search for the settings file ended.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The file.
    pub file: Option<PathBuf>,
    /// The last folder that was looked into.
    pub last: PathBuf,
}

/// Why settings cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read the settings file {0}: {1}")]
    Unreadable(String, String),
    /// The file has mistakes.
    #[error(transparent)]
    Mistakes(#[from] SettingsErrors),
}

/// Looks for the settings in a folder and those above it, up to the root of the repository. Outside of a
/// repository only the folder itself counts.
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

/// Reads a settings file. Paths in it count from `root`; `shown` is its name in messages.
///
/// # Errors
/// It cannot be read, or has mistakes.
pub fn load(file: &Path, shown: &str, root: &Path, working: &Path) -> Result<Settings, LoadError> {
    let unreadable = |reason: String| LoadError::Unreadable(shown.to_owned(), reason);
    let bytes = read::regular(file, read::MAX_OWN_BYTES).map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("not UTF-8".to_owned()))?;
    let source = Arc::new(SourceFile::new(shown, text));
    let base = Base::new(root, working);
    // The command line wins.
    if let Some(Placed { value, at }) = catalog_of(&source, &base).filter(|_| !catalog::is_loaded()) {
        load_catalog(&value).map_err(|error| {
            let mistakes = vec![Mistake { at, message: error.to_string() }];
            SettingsErrors { path: shown.to_owned(), mistakes }
        })?;
    }
    Ok(parse(source, base)?)
}

/// The settings of a run: from a file that the user names, else from the one that is found, else none. Patterns
/// in a named file count from the working directory, in a found one from its folder.
///
/// # Errors
/// The file cannot be read, or has mistakes.
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
