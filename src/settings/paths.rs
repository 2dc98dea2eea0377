//! Path patterns, and the folder they are relative to. Must not touch the file system.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// The folder that patterns are relative to.
#[derive(Clone, Debug, Default)]
pub struct Base(Option<Arc<Folders>>);

#[derive(Debug)]
struct Folders {
    working: PathBuf,
    root: PathBuf,
}

impl Base {
    /// A base other than the working directory. Both paths are absolute.
    pub fn new(root: &Path, working: &Path) -> Self {
        let (root, working) = (normal(root), normal(working));
        if root == working { Self::default() } else { Self(Some(Arc::new(Folders { working, root }))) }
    }

    /// A name as shown to the user, made relative to this folder. A name outside of the folder is unchanged.
    pub fn name<'p>(&self, shown: &'p str) -> Cow<'p, str> {
        let Some(folders) = &self.0 else { return Cow::Borrowed(shown) };
        let path = normal(&folders.working.join(shown));
        match path.strip_prefix(&folders.root) {
            Ok(rest) => Cow::Owned(rest.to_string_lossy().replace('\\', "/")),
            Err(_) => Cow::Borrowed(shown),
        }
    }

    /// Whether the folder is, or is below, one of these.
    #[cfg(feature = "disk")]
    #[expect(clippy::disallowed_methods, reason = "the working directory, with links resolved")]
    pub fn lies_below(&self, folders: &[PathBuf]) -> bool {
        let root = match &self.0 {
            Some(folders) => Some(folders.root.clone()),
            None => std::env::current_dir().ok(),
        };
        let root = root.and_then(|root| std::fs::canonicalize(root).ok());
        root.is_some_and(|root| folders.iter().any(|folder| root.starts_with(folder)))
    }

    /// A name relative to this folder, converted to the name shown to the user.
    pub fn shown<'p>(&self, name: &'p str) -> Cow<'p, str> {
        let Some(folders) = &self.0 else { return Cow::Borrowed(name) };
        let path = normal(&folders.root.join(name));
        let shown = path.strip_prefix(&folders.working).unwrap_or(&path);
        Cow::Owned(shown.to_string_lossy().replace('\\', "/"))
    }

    /// A path from the settings, converted so that it can be opened from the working directory.
    pub fn open(&self, written: &str) -> PathBuf {
        self.0.as_ref().map_or_else(|| PathBuf::from(written), |folders| folders.root.join(written))
    }
}

/// A path without `.` and `..`, resolved as text.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            component => normal.push(component),
        }
    }
    normal
}

/// Patterns as in a `.gitignore`: `*` matches within a folder, `**` across folders; a pattern without a slash matches
/// at any depth, and a folder matches everything in it.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    set: GlobSet,
    patterns: Vec<String>,
    base: Base,
}

impl Paths {
    /// Compiles patterns.
    ///
    /// # Errors
    /// The index of the first invalid pattern, and what is wrong with it.
    pub fn new(patterns: &[String], base: Base) -> Result<Self, (usize, String)> {
        let mut builder = GlobSetBuilder::new();
        for (index, pattern) in patterns.iter().enumerate() {
            let glob = GlobBuilder::new(&anchored(pattern)).literal_separator(true).build();
            builder.add(
                glob.map_err(|error| (index, format!("invalid pattern `{pattern}`: {}", error.kind())))?,
            );
        }
        let set = builder.build().map_err(|error| (0, error.to_string()))?;
        Ok(Self { set, patterns: patterns.to_vec(), base })
    }

    /// Whether a pattern matches a name as shown to the user, or a folder above it.
    pub fn matches(&self, shown: &str) -> bool {
        if self.set.is_empty() {
            return false;
        }
        let name = self.base.name(shown);
        let ends = name.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
        ends.chain([name.len()]).any(|end| self.set.is_match(&name[..end]))
    }

    /// The patterns that match none of these names and no folder above them. Names are relative to the folder of the
    /// settings.
    pub fn unmatched<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<&str> {
        let mut missing: Vec<usize> = (0..self.patterns.len()).collect();
        for name in names {
            if missing.is_empty() {
                break;
            }
            let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
            for end in ends {
                let matched = self.set.matches(&name[..end]);
                missing.retain(|index| !matched.contains(index));
            }
        }
        missing.into_iter().map(|index| self.patterns[index].as_str()).collect()
    }

    /// The patterns as written.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }
}

fn anchored(pattern: &str) -> String {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern).trim_end_matches('/');
    match pattern.strip_prefix('/') {
        Some(rooted) => rooted.to_owned(),
        None if pattern.contains('/') => pattern.to_owned(),
        None => format!("**/{pattern}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        Paths::new(&[pattern.to_owned()], Base::default()).unwrap().matches(path)
    }

    #[test]
    fn patterns_are_those_of_gitignore() {
        assert!(matches("*.yaml", "a/b/c.yaml"));
        assert!(matches("lab/*", "lab/a/b.yaml"));
        assert!(!matches("lab/*.yaml", "lab/a/b.yaml"));
        assert!(matches("lab/", "x/lab/a.yaml"));
        assert!(!matches("/lab", "x/lab/a.yaml"));
        assert!(matches("./lab/a.yaml", "lab/a.yaml"));
        assert!(matches("**/templates/**", "x/templates/a.yaml"));
        assert!(matches("**/templates/**", "templates/a.yaml"));
        assert!(!matches("lab/**", "laboratory/a.yaml"));
        assert!(Paths::new(&["a".to_owned(), "[".to_owned()], Base::default()).is_err_and(|(at, _)| at == 1));
    }

    #[test]
    fn names_count_from_the_folder_of_the_settings() {
        let base = Base::new(Path::new("/repo"), Path::new("/repo/lab"));
        assert_eq!(base.name("a.yaml"), "lab/a.yaml");
        assert_eq!(base.name("../prod/a.yaml"), "prod/a.yaml");
        assert_eq!(base.name("/repo/prod/a.yaml"), "prod/a.yaml");
        assert_eq!(base.name("/etc/a.yaml"), "/etc/a.yaml");
        assert_eq!(base.open("rules"), Path::new("/repo/rules"));
    }
}
