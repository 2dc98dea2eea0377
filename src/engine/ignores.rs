//! The `.gitignore` files of a folder and its parents. Must not walk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::site::repository;
use super::tracked::Tracked;
use crate::read;

/// Larger files are not read.
const MAX_BYTES: u64 = 1024 * 1024;

/// The patterns that apply in a folder.
#[derive(Debug)]
pub struct Ignores {
    folder: PathBuf,
    own: Gitignore,
    above: Option<Arc<Ignores>>,
    tracked: Option<Arc<Tracked>>,
}

/// What becomes of an entry of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No pattern excludes it.
    Kept,
    /// A pattern excludes it, but git tracks it, or a file in it.
    Tracked,
    /// A pattern excludes it.
    Ignored,
}

impl Ignores {
    /// The patterns that apply in the parent folder of `root`: those of its repository, from the top down.
    pub fn above(root: &Path) -> Option<Arc<Self>> {
        let real = std::fs::canonicalize(root).ok()?;
        let repository = repository(&real)?;
        let mut ignores = Self::add(repository, &repository.join(".git/info/exclude"), None);
        let mut folders: Vec<&Path> =
            real.ancestors().skip(1).take_while(|folder| folder.starts_with(repository)).collect();
        folders.reverse();
        for folder in folders {
            ignores = Self::add(folder, &folder.join(".gitignore"), ignores);
        }
        ignores
    }

    /// The patterns of a folder, in addition to those of its parent.
    pub fn with(folder: &Path, above: Option<&Arc<Self>>) -> Option<Arc<Self>> {
        let above = above.map(Arc::clone);
        let file = folder.join(".gitignore");
        if !file.is_file() {
            return above;
        }
        // Patterns are relative to the folder of their file, regardless of the working directory.
        match std::fs::canonicalize(folder) {
            Ok(real) => Self::add(&real, &file, above),
            Err(_) => above,
        }
    }

    /// The patterns of a folder that is ignored except for the tracked files in it. `folder` is its real path.
    pub fn untracked(folder: &Path, above: &Arc<Self>) -> Arc<Self> {
        let mut builder = GitignoreBuilder::new(folder);
        let _ = builder.add_line(None, "*");
        let tracked = above.tracked.clone();
        let own = builder.build().unwrap_or_else(|_| Gitignore::empty());
        Arc::new(Self { folder: folder.to_owned(), own, above: Some(Arc::clone(above)), tracked })
    }

    fn add(folder: &Path, file: &Path, above: Option<Arc<Self>>) -> Option<Arc<Self>> {
        let Ok(text) = read::text(file, MAX_BYTES) else { return above };
        let tracked = match &above {
            Some(above) => above.tracked.clone(),
            None => repository(folder).map(|repository| Arc::new(Tracked::of(repository))),
        };
        let mut builder = GitignoreBuilder::new(folder);
        for line in text.lines() {
            // Git skips invalid patterns.
            let _ = builder.add_line(None, line);
        }
        match builder.build() {
            Ok(own) if !own.is_empty() => {
                Some(Arc::new(Self { folder: folder.to_owned(), own, above, tracked }))
            }
            _ => above,
        }
    }

    /// What becomes of an entry of a folder; `folder` is its real path. The deepest file with a matching pattern wins.
    pub fn verdict(&self, folder: &Path, name: &std::ffi::OsStr, is_folder: bool) -> Verdict {
        let path = folder.join(name);
        let mut level = Some(self);
        while let Some(ignores) = level {
            if path.starts_with(&ignores.folder) {
                let found = ignores.own.matched(&path, is_folder);
                if !found.is_none() {
                    let is_tracked = || self.tracked.as_ref().is_some_and(|all| all.holds(&path, is_folder));
                    return match found.is_ignore() {
                        false => Verdict::Kept,
                        true if is_tracked() => Verdict::Tracked,
                        true => Verdict::Ignored,
                    };
                }
            }
            level = ignores.above.as_deref();
        }
        Verdict::Kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_pattern_wins() {
        let folder = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(folder.path()).unwrap();
        std::fs::create_dir_all(root.join(".git/info")).unwrap();
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        std::fs::write(root.join(".git/info/exclude"), "private.yaml\n").unwrap();
        std::fs::write(root.join(".gitignore"), "*.yaml\n/build/\n").unwrap();
        std::fs::write(root.join("a/.gitignore"), "!keep.yaml\n").unwrap();
        let above = Ignores::above(&root.join("a")).unwrap();
        let ignores = Ignores::with(&root.join("a"), Some(&above)).unwrap();
        let is_ignored = |name: &str, is_folder| {
            ignores.verdict(&root.join("a"), name.as_ref(), is_folder) == Verdict::Ignored
        };
        assert!(is_ignored("other.yaml", false) && is_ignored("private.yaml", false));
        assert!(!is_ignored("keep.yaml", false) && !is_ignored("build", true));
        assert!(above.verdict(&root, "build".as_ref(), true) == Verdict::Ignored);
    }
}
