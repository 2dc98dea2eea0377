//! What one kustomization lists, sets and patches. Must not look at the files that it lists.

use std::collections::{BTreeMap, BTreeSet};

use crate::rke2::file::{RkeFile, resolve};
use crate::rke2::first_look::{Moved, PatchTarget, moved, name_hash};
use crate::rke2::patch::PATCH_LISTS;
use crate::yaml::NodeRef;

/// A kustomization.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each may be so whatever the others are")]
pub struct Kustomization {
    /// Whether it sets the namespace of its resources.
    pub namespace: bool,
    /// The namespace that replaces those of its resources, if it replaces them.
    pub moves: Option<Moved>,
    /// Whether it changes names.
    pub name: bool,
    /// Whether it lists resources that are not in the tree.
    pub unseen: bool,
    /// Whether a template fills in resources, so that it may list any file.
    pub is_open: bool,
    /// Whether a template fills in its patch files, so that any file may be a patch.
    pub may_patch: bool,
    /// The files of its patches.
    pub patch_files: Vec<String>,
    /// The targets of its other patches.
    patches: Vec<PatchTarget>,
    /// Patch files for which it sets the target itself, with these targets.
    aimed: BTreeMap<String, Vec<PatchTarget>>,
    /// The files and folders in its `resources`.
    resources: Vec<String>,
    /// The components that change its resources.
    components: Vec<String>,
}

/// The targets of the patches of a kustomization and its components.
#[derive(Debug, Default)]
pub struct Patches {
    /// Targets that the kustomization states.
    pub targets: Vec<PatchTarget>,
    /// Patch files that state their targets themselves.
    pub files: Vec<String>,
}

impl Kustomization {
    /// Reads a kustomization.
    pub fn of(file: &RkeFile) -> Self {
        let Some(root) = file.first_root() else { return Self::default() };
        let has = |keys: &[&str]| keys.iter().any(|key| root.get(key).is_some());
        let texts = |keys: &[&str]| -> Vec<String> {
            let lists = keys.iter().filter_map(|key| root.get(key));
            lists.flat_map(NodeRef::items).filter_map(|item| item.text().map(str::to_owned)).collect()
        };
        let listed = texts(&["resources", "bases", "crds", "components"]);
        let is_open = |list: NodeRef<'_>| list.is_opaque() || list.items().any(NodeRef::is_opaque);
        let inside = |paths: Vec<String>| {
            let local = paths.into_iter().filter(|path| !is_remote(path));
            local.map(|path| resolve(&file.place, &path)).collect()
        };
        let mut one = Self {
            namespace: has(&["namespace", "transformers"]),
            moves: if has(&["transformers"]) { Some(None) } else { root.get("namespace").map(moved) },
            name: has(&["namePrefix", "nameSuffix", "transformers"]),
            unseen: has(&["helmCharts", "helmChartInflationGenerator", "generators"])
                || listed.iter().any(|path| is_remote(path)),
            is_open: ["resources", "bases"].iter().filter_map(|key| root.get(key)).any(is_open),
            resources: inside(texts(&["resources", "bases", "crds"])),
            components: inside(texts(&["components"])),
            ..Self::default()
        };
        for list in PATCH_LISTS.into_iter().chain(["components"]) {
            let Some(list) = root.get(list) else { continue };
            one.may_patch |= list.is_opaque()
                || list
                    .items()
                    .any(|item| item.get("path").unwrap_or(item).is_opaque() && item.get("patch").is_none());
        }
        // The targets of these are not identified by a kind and a name.
        if has(&["transformers", "replacements", "vars"]) {
            one.patches.push(PatchTarget::default());
        }
        // A transformer may be a PatchTransformer, which may replace any values.
        if root.get("transformers").is_some_and(|list| list.items().len() > 0) {
            one.patches.push(PatchTarget { replaces: true, ..PatchTarget::default() });
        }
        for key in PATCH_LISTS {
            for entry in root.get(key).into_iter().flat_map(NodeRef::items) {
                one.add_patch(&file.place, entry);
            }
        }
        for entry in root.get("replacements").into_iter().flat_map(NodeRef::items) {
            one.patches.extend(replacement_targets(entry));
        }
        one
    }

    fn add_patch(&mut self, place: &str, entry: NodeRef<'_>) {
        let target = PatchTarget::of_entry(entry);
        let path =
            entry.get("path").or(Some(entry)).and_then(NodeRef::text).filter(|text| !text.contains('\n'));
        match (target, path) {
            (Some(target), path) => {
                self.patches.push(target.clone());
                // The file is a patch in any case, but its target is already known.
                if let Some(path) = path.map(|path| resolve(place, path)) {
                    self.aimed.entry(path.clone()).or_default().push(target);
                    self.patch_files.push(path);
                }
            }
            (None, Some(path)) => self.patch_files.push(resolve(place, path)),
            (None, None) => self.patches.push(PatchTarget::default()),
        }
    }

