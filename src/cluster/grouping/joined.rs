//! Which nodes form one cluster: by the server they join, their tokens, and finally their paths. Must not look at
//! manifests.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::node::Node;
use super::tie::{Contradiction, Tie};
use super::words::{environments, home, retired};
use crate::rke2::file::Listed;
use crate::rke2::first_look::NameKey;
use crate::source::{file_name, folder};

/// If more nodes than this have the same name, the name does not identify any of them.
const MANY: usize = 16;

/// The clusters formed by the nodes.
#[derive(Debug)]
pub struct Joined {
    /// For each node, the first node of its cluster.
    pub cluster: Vec<usize>,
    /// For each node, the reason why it is in its cluster.
    pub ties: Vec<Tie>,
    /// For each node that is next to another cluster, that cluster's node and the reason why it is not part of it.
    pub apart: Vec<Option<(usize, Contradiction)>>,
}

/// Groups nodes. `declared` holds, for each node, the cluster of the settings that it belongs to, if any.
pub fn join(files: &[Listed], nodes: &[Node], declared: &[Option<usize>]) -> Joined {
    let mut joining = Joining {
        files,
        nodes,
        parents: (0..nodes.len()).collect(),
        ties: vec![Tie::First; nodes.len()],
        apart: vec![None; nodes.len()],
    };
    let mut declared_first: BTreeMap<usize, usize> = BTreeMap::new();
    let mut homes: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, node) in nodes.iter().enumerate() {
        if let Some(cluster) = declared[index] {
            let first = *declared_first.entry(cluster).or_insert(index);
            joining.union(first, index);
            joining.ties[index] = Tie::Declared;
        } else {
            homes.entry(node.home()).or_default().push(index);
        }
    }
    for members in homes.values() {
        joining.one_home(members);
    }
    joining.across_homes(homes.keys().copied(), &homes);
    joining.finish()
}

struct Joining<'n> {
    files: &'n [Listed],
    nodes: &'n [Node],
    parents: Vec<usize>,
    ties: Vec<Tie>,
    apart: Vec<Option<(usize, Contradiction)>>,
}

/// A node found by name: the node, and the key that gives it the name.
type Named = (usize, NameKey);

impl<'n> Joining<'n> {
    /// Ties the nodes of one home.
    fn one_home(&mut self, members: &[usize]) {
        let nodes = self.nodes;
        let (live, apart): (Vec<usize>, Vec<usize>) =
            members.iter().copied().partition(|&index| nodes[index].apart.is_none());
        let Some(&first) = live.first().or(apart.first()) else { return };
        for index in apart {
            let other = live
                .iter()
                .copied()
                .find(|&other| nodes[other].folder == nodes[index].folder)
                .unwrap_or(first);
            self.keep_apart(index, other, nodes[index].apart.clone());
        }
        let starters: Vec<usize> = live.iter().copied().filter(|&index| nodes[index].starts()).collect();
        for &starter in starters.iter().skip(1) {
            let reason = nodes[starter].contradicts(&nodes[starters[0]], false);
            self.keep_apart(starter, starters[0], Some(reason.unwrap_or(Contradiction::BothStart)));
        }
        let index = Starters::of(nodes, &starters);
        let mut left: Vec<usize> = Vec::new();
        for &node in live.iter().filter(|&&node| !nodes[node].starts()) {
            if !self.tie_to_starter(node, &index) {
                left.push(node);
            }
        }
        self.same_host(&left, |node| (nodes[node].environments.clone(), tokens(&nodes[node])), |_| true);
    }

