//! What the whole tree contains, for rules about something missing: files in another cluster's folder do not
//! count, all others do. Produces no findings.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::grouping::{Grouping, words};
use super::verdict::{Foreign, Verdict};
use crate::rke2::file::{Listed, join};
use crate::rke2::first_look::{Delivery, Facts, LeftOut, ObjectKind, name_hash};
use crate::source::folder;

/// The objects and configurations of a tree, by their places.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Where objects of a kind and name are; the name is `None` where a template fills it in.
    objects: HashMap<(ObjectKind, Option<u64>), Vec<Sighting>>,
    /// Folders that hold a main configuration, or have one below.
    configured: HashSet<String>,
    /// Folders of drop-ins whose main file is not there.
    fragments: Vec<String>,
    /// Folders with a configuration of K3s.
    k3s: HashSet<Arc<str>>,
    /// Folders with objects that make another tool deploy what is not in the tree.
    deliveries: HashSet<Arc<str>>,
    /// The files that may change what others contain, by their indices: those with values, which may be patches, and those
    /// with deliveries.
    changing: Vec<(usize, Box<[Delivery]>)>,
    /// What each configuration leaves out, by its folder.
    left_out: Vec<(String, LeftOut)>,
    /// The names of main files, by their folders.
    names: HashMap<String, Vec<String>>,
}

/// An object somewhere.
#[derive(Debug, PartialEq, Eq)]
struct Sighting {
    place: Arc<str>,
    namespace: Option<u64>,
}

impl Tree {
    /// What the files of a tree hold.
    pub(super) fn new(files: &[Listed], verdicts: &[Verdict], grouping: &Grouping) -> Self {
        let mut tree = Self { fragments: grouping.fragments.clone(), ..Self::default() };
        for place in &grouping.configured {
            for folder in ancestors(place) {
                if !tree.configured.insert(folder.to_owned()) {
                    break;
                }
            }
        }
        for (place, name) in &grouping.mains {
            tree.names.entry(place.clone()).or_default().push(name.clone());
        }
        tree.left_out.clone_from(&grouping.left_out);
        let known = OnceCell::new();
        let folders = || known.get_or_init(|| files.iter().flat_map(|file| ancestors(&file.place)).collect());
        for (index, (file, verdict)) in files.iter().zip(verdicts).enumerate() {
            if matches!(verdict, Verdict::Foreign(Foreign::K3s | Foreign::JoinsApiPort)) {
                tree.k3s.insert(Arc::clone(&file.place));
            }
            match &file.facts {
                Some(Facts::Objects { objects, deliveries }) => {
                    if deliveries.iter().any(|delivery| !is_here(delivery, &file.place, folders())) {
                        tree.deliveries.insert(Arc::clone(&file.place));
                    }
                    if !deliveries.is_empty() || objects.iter().any(|object| object.has_values) {
                        tree.changing.push((index, deliveries.clone()));
                    }
                    for object in objects {
                        let seen = tree.objects.entry((object.kind, object.name)).or_default();
                        let (place, namespace) = (&file.place, object.namespace);
                        if !seen
                            .last()
                            .is_some_and(|last| last.namespace == namespace && last.place == *place)
                        {
                            seen.push(Sighting { place: Arc::clone(place), namespace });
                        }
                    }
                }
                Some(Facts::ValuesPatch) => tree.changing.push((index, Box::default())),
                Some(Facts::Node(_)) | None => {}
            }
        }
        tree
    }

    /// Whether an object of a kind and name may be meant for what lies in a folder: also one whose name a template
    /// fills in.
    pub fn has(&self, from: &str, kind: ObjectKind, name: &str) -> bool {
        self.sightings(from, kind, name).next().is_some()
    }

    /// The same in a namespace; one that is not written, or that a template fills in, may be any.
    pub fn has_in(&self, from: &str, kind: ObjectKind, name: &str, namespace: &str) -> bool {
        let namespace = name_hash(namespace);
        self.sightings(from, kind, name).any(|seen| seen.namespace.is_none_or(|other| other == namespace))
    }

    /// Whether an object of a kind and name is anywhere in the tree.
    pub fn has_anywhere(&self, kind: ObjectKind, name: &str) -> bool {
        self.objects.contains_key(&(kind, Some(name_hash(name))))
    }