    /// The kustomization and its components, including nested ones.
    fn with_components<'k>(&'k self, all: &'k BTreeMap<String, Self>) -> Vec<&'k Self> {
        let mut seen = BTreeSet::new();
        let mut found = vec![self];
        let mut next = 0;
        while let Some(one) = found.get(next).copied() {
            let new = one.components.iter().filter(|place| seen.insert(*place));
            found.extend(new.filter_map(|place| all.get(place)));
            next += 1;
        }
        found
    }

    /// The patches that change its resources: its own, and those of its components.
    pub fn patches_with(&self, all: &BTreeMap<String, Self>) -> Patches {
        let mut patches = Patches::default();
        for one in self.with_components(all) {
            patches.targets.extend(one.patches.iter().cloned());
            patches.files.extend(one.patch_files.iter().cloned());
        }
        patches
    }

    /// The objects whose values are replaced by its patches and those of its components. `in_file` returns what a patch
    /// file does to values, or `None` if it does not change any.
    pub fn replaced(
        &self,
        all: &BTreeMap<String, Self>,
        in_file: impl Fn(&str) -> Option<FileValues>,
    ) -> Vec<PatchTarget> {
        let mut replaced = Vec::new();
        for one in self.with_components(all) {
            replaced.extend(one.patches.iter().filter(|target| target.replaces).cloned());
            for path in &one.patch_files {
                match (in_file(path), one.aimed.get(path)) {
                    (Some(values), Some(targets)) if values.is_any() => {
                        let aim = |target: &PatchTarget| PatchTarget { replaces: true, ..target.clone() };
                        replaced.extend(targets.iter().map(aim));
                    }
                    (Some(FileValues::Of(objects)), _) => replaced.extend(objects),
                    (Some(FileValues::Operations) | None, _) => {}
                }
            }
        }
        replaced
    }

    /// Whether components change its resources.
    pub fn has_components(&self) -> bool {
        !self.components.is_empty()
    }

    /// The files and folders that it lists directly.
    pub fn listed(&self) -> impl Iterator<Item = &String> {
        self.resources.iter()
    }

    /// The files and folders that it lists, directly or through other kustomizations.
    pub fn reach(&self, place: &str, all: &BTreeMap<String, Self>) -> Vec<String> {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut next: Vec<&Self> = vec![self];
        while let Some(one) = next.pop() {
            for path in one.resources.iter().chain(&one.components).filter(|path| *path != place) {
                if reached.insert(path) {
                    next.extend(all.get(path));
                }
            }
        }
        reached.into_iter().map(str::to_owned).collect()
    }
}

/// What a patch file does to chart values.
#[derive(Clone, Debug)]
pub enum FileValues {
    /// JSON patch operations on the values of an object that is named elsewhere.
    Operations,
    /// Partial objects; those that contain values.
    Of(Vec<PatchTarget>),
}

impl FileValues {
    /// Whether it replaces values of any object.
    fn is_any(&self) -> bool {
        match self {
            Self::Operations => true,
            Self::Of(objects) => !objects.is_empty(),
        }
    }
}

/// The objects whose values a Kustomize replacement writes.
fn replacement_targets(entry: NodeRef<'_>) -> Vec<PatchTarget> {
    // A replacement in a separate file may write any values.
    if entry.get("path").is_some() {
        return vec![PatchTarget { replaces: true, ..PatchTarget::default() }];
    }
    let targets = entry.get("targets").into_iter().flat_map(NodeRef::items);
    let writes = |target: &NodeRef<'_>| {
        let paths = target.get("fieldPaths").into_iter().flat_map(NodeRef::items);
        paths.filter_map(NodeRef::text).any(|path| path == "spec.valuesContent")
    };
    let object = |target: NodeRef<'_>| {
        let field = |key: &str| target.at(&["select", key]).and_then(NodeRef::text);
        PatchTarget {
            kind: field("kind").map(Into::into),
            name: field("name").map(name_hash),
            replaces: true,
        }
    };
    targets.filter(writes).map(object).collect()
}

/// Whether an entry of `resources` is remote.
fn is_remote(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    path.contains("://")
        || path.contains("?ref=")
        || path.starts_with("git@")
        || path.starts_with("git::")
        || (path.contains('/') && first.contains('.') && !first.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_resources_are_told() {
        for remote in ["https://x.example/y", "github.com/o/r//base?ref=v1", "git@github.com:o/r"] {
            assert!(is_remote(remote), "{remote}");
        }
        assert!(!is_remote("../base") && !is_remote("cilium.yaml") && !is_remote("./x/y.yaml"));
    }
}
