//! Finds the owner of a manifests directory, a registries.yaml or a loose chart object. Must not decide which nodes
//! form one cluster.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use super::node::Node;
use super::tie::Tie;
use super::words::{home, home_of_base, is_set_apart, retired};
use crate::cluster::place::ManifestRoot;
use crate::rke2::classify::Content;
use crate::rke2::file::{Listed, join};

/// The owner of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A cluster, identified by its first node.
    Cluster(usize, Tie),
    /// One of several clusters, sorted.
    Several(Vec<usize>),
    /// Unknown; a manifests directory is a group of its own.
    Directory(String),
    /// Unknown; the chart objects of one place are a group.
    Place(String),
}

/// The nodes that deployments may belong to, indexed by their homes (see [`home`]).
pub struct Deployments<'n> {
    files: &'n [Listed],
    nodes: &'n [Node],
    clusters: &'n [usize],
    /// Nodes that settings do not declare, by home.
    homes: BTreeMap<&'n str, Vec<usize>>,
    /// The folders with a kustomization.
    overlaid: BTreeSet<&'n str>,
    /// Cache: files of one folder have one owner.
    known: RefCell<HashMap<(String, bool, bool), Option<Owner>>>,
}

impl<'n> Deployments<'n> {
    /// `clusters` holds the cluster of each node.
    pub fn new(
        files: &'n [Listed],
        nodes: &'n [Node],
        clusters: &'n [usize],
        declared: &[Option<usize>],
    ) -> Self {
        let mut homes: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, node) in nodes.iter().enumerate() {
            if declared[index].is_none() && node.apart.is_none() {
                homes.entry(node.home()).or_default().push(index);
            }
        }
        let kustomizations = files.iter().filter(|file| file.content == Content::Kustomization);
        let overlaid = kustomizations.map(Listed::folder).collect();
        Self { files, nodes, clusters, homes, overlaid, known: RefCell::default() }
    }

    /// The owner of the files in a folder. `shared`: they may be meant for all clusters below the folder.
    pub fn owner(&self, folder: &str, root: Option<&ManifestRoot>, is_registries: bool) -> Owner {
        let place = root.map_or(folder, |root| set_apart(folder, root));
        let certain = root.is_some_and(|root| root.certain);
        let shared = is_registries || root.is_some_and(|root| !root.certain && *root.path == *place);
        let known = self.known.borrow().get(&(place.to_owned(), shared, certain)).cloned();
        let found = known.unwrap_or_else(|| {
            let found = self.find(place, shared, certain).or_else(|| self.of_base(place));
            self.known.borrow_mut().insert((place.to_owned(), shared, certain), found.clone());
            found
        });
        found.unwrap_or_else(|| match root {
            Some(_) => Owner::Directory(place.to_owned()),
            None => Owner::Place(home(place).to_owned()),
        })
    }

    fn find(&self, place: &str, shared: bool, certain: bool) -> Option<Owner> {
        let whose = home(place);
        if let Some(nodes) = self.homes.get(whose) {
            let nearest = self.nearest(nodes, place);
            let mut clusters: Vec<usize> = nearest.iter().map(|&node| self.clusters[node]).collect();
            clusters.sort_unstable();
            clusters.dedup();
            return match (clusters.as_slice(), nearest.first()) {
                (&[cluster], Some(&node)) => Some(Owner::Cluster(cluster, self.tie(node, place, certain))),
                _ => Some(Owner::Several(clusters)),
            };
        }
        if !shared {
            return None;
        }
        let nodes: Vec<usize> = self.below(whose).collect();
        let mut clusters: Vec<usize> = nodes.iter().map(|&node| self.clusters[node]).collect();
        clusters.sort_unstable();
        clusters.dedup();
        match (clusters.as_slice(), nodes.as_slice()) {
            // Each node has its own folder, so files above these folders belong to their cluster.
            (&[cluster], [first, .., last]) if self.nodes[*first].home() != self.nodes[*last].home() => {
                let of = Arc::clone(&self.files[self.nodes[*first].file].path);
                Some(Owner::Cluster(cluster, Tie::Roles { of }))
            }
            // A single configuration somewhere below is not enough evidence.
            ([_] | [], _) => None,
            _ => Some(Owner::Several(clusters)),
        }
    }

    /// The owner of a kustomize base: the cluster above it, if only folders that describe contents are between them
    /// (`deploy/base`), no other cluster is below, and there is at most one overlay.
    fn of_base(&self, place: &str) -> Option<Owner> {
        let whose = Some(home_of_base(place)).filter(|_| self.overlaid.contains(place))?;
        let nodes = self.homes.get(whose)?;
        let (&first, others) = nodes.split_first()?;
        let cluster = self.clusters[first];
        if others.iter().copied().chain(self.below(whose)).any(|node| self.clusters[node] != cluster) {
            return None;
        }
        // Several overlays may be for as many clusters, most of which have their configuration elsewhere.
        let prefix = join(whose, "");
        let overlays = self.overlaid.iter().filter(|folder| folder.starts_with(&prefix));
        let overlays = overlays.filter(|folder| home_of_base(folder) != whose).count();
        let of = Arc::clone(&self.files[self.nodes[first].file].path);
        (overlays < 2).then_some(Owner::Cluster(cluster, Tie::Roles { of }))
    }

    /// The nodes that share the deepest folder with a place; among these, the ones nearest to the root.
    fn nearest(&self, nodes: &[usize], place: &str) -> Vec<usize> {
        let distance = |&&node: &&usize| {
            let folder = self.nodes[node].folder.as_str();
            let parts = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
            let (own, other) = (parts(folder), parts(place));
            let shared = own.iter().zip(&other).take_while(|(a, b)| a == b).count();
            (std::cmp::Reverse(shared), own.len())
        };
        let Some(least) = nodes.iter().map(|node| distance(&node)).min() else { return Vec::new() };
        nodes.iter().filter(|node| distance(node) == least).copied().collect()
    }

    fn tie(&self, node: usize, place: &str, certain: bool) -> Tie {
        let config = &self.nodes[node];
        let of = Arc::clone(&self.files[config.file].path);
        if config.folder.ends_with("etc/rancher/rke2") && (certain || place == config.folder) {
            return Tie::Root { of };
        }
        let rest = place.strip_prefix(&config.folder).map(|rest| rest.trim_start_matches('/'));
        match rest {
            Some("" | "manifests") => Tie::Folder { of },
            _ => Tie::Roles { of },
        }
    }

    /// The nodes in all homes below a home.
    fn below(&self, whose: &str) -> impl Iterator<Item = usize> {
        let prefix =
            if whose.is_empty() || whose.ends_with('/') { whose.to_owned() } else { format!("{whose}/") };
        let from = self.homes.range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded));
        let inside: Vec<usize> = from
            .take_while(|(home, _)| home.starts_with(&prefix))
            .filter(|(home, _)| !home[prefix.len()..].split('/').any(|part| retired(part).is_some()))
            .flat_map(|(_, nodes)| nodes.iter().copied())
            .collect();
        inside.into_iter()
    }
}

/// The folder that is deployed together with a file: the manifests directory, or a folder in a guessed directory that
/// may be meant for another cluster or be unused.
fn set_apart<'p>(folder: &'p str, root: &'p ManifestRoot) -> &'p str {
    if root.certain {
        return &root.path;
    }
    let Some(rest) = folder.strip_prefix(&*root.path).and_then(|rest| rest.strip_prefix('/')) else {
        return &root.path;
    };
    let mut end = root.path.len();
    for part in rest.split('/') {
        end += 1 + part.len();
        if is_set_apart(part) {
            return &folder[..end];
        }
    }
    &root.path
}
