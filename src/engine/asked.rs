//! Which files of a tree are read, and which of them the user asked for. Must not read files.

use std::collections::BTreeSet;

use crate::rke2::addon::{has_manifest_extension, is_skip_mark};
use crate::rke2::classify::is_overlay_name;
use crate::unit;

/// The part of the loaded tree that the user asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Files, as shown.
    pub files: BTreeSet<String>,
    /// Folders, as shown.
    pub folders: BTreeSet<String>,
}

impl Asked {
    /// Whether the user asked for a file.
    pub fn holds(&self, shown: &str) -> bool {
        self.files.contains(shown) || self.folders.iter().any(|folder| is_below(shown, folder))
    }

    /// Whether a skipped path is, contains, or is contained in something that the user asked for.
    #[cfg(feature = "disk")]
    pub fn is_touched_by(&self, shown: &str) -> bool {
        self.holds(shown)
            || self.files.iter().chain(&self.folders).any(|asked| asked == shown || is_below(asked, shown))
    }
}

/// Whether a file is below a folder, both as shown.
pub fn is_below(shown: &str, folder: &str) -> bool {
    if folder == "." {
        return !shown.starts_with(['/', '.']) || shown.starts_with("./") || is_hidden(shown);
    }
    shown.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/') || folder.ends_with('/'))
}

/// Whether a name starts with a dot and is neither `.` nor `..`.
fn is_hidden(shown: &str) -> bool {
    let first = shown.split('/').next().unwrap_or_default();
    first.starts_with('.') && !matches!(first, "." | "..")
}

/// Which files of a folder are read.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// Whether files that git ignores are skipped.
    pub ignores: bool,
    /// Whether pages of documentation are read.
    pub docs: bool,
}

/// Whether a file with this name is read. `docs`: whether pages of documentation are.
pub fn is_candidate(name: &str, docs: bool) -> bool {
    has_manifest_extension(name)
        || is_skip_mark(name)
        || is_overlay_name(name)
        || unit::may_host(name)
        || (docs && unit::is_page(name))
}

/// An error of the operating system as a message in the house style.
pub fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
