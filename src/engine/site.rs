//! Maps names as shown to the user to places in the repository, independent of the working directory. Must not read
//! files.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

/// The working directory, and the repository around it.
#[derive(Clone, Debug, Default)]
pub struct Site {
    working: Option<PathBuf>,
    /// The path from the repository to the working directory, with a trailing slash unless it is empty.
    prefix: String,
}

impl Site {
    /// The site of a run in a folder, given by its absolute path.
    #[cfg(feature = "disk")]
    pub fn at(working: &Path) -> Self {
        let prefix = match inside(working) {
            prefix if prefix.is_empty() => prefix,
            prefix => prefix + "/",
        };
        Self { working: Some(working.to_owned()), prefix }
    }

    /// The path of a file inside its repository; outside of a repository the absolute path, without the leading slash.
    pub fn place<'p>(&self, shown: &'p str) -> Cow<'p, str> {
        let Some(working) = &self.working else { return Cow::Borrowed(shown) };
        if shown.starts_with('/') || shown.split('/').any(|part| part == "..") {
            return Cow::Owned(inside(&normal(&working.join(shown))));
        }
        if self.prefix.is_empty() {
            return Cow::Borrowed(shown);
        }
        Cow::Owned(format!("{}{shown}", self.prefix))
    }
}

/// An absolute path, made relative to its repository.
fn inside(path: &Path) -> String {
    let root = repository(path);
    let rest = root.and_then(|root| path.strip_prefix(root).ok()).unwrap_or(path);
    let parts = rest.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The repository that contains a path.
#[cfg(feature = "disk")]
pub fn repository(path: &Path) -> Option<&Path> {
    path.ancestors().find(|folder| folder.join(".git").exists())
}

/// Without a file system there is no repository.
#[cfg(not(feature = "disk"))]
fn repository(_: &Path) -> Option<&Path> {
    None
}

/// A path without `.` and `..`, resolved as text.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_same_from_everywhere() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("rke2-lab");
        std::fs::create_dir_all(root.join(".git")).unwrap();
        std::fs::create_dir_all(root.join("sites/a")).unwrap();
        let absolute = root.join("sites/a/config.yaml");
        for (working, shown) in [
            ("", "sites/a/config.yaml"),
            ("sites", "a/config.yaml"),
            ("sites/a", "config.yaml"),
            ("sites/b", "../a/config.yaml"),
        ] {
            let site = Site::at(&root.join(working));
            assert_eq!(site.place(shown), "sites/a/config.yaml", "{working}");
            assert_eq!(site.place(&absolute.to_string_lossy()), "sites/a/config.yaml", "{working}");
        }
        assert_eq!(Site::default().place("a/b.yaml"), "a/b.yaml");
    }
}