    /// Ties a node that does not start a cluster to the node of its home that does.
    fn tie_to_starter(&mut self, node: usize, starters: &Starters<'n>) -> bool {
        let own = &self.nodes[node];
        if let Some(host) = own.facts.join_host.as_deref() {
            let named = starters.by_name.get(host).map_or(&[][..], Vec::as_slice);
            match self.only(node, named) {
                Ok(Some((starter, key))) => {
                    let tie = Tie::Joins { host: host.to_owned(), key, of: self.shown(starter) };
                    self.tie(node, starter, tie);
                    return true;
                }
                Ok(None) => {}
                Err((other, reason)) => {
                    self.keep_apart(node, other, Some(reason));
                    return false;
                }
            }
        }
        let same_token = own.facts.token.and_then(|token| starters.by_token.get(&token));
        if let Some([starter]) = same_token.map(Vec::as_slice)
            && own.contradicts(&self.nodes[*starter], false).is_none()
        {
            let tie = Tie::Token { of: self.shown(*starter) };
            self.tie(node, *starter, tie);
            return true;
        }
        match starters.by_environment.get(&own.environments).map(Vec::as_slice) {
            Some(&[starter]) => match own.contradicts(&self.nodes[starter], false) {
                None => {
                    let of = self.shown(starter);
                    let beside = own.folder == self.nodes[starter].folder;
                    let tie = if beside { Tie::Folder { of } } else { Tie::Roles { of } };
                    self.tie(node, starter, tie);
                    return true;
                }
                reason => self.keep_apart(node, starter, reason),
            },
            Some(&[first, ..]) => self.keep_apart(node, first, Some(Contradiction::Ambiguous)),
            _ => {
                if let Some(&first) = starters.all.first() {
                    self.keep_apart(node, first, own.contradicts(&self.nodes[first], false));
                }
            }
        }
        false
    }

