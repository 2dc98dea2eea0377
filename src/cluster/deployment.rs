//! Which manifests RKE2 deploys together: the scope of rules about a whole directory. Produces no findings.

use std::collections::BTreeMap;

use super::Cluster;
use super::charts::Manifest;
use super::grouping::words;
use crate::rke2::file::join;
use crate::rke2::object::Object;

impl<'a> Manifest<'a> {
    /// Whether it is in a directory that RKE2 is known to read.
    pub fn is_certain(&self) -> bool {
        self.root.as_ref().is_some_and(|root| root.certain)
    }

    /// Whether RKE2 reads the file unchanged: it is in a directory that RKE2 is known to read, or in a guessed one that
    /// no kustomization and no Fleet bundle manages.
    pub fn is_deployed_as_is(&self) -> bool {
        self.is_certain() || (self.root.is_some() && !self.overlay.namespace)
    }

    /// Whether a patch in another file may complete or change an object, or the object is itself a patch.
    pub fn is_patched(&self, object: Object<'_>) -> bool {
        object.is_patch()
            || (!self.overlay.patches.is_empty()
                && self.overlay.changes(
                    object.kind().as_deref().unwrap_or_default(),
                    object.name().as_deref().unwrap_or_default(),
                ))
    }

    /// Its path relative to the manifests directory, with `/`.
    pub fn path_in_root(&self) -> Option<String> {
        Some(join(self.folder_in_root()?, self.file.name()))
    }

    /// The folders between the manifests directory and the file, relative to that directory: `a`, `a/b`.
    pub fn folders_in_root(&self) -> Vec<&'a str> {
        let Some(folder) = self.folder_in_root().filter(|folder| !folder.is_empty()) else {
            return Vec::new();
        };
        folder.match_indices('/').map(|(at, _)| &folder[..at]).chain([folder]).collect()
    }

    /// Its folder relative to the manifests directory; empty for a file directly in it.
    pub fn folder_in_root(&self) -> Option<&'a str> {
        let root = self.root.as_ref()?;
        Some(self.file.place.strip_prefix(&*root.path)?.trim_start_matches('/'))
    }
}

/// Whether the names of two files indicate that they are not deployed together: they name different environments, or
/// one of them is marked as unused.
pub fn are_variants(one: &Manifest<'_>, other: &Manifest<'_>) -> bool {
    are_for_different_environments(one, other)
        || [one, other].iter().any(|manifest| words::retired(manifest.file.name()).is_some())
}

/// Whether the names of two files name different environments.
pub fn are_for_different_environments(one: &Manifest<'_>, other: &Manifest<'_>) -> bool {
    words::environments(one.file.name()) != words::environments(other.file.name())
}

/// The manifests that are known to be deployed to one cluster: those of a known manifests directory, or those of one
/// folder of a guessed one, since the folders of a guessed directory may be variants. Sorted by path.
pub fn deployments<'c, 'a>(cluster: &'c Cluster<'a>) -> Vec<Vec<&'c Manifest<'a>>> {
    let mut units: BTreeMap<&str, Vec<&Manifest<'a>>> = BTreeMap::new();
    for manifest in cluster.manifests.iter().filter(|manifest| manifest.is_deployed_as_is()) {
        let unit = match &manifest.root {
            Some(root) if root.certain => &*root.path,
            _ => &manifest.file.place,
        };
        units.entry(unit).or_default().push(manifest);
    }
    units.into_values().collect()
}
