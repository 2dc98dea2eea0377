//! The folder of the catalogue: hand-maintained tables, measurements, and the output of a refresh. This module must not
//! create facts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::RefreshError;

/// The files of a folder and its subfolders, by their paths with slashes.
pub type Files = BTreeMap<String, String>;

/// A catalogue on disk.
pub struct Store {
    root: PathBuf,
}

impl Store {
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The files of `neutral`, `kept` or `measured`; empty if the folder is missing.
    pub fn read(&self, folder: &str) -> Result<Files, RefreshError> {
        let mut files = Files::new();
        collect(&self.root.join(folder), "", &mut files)?;
        Ok(files)
    }

    /// Writes the files of `neutral`, and removes all others there.
    pub fn write_neutral(&self, files: &Files) -> Result<(), RefreshError> {
        let folder = self.root.join("neutral");
        for name in self.read("neutral")?.keys().filter(|name| !files.contains_key(*name)) {
            let path = folder.join(name);
            fs::remove_file(&path).map_err(|error| RefreshError::file(&path, &error))?;
        }
        for (name, text) in files {
            self.write(&format!("neutral/{name}"), text.as_bytes())?;
        }
        Ok(())
    }

    /// Writes one file.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), RefreshError> {
        let path = self.root.join(name);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(&path, content)).map_err(|error| RefreshError::file(&path, &error))
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut Files) -> Result<(), RefreshError> {
    if !folder.is_dir() {
        return Ok(());
    }
    let failed = |error: std::io::Error| RefreshError::file(folder, &error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = format!("{prefix}{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files)?;
        } else {
            let text = fs::read_to_string(&path).map_err(|error| RefreshError::file(&path, &error))?;
            files.insert(name, text);
        }
    }
    Ok(())
}

/// Reads one record per line; empty if the file is missing.
pub fn records<T: DeserializeOwned>(files: &Files, name: &str) -> Result<Vec<T>, RefreshError> {
    let lines = files.get(name).map_or("", String::as_str).lines();
    lines.map(|line| serde_json::from_str(line).map_err(|error| RefreshError::form(name, &error))).collect()
}

/// Writes one record per line.
pub fn lines(records: impl IntoIterator<Item = impl Serialize>) -> Result<String, RefreshError> {
    let mut text = String::new();
    for record in records {
        let line = serde_json::to_string(&record).map_err(|error| RefreshError::form("a record", &error))?;
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}
