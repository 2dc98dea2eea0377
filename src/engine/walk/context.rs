//! The user's paths, and the folders with the rest of their clusters. Must not read files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::names::text_of;

/// What of all that is loaded the user asked for.
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

    /// Whether something that is passed over keeps files from the user that he asked for.
    pub fn is_touched_by(&self, shown: &str) -> bool {
        self.holds(shown)
            || self.files.iter().chain(&self.folders).any(|asked| asked == shown || is_below(asked, shown))
    }
}

/// Whether a file lies below a folder, both as shown.
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

/// The two folders of RKE2 on a node.
const NODE: [&str; 2] = ["/etc/rancher/rke2", "/var/lib/rancher/rke2/server/manifests"];
/// What of a path tells that it lies in them.
const NODE_MARKS: [&str; 2] = ["/etc/rancher/rke2", "/var/lib/rancher/rke2"];

/// The folders that hold the rest of the clusters of what lies in a folder: its repository; outside of one, on a node,
/// the two folders of RKE2; else the folder itself.
pub fn context_roots(folder: &Path) -> Vec<PathBuf> {
    let text = text_of(folder);
    let root = NODE_MARKS.iter().find_map(|mark| {
        let at = text.find(mark)?;
        let rest = &text[at + mark.len()..];
        (rest.is_empty() || rest.starts_with('/')).then(|| text[..at].to_owned())
    });
    let repository = repository(folder);
    match (root, repository) {
        // A node's `/etc` may be under version control.
        (Some(root), repository) if root.is_empty() || repository.is_none() => {
            let mut roots: Vec<PathBuf> =
                NODE.iter().map(|place| PathBuf::from(format!("{root}{place}"))).collect();
            roots.retain(|place| place.is_dir());
            if !roots.iter().any(|root| folder.starts_with(root)) {
                roots.push(folder.to_owned());
            }
            roots
        }
        (_, Some(repository)) => vec![repository],
        (_, None) => vec![folder.to_owned()],
    }
}

/// The repository that a folder lies in.
pub fn repository(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|above| above.join(".git").exists()).map(Path::to_owned)
}

/// Whether a folder holds the templates of a chart that lies above.
pub fn is_template_of_chart(folder: &Path) -> bool {
    folder.ancestors().any(|inner| {
        let is_part = inner.file_name().is_some_and(|name| name == super::TEMPLATES);
        is_part && inner.parent().is_some_and(|chart| chart.join("Chart.yaml").exists())
    })
}

/// Why a folder outside of a repository is passed over, if it is: it is part of a chart that lies above.
pub fn part_of_chart(folder: &Path) -> Option<&'static str> {
    folder.ancestors().find_map(|inner| {
        let is_part = inner.file_name().is_some_and(|name| super::is_chart_part(&name.to_string_lossy()));
        (is_part && inner.parent()?.join("Chart.yaml").exists()).then_some(super::OF_CHART)
    })
}
