//! What the whole tree contains, for rules about something missing. Files in another cluster's folder do not count; all
//! others do. Produces no findings.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::grouping::{Grouping, words};
use super::verdict::{Foreign, Verdict};
use crate::rke2::file::{Listed, join};
use crate::rke2::first_look::{Delivery, Facts, LeftOut, ObjectKind, name_hash};
use crate::source::{FileId, folder};

/// The objects and configurations of a tree, by place.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Where objects with a kind and name are; the name is `None` if a template fills it in.
    objects: HashMap<(ObjectKind, Option<u64>), Vec<Sighting>>,
    /// Folders with a main configuration in them or below.
    configured: HashSet<String>,
    /// Folders of drop-ins whose main file is missing, and of files whose units complete a configuration elsewhere.
    fragments: Vec<String>,
    /// Folders with a K3s configuration.
    k3s: HashSet<Arc<str>>,
    /// Folders with objects that make another tool deploy something that is not in the tree.
    deliveries: HashSet<Arc<str>>,
    /// The indices of files that may change the contents of others: those with chart values, which may be patches, and
    /// those with deliveries.
    changing: Vec<(usize, Box<[Delivery]>)>,
    /// What each configuration disables or does not select, by folder.
    left_out: Vec<(String, LeftOut)>,
    /// The names of main files, by folder.
    names: HashMap<String, Vec<String>>,
    /// Paths of configurations with which services of the tree start RKE2.
    started: BTreeSet<String>,
}

/// An occurrence of an object.
#[derive(Debug, PartialEq, Eq)]
struct Sighting {
    place: Arc<str>,
    namespace: Option<u64>,
}

impl Tree {
    /// Collects what the files of a tree contain.
    pub(super) fn new(
        files: &[Listed],
        verdicts: &[Verdict],
        grouping: &Grouping,
        started: &BTreeSet<String>,
    ) -> Self {
        let (fragments, started) = (grouping.fragments.clone(), started.clone());
        let mut tree = Self { fragments, started, ..Self::default() };
        // Hosts are in front of their units, which are at the end.
        let units = files.iter().rev().map_while(|file| file.island.as_ref());
        let hosts: HashSet<FileId> = units.filter_map(|island| island.completes).collect();
        if !hosts.is_empty() {
            let completing = files.iter().filter(|file| hosts.contains(&file.id));
            tree.fragments.extend(completing.map(|file| file.place.to_string()));
        }
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
                        // Nearly all objects are in one place, and a list that grows begins with room for four.
                        let seen = tree.objects.entry((object.kind, object.name));
                        let seen = seen.or_insert_with(|| Vec::with_capacity(1));
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

    /// Whether the tree contains an object with a kind and name that may be meant for the contents of a folder. An
    /// object whose name a template fills in counts as well.
    pub fn has(&self, from: &str, kind: ObjectKind, name: &str) -> bool {
        self.sightings(from, kind, name).next().is_some()
    }

    /// Like [`Self::has`], in a namespace. A namespace that is not set, or that a template fills in, may be any.
    pub fn has_in(&self, from: &str, kind: ObjectKind, name: &str, namespace: &str) -> bool {
        let namespace = name_hash(namespace);
        self.sightings(from, kind, name).any(|seen| seen.namespace.is_none_or(|other| other == namespace))
    }

    /// Whether an object with a kind and name is anywhere in the tree.
    pub fn has_anywhere(&self, kind: ObjectKind, name: &str) -> bool {
        self.objects.contains_key(&(kind, Some(name_hash(name))))
    }

    /// Whether another tool may deploy more than the contents of a folder.
    pub fn has_delivery(&self, from: &str) -> bool {
        self.deliveries.iter().any(|place| self.is_common(from, place))
    }

    /// Whether a configuration that may apply to a folder disables or does not select a packaged chart.
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

    /// Whether a service of the tree starts RKE2 with a file.
    pub fn is_started_with(&self, path: &str) -> bool {
        // A copy of a node's files has its folders below another one.
        self.started.iter().any(|started| path.ends_with(started.trim_start_matches('/')))
    }

    fn sightings(&self, from: &str, kind: ObjectKind, name: &str) -> impl Iterator<Item = &Sighting> {
        let named = [Some(name_hash(name)), None].map(|name| self.objects.get(&(kind, name)));
        named.into_iter().flatten().flatten().filter(move |seen| self.is_common(from, &seen.place))
    }

    /// Whether drop-ins without a main file may complete a configuration in a folder.
    pub fn completes(&self, from: &str) -> bool {
        self.fragments.iter().any(|place| place != from && self.is_common(from, place))
    }

    /// Whether a K3s configuration is in a folder or above it.
    pub fn is_k3s(&self, from: &str) -> bool {
        ancestors(from).any(|folder| self.k3s.contains(folder))
    }

    /// Whether the contents of one place may be meant for another. They are not if each place is in its own folder with
    /// configurations.
    fn is_common(&self, from: &str, place: &str) -> bool {
        match (branch(from, place), branch(place, from)) {
            (Some(own), Some(other)) => {
                // A folder named for its contents is not a separate cluster.
                let is_role = |branch: &str| words::home(branch).len() < branch.len();
                is_role(own)
                    || is_role(other)
                    || !(self.configured.contains(own) && self.configured.contains(other))
            }
            _ => true,
        }
    }
}

/// Whether what another tool deploys is in the tree. Its path is relative to the root of the repository, which is one
/// of the folders above the file.
fn is_here(delivery: &Delivery, place: &str, folders: &HashSet<&str>) -> bool {
    let Some(path) = delivery.path.as_deref() else { return false };
    path.is_empty() || ancestors(place).any(|above| folders.contains(join(above, path).as_str()))
}

/// The folder on the path to `place` directly below the deepest folder that it shares with `other`.
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

/// A folder and the folders above it, deepest first; the last one is the root.
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
