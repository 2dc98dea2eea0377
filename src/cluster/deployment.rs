//! Which manifests RKE2 deploys together: what a rule about a directory as a whole may look at. This module
//! must not judge.

use std::collections::BTreeMap;

use super::Cluster;
use super::charts::Manifest;

impl<'a> Manifest<'a> {
    /// Whether it lies in a directory that RKE2 reads for sure.
    pub fn is_certain(&self) -> bool {
        self.root.as_ref().is_some_and(|root| root.certain)
    }

    /// Whether RKE2 reads the file as it stands: for sure, or in a guessed directory that no kustomization
    /// and no Fleet takes care of.
    pub fn is_deployed_as_is(&self) -> bool {
        self.is_certain() || (self.root.is_some() && !self.overlay.namespace)
    }

    /// Its path below the manifests directory, with `/`.
    pub fn path_in_root(&self) -> Option<&'a str> {
        let root = self.root.as_ref()?;
        self.file.path().strip_prefix(&root.path)?.strip_prefix('/')
    }

    /// The folders between the manifests directory and the file, as paths below it: `a`, `a/b`.
    pub fn folders_in_root(&self) -> Vec<&'a str> {
        let Some(path) = self.path_in_root() else { return Vec::new() };
        path.match_indices('/').map(|(at, _)| &path[..at]).collect()
    }
}

/// The manifests that end up in one cluster for sure: those of a certain directory, or of one folder of a
/// guessed one, whose folders may be variants. Sorted by path.
pub fn deployments<'c, 'a>(cluster: &'c Cluster<'a>) -> Vec<Vec<&'c Manifest<'a>>> {
    let mut units: BTreeMap<&str, Vec<&Manifest<'a>>> = BTreeMap::new();
    for manifest in cluster.manifests.iter().filter(|manifest| manifest.is_deployed_as_is()) {
        let unit = match &manifest.root {
            Some(root) if root.certain => root.path.as_str(),
            _ => manifest.file.folder(),
        };
        units.entry(unit).or_default().push(manifest);
    }
    units.into_values().collect()
}