    /// Whether another tool may deploy more than a folder contains.
    pub fn has_delivery(&self, from: &str) -> bool {
        self.deliveries.iter().any(|place| self.is_common(from, place))
    }

    /// Whether some configuration that may be meant for a folder leaves a packaged chart out.
    pub fn is_left_out(&self, from: &str, chart: &str) -> bool {
        let component = chart.strip_prefix("rke2-").unwrap_or(chart);
        let component = component.strip_suffix("-crd").unwrap_or(component);
        self.left_out.iter().any(|(place, left_out)| {
            let cni = || left_out.cni.as_deref().is_some_and(|cni| cni != component);
            let is_cni = matches!(component, "calico" | "canal" | "cilium" | "flannel");
            (left_out.disabled.contains(&name_hash(chart)) || is_cni && cni()) && self.is_common(from, place)
        })
    }

    /// The names of the main files of configurations in a folder.
    pub fn configurations_in(&self, place: &str) -> &[String] {
        self.names.get(place).map_or(&[], Vec::as_slice)
    }

    fn sightings(&self, from: &str, kind: ObjectKind, name: &str) -> impl Iterator<Item = &Sighting> {
        let named = [Some(name_hash(name)), None].map(|name| self.objects.get(&(kind, name)));
        named.into_iter().flatten().flatten().filter(move |seen| self.is_common(from, &seen.place))
    }

    /// Whether drop-ins that have no main file may complete a configuration in a folder.
    pub fn completes(&self, from: &str) -> bool {
        self.fragments.iter().any(|place| place != from && self.is_common(from, place))
    }

    /// Whether a configuration of K3s lies in a folder, or above it but not above one of RKE2.
    pub fn is_k3s(&self, from: &str) -> bool {
        ancestors(from).any(|folder| self.k3s.contains(folder))
    }

    /// Whether what lies in one place may be meant for another: it may unless both lie in folders of their own that
    /// hold configurations.
    fn is_common(&self, from: &str, place: &str) -> bool {
        match (branch(from, place), branch(place, from)) {
            (Some(own), Some(other)) => {
                // A folder named for its contents is not another cluster.
                let is_role = |branch: &str| words::home(branch).len() < branch.len();
                is_role(own)
                    || is_role(other)
                    || !(self.configured.contains(own) && self.configured.contains(other))
            }
            _ => true,
        }
    }
}

/// Whether what another tool deploys is in the tree: the path counts from the root of the repository, which is one of
/// the folders above the file that says so.
fn is_here(delivery: &Delivery, place: &str, folders: &HashSet<&str>) -> bool {
    let Some(path) = delivery.path.as_deref() else { return false };
    path.is_empty() || ancestors(place).any(|above| folders.contains(join(above, path).as_str()))
}

/// The folder on the way to `place` that lies right below the deepest folder shared with `other`.
fn branch<'p>(place: &'p str, other: &str) -> Option<&'p str> {
    let mut shared = 0;
    for part in place.split_inclusive('/') {
        let end = shared + part.len();
        let is_shared = other.starts_with(&place[..end])
            && (part.ends_with('/') || other.len() == end || other.as_bytes().get(end) == Some(&b'/'));
        if !is_shared {
            return Some(place[..end].trim_end_matches('/'));
        }
        shared = end;
    }
    None
}

/// A folder and the folders above it, the deepest first; the last is the root.
pub(super) fn ancestors(place: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(place), |place| match *place {
        "" | "/" => None,
        inner => Some(folder(inner)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_are_what_parts_two_places() {
        assert_eq!(branch("a/b/c", "a/d"), Some("a/b"));
        assert_eq!(branch("a", "a/d"), None);
        assert_eq!(branch("a/bc", "a/b"), Some("a/bc"));
        assert_eq!(branch("/x/a", "/x/b"), Some("/x/a"));
    }

    #[test]
    fn what_lies_in_another_clusters_folder_does_not_count() {
        let configured = ["", "clusters", "clusters/a", "clusters/b"].map(str::to_owned);
        let tree = Tree { configured: configured.into(), ..Tree::default() };
        assert!(!tree.is_common("clusters/a/manifests", "clusters/b/manifests"));
        assert!(tree.is_common("clusters/a/manifests", "shared/manifests"));
        assert!(tree.is_common("clusters/a/manifests", "clusters"));
    }
}
