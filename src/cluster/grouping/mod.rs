//! Which files belong to one cluster: nodes by the reasons that tie them, deployments by their owners. See
//! docs/grouping.md. This module must not read files, and produces no findings.

mod deployment;
mod joined;
mod node;
pub mod tie;
pub mod words;

use std::collections::BTreeMap;

use deployment::{Deployments, Owner};
use joined::join;
use node::{Node, Parts, nodes};
use tie::{Contradiction, Tie};

use super::place::Place;
use crate::rke2::file::Listed;
use crate::rke2::first_look::LeftOut;

/// The files of one cluster, by index.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// Main configuration files, each with its drop-ins. The main file may be missing.
    pub configs: Vec<Parts>,
    /// The configurations of the clusters that shared files may belong to: the files are checked with all of them.
    pub judges: Vec<Parts>,
    /// Manifests and objects of helm-controller.
    pub manifests: Vec<usize>,
    /// registries.yaml files.
    pub registries: Vec<usize>,
    /// The reason why each of its own files is in the cluster.
    pub ties: BTreeMap<usize, Tie>,
    /// Configurations next to these that belong to another cluster.
    pub apart: Vec<(usize, Contradiction)>,
}

impl Members {
    /// All of its own files, by index.
    pub fn files(&self) -> impl Iterator<Item = usize> {
        files(&self.configs).chain(self.manifests.iter().chain(&self.registries).copied())
    }

    /// The same files with all indices increased by `by`.
    pub(super) fn moved(mut self, by: usize) -> Self {
        let parts = self.configs.iter_mut().chain(&mut self.judges);
        let configs = parts.flat_map(|(main, drop_ins)| main.iter_mut().chain(drop_ins));
        for index in configs.chain(&mut self.manifests).chain(&mut self.registries) {
            *index += by;
        }
        self.ties = self.ties.into_iter().map(|(index, tie)| (index + by, tie)).collect();
        for (index, _) in &mut self.apart {
            *index += by;
        }
        self
    }

    /// All files that must be in memory, by index.
    pub fn needed(&self) -> impl Iterator<Item = usize> {
        self.files().chain(files(&self.judges))
    }
}

fn files(configs: &[Parts]) -> impl Iterator<Item = usize> {
    configs.iter().flat_map(|(main, drop_ins)| main.iter().chain(drop_ins)).copied()
}

/// The result of grouping.
#[derive(Debug, Default)]
pub struct Grouping {
    /// The clusters, in no particular order.
    pub clusters: Vec<Members>,
    /// The folders that contain main configurations.
    pub configured: Vec<String>,
    /// The folders of configurations whose main file is missing.
    pub fragments: Vec<String>,
    /// The main files of configurations, existing or not: folder and name.
    pub mains: Vec<(String, String)>,
    /// What each configuration disables or does not select, by folder.
    pub left_out: Vec<(String, LeftOut)>,
}

/// What identifies a cluster during grouping.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Declared(usize),
    /// The first node of the cluster.
    Nodes(usize),
    /// Files that may belong to several clusters; the first nodes of all of these.
    Shared(Vec<usize>),
    /// A manifests directory without a configuration.
    Root(String),
    /// Chart objects of one place without a configuration.
    Loose(String),
}

/// Groups files into clusters. `declared` holds, for each file, the cluster of the settings that it belongs to, if any.
pub fn group(files: &[Listed], places: &[Place], declared: &[Option<usize>]) -> Grouping {
    let nodes = nodes(files, places);
    let declared_nodes: Vec<Option<usize>> = nodes.iter().map(|node| declared[node.file]).collect();
    let joined = join(files, &nodes, &declared_nodes);
    let mut builder = Builder { clusters: Vec::new(), by_key: BTreeMap::new() };
    for (index, node) in nodes.iter().enumerate() {
        let key = declared_nodes[index].map_or(Key::Nodes(joined.cluster[index]), Key::Declared);
        let members = builder.at(key);
        members.configs.push(node.parts.clone());
        for file in node.parts.0.iter().chain(&node.parts.1) {
            members.ties.insert(*file, joined.ties[index].clone());
        }
        if let Some((other, reason)) = &joined.apart[index] {
            members.apart.push((nodes[*other].file, reason.clone()));
        }
    }
    let deployments = Deployments::new(files, &nodes, &joined.cluster, &declared_nodes);
    for (file, place) in places.iter().enumerate() {
        let root = match place {
            Place::Manifest(root) => root.as_ref(),
            Place::SkipMark(root) => Some(root),
            Place::Registries => None,
            Place::Config | Place::DropIn { .. } | Place::None => continue,
        };
        let is_registries = matches!(place, Place::Registries);
        let (key, tie) = match declared[file] {
            Some(cluster) => (Key::Declared(cluster), Tie::Declared),
            None => match deployments.owner(files[file].folder(), root, is_registries) {
                Owner::Cluster(cluster, tie) => (Key::Nodes(cluster), tie),
                Owner::Several(clusters) => {
                    let tie = Tie::Shared { clusters: clusters.len() };
                    (Key::Shared(clusters), tie)
                }
                Owner::Directory(root) => (Key::Root(root), Tie::Beside),
                Owner::Place(home) => (Key::Loose(home), Tie::Beside),
            },
        };
        let judges = match &key {
            Key::Shared(clusters) => clusters.clone(),
            _ => Vec::new(),
        };
        let members = builder.at(key);
        if members.judges.is_empty() {
            let judge = |&index: &usize| judges.binary_search(&joined.cluster[index]).is_ok();
            let judges = (0..if judges.is_empty() { 0 } else { nodes.len() }).filter(judge);
            members.judges.extend(judges.map(|index| nodes[index].parts.clone()));
        }
        members.ties.insert(file, tie);
        if is_registries { &mut members.registries } else { &mut members.manifests }.push(file);
    }
    let (configured, fragments) = nodes.iter().partition::<Vec<&Node>, _>(|node| node.parts.0.is_some());
    let folders = |nodes: Vec<&Node>| nodes.into_iter().map(|node| node.folder.clone()).collect();
    let leaves_out = |node: &&Node| node.facts.left_out != LeftOut::default();
    Grouping {
        clusters: builder.clusters,
        configured: folders(configured),
        fragments: folders(fragments),
        mains: nodes.iter().map(|node| (node.folder.clone(), node.name.clone())).collect(),
        left_out: nodes
            .iter()
            .filter(leaves_out)
            .map(|node| (node.folder.clone(), node.facts.left_out.clone()))
            .collect(),
    }
}

/// Puts all files into one cluster, because the objects that contain them refer to each other.
pub fn group_joined(files: &[Listed], places: &[Place]) -> Grouping {
    let mut grouping = group(files, places, &vec![Some(0); files.len()]);
    for tie in grouping.clusters.iter_mut().flat_map(|members| members.ties.values_mut()) {
        *tie = Tie::Named;
    }
    grouping
}

struct Builder {
    clusters: Vec<Members>,
    by_key: BTreeMap<Key, usize>,
}

impl Builder {
    fn at(&mut self, key: Key) -> &mut Members {
        let slot = *self.by_key.entry(key).or_insert_with(|| {
            self.clusters.push(Members::default());
            self.clusters.len() - 1
        });
        &mut self.clusters[slot]
    }
}