    /// The only node with a name that nothing keeps apart from `node`. If all are kept apart, the first reason.
    fn only(&self, node: usize, named: &[Named]) -> Result<Option<Named>, (usize, Contradiction)> {
        let Some(&(first, _)) = named.first() else { return Ok(None) };
        if named.len() > MANY {
            return Err((first, Contradiction::Ambiguous));
        }
        let own = &self.nodes[node];
        let fits =
            |&&(other, _): &&Named| other != node && own.contradicts(&self.nodes[other], true).is_none();
        let mut fitting = named.iter().filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(&found), None) => Ok(Some(found)),
            (Some(_), Some(_)) => Err((first, Contradiction::Ambiguous)),
            (None, _) => {
                let reason = own.contradicts(&self.nodes[first], true);
                Err((first, reason.unwrap_or(Contradiction::Ambiguous)))
            }
        }
    }

    /// Ties nodes that join the same host and have the same `key`, out of those for which `counts` is true.
    fn same_host<K: Ord>(
        &mut self,
        nodes: &[usize],
        key: impl Fn(usize) -> K,
        counts: impl Fn(usize) -> bool,
    ) {
        let mut hosts: BTreeMap<(&str, K), usize> = BTreeMap::new();
        for &node in nodes {
            let Some(host) = self.nodes[node].facts.join_host.as_deref().filter(|_| counts(node)) else {
                continue;
            };
            let first = *hosts.entry((host, key(node))).or_insert(node);
            if first != node {
                self.tie(node, first, Tie::SameHost { host: host.to_owned() });
            }
        }
    }

    /// Ties nodes of sibling folders with one node each. Only evidence in the files counts here, not their paths.
    fn across_homes<'h>(
        &mut self,
        order: impl Iterator<Item = &'h str>,
        homes: &BTreeMap<&'h str, Vec<usize>>,
    ) {
        let nodes = self.nodes;
        let mut starters: HashMap<(&str, &str), Vec<Named>> = HashMap::new();
        let mut alone: Vec<(&str, usize)> = Vec::new();
        for place in order.filter(|place| retired(file_name(place)).is_none()) {
            let scope = home(folder(place));
            // The root of a tree has no siblings.
            if place.is_empty() || place == "/" {
                continue;
            }
            for &index in &homes[place] {
                let node = &nodes[index];
                if node.apart.is_some() {
                    continue;
                }
                if node.starts() {
                    let mut seen = HashSet::new();
                    for (key, name) in &node.facts.names {
                        if seen.insert(name) {
                            starters.entry((scope, &**name)).or_default().push((index, *key));
                        }
                    }
                } else if node.facts.join_host.is_some()
                    && self.root(index) == index
                    && self.is_alone(index, &homes[place])
                {
                    alone.push((scope, index));
                }
            }
        }
        let mut left = Vec::new();
        for (scope, node) in alone {
            let Some(host) = nodes[node].facts.join_host.as_deref() else { continue };
            let named = starters.get(&(scope, host)).map_or(&[][..], Vec::as_slice);
            let beside: Vec<Named> = named
                .iter()
                .copied()
                .take(MANY + 1)
                .filter(|&(other, _)| !self.differ(node, other))
                .collect();
            match self.only(node, &beside) {
                Ok(Some((starter, key))) => {
                    let tie = Tie::Joins { host: host.to_owned(), key, of: self.shown(starter) };
                    self.tie(node, starter, tie);
                }
                Ok(None) if named.is_empty() => left.push((scope, node)),
                Ok(None) | Err(_) => {}
            }
        }
        let scopes: HashMap<usize, &str> = left.iter().map(|&(scope, node)| (node, scope)).collect();
        let left: Vec<usize> = left.into_iter().map(|(_, node)| node).collect();
        // Different clusters often use the same host name, but not the same token.
        let key = |node: usize| {
            (scopes.get(&node).copied(), environments(file_name(nodes[node].home())), nodes[node].facts.token)
        };
        self.same_host(&left, key, |node| nodes[node].facts.token.is_some());
    }

    /// Whether the folders of two nodes name different environments.
    fn differ(&self, one: usize, other: usize) -> bool {
        let of = |node: usize| environments(file_name(self.nodes[node].home()));
        let (own, others) = (of(one), of(other));
        !own.is_empty() && !others.is_empty() && own != others
    }

    /// Whether a node was tied to no other node of its home.
    fn is_alone(&self, node: usize, members: &[usize]) -> bool {
        self.ties[node] == Tie::First
            && (members.len() == 1
                || members.len() <= MANY
                    && members.iter().all(|&other| other == node || self.root(other) != node))
    }

    fn tie(&mut self, node: usize, to: usize, tie: Tie) {
        self.union(to, node);
        self.ties[node] = tie;
    }

    fn keep_apart(&mut self, node: usize, from: usize, reason: Option<Contradiction>) {
        if let Some(reason) = reason.filter(|_| node != from) {
            self.apart[node] = Some((from, reason));
        }
    }

    fn shown(&self, node: usize) -> Arc<str> {
        Arc::clone(&self.files[self.nodes[node].file].path)
    }

    fn root(&self, mut node: usize) -> usize {
        while self.parents[node] != node {
            node = self.parents[node];
        }
        node
    }

    fn union(&mut self, to: usize, node: usize) {
        let (to, node) = (self.root(to), self.root(node));
        self.parents[node] = to;
    }

    fn finish(self) -> Joined {
        let cluster = (0..self.nodes.len()).map(|node| self.root(node)).collect();
        Joined { cluster, ties: self.ties, apart: self.apart }
    }
}

/// The tokens, which must agree for nodes that join the same host.
fn tokens(node: &Node) -> (Option<u64>, Option<&str>) {
    (node.facts.token, node.facts.token_file.as_deref())
}

/// The nodes of one home that start a cluster.
struct Starters<'n> {
    all: Vec<usize>,
    by_name: HashMap<&'n str, Vec<Named>>,
    by_token: HashMap<u64, Vec<usize>>,
    by_environment: BTreeMap<Vec<&'static str>, Vec<usize>>,
}

impl<'n> Starters<'n> {
    fn of(nodes: &'n [Node], starters: &[usize]) -> Self {
        let mut index = Self {
            all: starters.to_vec(),
            by_name: HashMap::new(),
            by_token: HashMap::new(),
            by_environment: BTreeMap::new(),
        };
        for &starter in starters {
            let node = &nodes[starter];
            let mut seen = HashSet::new();
            for (key, name) in &node.facts.names {
                if seen.insert(name) {
                    index.by_name.entry(name).or_default().push((starter, *key));
                }
            }
            if let Some(token) = node.facts.token {
                index.by_token.entry(token).or_default().push(starter);
            }
            index.by_environment.entry(node.environments.clone()).or_default().push(starter);
        }
        index
    }
}
