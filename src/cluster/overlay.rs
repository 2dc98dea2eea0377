//! What a kustomization or a fleet.yaml may change about a manifest: that is unknown, not absent.

use crate::rke2::classify::Content;
use crate::rke2::file::RkeFile;
use crate::yaml::NodeRef;

/// What something outside a manifest file may do to it before it reaches the cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    /// The namespace may be set or replaced.
    pub namespace: bool,
    /// Names may get a prefix or suffix.
    pub name: bool,
    /// The file is a patch: it is partial on purpose.
    pub patch: bool,
}

/// The kustomizations and fleet files of a tree.
#[derive(Debug)]
pub struct Overlays<'a> {
    files: Vec<&'a RkeFile>,
}

impl<'a> Overlays<'a> {
    /// Picks the overlay files out of a tree.
    pub fn of(files: impl IntoIterator<Item = &'a RkeFile>) -> Self {
        Self { files: files.into_iter().filter(|file| is_overlay(file.content)).collect() }
    }

    /// What may happen to a file.
    pub fn on(&self, file: &RkeFile) -> Overlay {
        let mut overlay = Overlay::default();
        for other in self.files.iter().filter(|other| covers(other.folder(), file.folder())) {
            let Some(root) = other.first_root() else { continue };
            // A kustomization further up may list the one that lists this file, so each may set it.
            overlay.namespace = true;
            if other.content == Content::Kustomization {
                overlay.name |= ["namePrefix", "nameSuffix"].iter().any(|key| root.get(key).is_some());
                overlay.patch |=
                    patches(root).iter().any(|path| resolve(other.folder(), path) == file.path());
            }
        }
        overlay
    }
}

/// Whether a file says what happens to others.
pub fn is_overlay(content: Content) -> bool {
    matches!(content, Content::Kustomization | Content::Fleet)
}

fn covers(folder: &str, other: &str) -> bool {
    folder.is_empty()
        || other == folder
        || other.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn patches(root: NodeRef<'_>) -> Vec<String> {
    let lists = ["patches", "patchesStrategicMerge", "patchesJson6902", "components"];
    lists
        .iter()
        .filter_map(|key| root.get(key))
        .flat_map(|list| list.items().collect::<Vec<_>>())
        .filter_map(|item| item.get("path").unwrap_or(item).text().map(str::to_owned))
        .collect()
}

/// A relative path from a folder, `.` and `..` undone.
fn resolve(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_are_resolved() {
        assert_eq!(resolve("a/b", "./c.yaml"), "a/b/c.yaml");
        assert_eq!(resolve("a/b", "../c.yaml"), "a/c.yaml");
        assert!(covers("", "a") && covers("a", "a/b") && !covers("a", "ab"));
    }
}
