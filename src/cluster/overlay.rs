//! What a kustomization or a fleet.yaml may change about a manifest: that is unknown, not absent.

use std::collections::{HashMap, HashSet};

use super::group::ancestors;
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

/// The kustomizations and fleet files of a tree, by the folder each lies in.
#[derive(Debug)]
pub struct Overlays<'a> {
    by_folder: HashMap<&'a str, Vec<Effect>>,
}

/// What one of them says.
#[derive(Debug)]
struct Effect {
    name: bool,
    /// The paths of the patches; `None` when a template is to fill in some.
    patches: Option<HashSet<String>>,
}

impl<'a> Overlays<'a> {
    /// Picks the overlay files out of a tree.
    pub fn of(files: impl IntoIterator<Item = &'a RkeFile>) -> Self {
        let mut by_folder: HashMap<&str, Vec<Effect>> = HashMap::new();
        for file in files.into_iter().filter(|file| is_overlay(file.content)) {
            by_folder.entry(file.folder()).or_default().extend(Effect::of(file));
        }
        Self { by_folder }
    }

    /// What may happen to a file.
    pub fn on(&self, file: &RkeFile) -> Overlay {
        let mut overlay = Overlay::default();
        for effect in ancestors(file.folder()).filter_map(|folder| self.by_folder.get(folder)).flatten() {
            // A kustomization further up may list the one that lists this file, so each may set it.
            overlay.namespace = true;
            overlay.name |= effect.name;
            overlay.patch |= effect.patches.as_ref().is_none_or(|patches| patches.contains(file.path()));
        }
        overlay
    }
}

impl Effect {
    fn of(file: &RkeFile) -> Option<Self> {
        let root = file.first_root()?;
        if file.content != Content::Kustomization {
            return Some(Self { name: false, patches: Some(HashSet::new()) });
        }
        Some(Self {
            name: ["namePrefix", "nameSuffix"].iter().any(|key| root.get(key).is_some()),
            patches: patches(root, file.folder()),
        })
    }
}

/// Whether a file says what happens to others.
pub fn is_overlay(content: Content) -> bool {
    matches!(content, Content::Kustomization | Content::Fleet)
}

fn patches(root: NodeRef<'_>, folder: &str) -> Option<HashSet<String>> {
    let lists = ["patches", "patchesStrategicMerge", "patchesJson6902", "components"];
    let lists = || lists.iter().filter_map(|key| root.get(key));
    let paths = || lists().flat_map(NodeRef::items).map(|item| item.get("path").unwrap_or(item));
    if lists().chain(paths()).any(NodeRef::is_opaque) {
        return None;
    }
    Some(paths().filter_map(NodeRef::text).map(|path| resolve(folder, path)).collect())
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
    }
}
