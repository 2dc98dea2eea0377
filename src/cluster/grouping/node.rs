//! The nodes of a tree: main configurations with their drop-ins, and what is known about each before it is fully
//! parsed. Must not decide which of them belong together.

use std::collections::{BTreeMap, HashSet};

use super::tie::Contradiction;
use super::words::{environments, home, retired, words};
use crate::cluster::place::Place;
use crate::cluster::server::{NodeRole, role};
use crate::rke2::file::Listed;
use crate::rke2::first_look::{Facts, NodeFacts};
use crate::source::{file_name, folder};

/// The folder where RKE2 looks for its configuration.
const CONFIG_FOLDER: &str = "etc/rancher/rke2";

/// The files of a configuration: the main file, which may be missing, and the drop-ins in reading order.
pub type Parts = (Option<usize>, Vec<usize>);

/// A main configuration with its drop-ins.
#[derive(Debug)]
pub struct Node {
    /// The folder of the main file.
    pub folder: String,
    /// The name of the main file.
    pub name: String,
    /// The main file, or the first drop-in.
    pub file: usize,
    /// All of its files.
    pub parts: Parts,
    /// The combined facts of its files.
    pub facts: NodeFacts,
    /// Server or agent.
    pub role: NodeRole,
    /// The environments in the name of the main file.
    pub environments: Vec<&'static str>,
    /// The reason why it is kept apart from every other node, if any.
    pub apart: Option<Contradiction>,
    /// Whether the name of the main file or of its folder mentions K3s.
    pub k3s: bool,
}

impl Node {
    /// Its home: its folder without the trailing parts that describe contents.
    pub fn home(&self) -> &str {
        home(&self.folder)
    }

    /// Whether it starts a cluster: a server that does not join another one.
    pub fn starts(&self) -> bool {
        self.parts.0.is_some() && self.role == NodeRole::Server && !self.facts.joins
    }

    /// Why two nodes cannot be in one cluster, if there is a reason. `certain`: they are linked by more than a common
    /// place.
    pub fn contradicts(&self, other: &Self, certain: bool) -> Option<Contradiction> {
        if self.k3s != other.k3s {
            return Some(Contradiction::K3s);
        }
        if let Some(contradiction) = tokens(&self.facts, &other.facts) {
            return Some(contradiction);
        }
        let (own, others) = (&self.environments, &other.environments);
        let one_sided = own.is_empty() || others.is_empty();
        if own != others && !(certain && one_sided) {
            let name = |list: &[&str]| list.join(" ");
            return Some(Contradiction::Environments { own: name(own), other: name(others) });
        }
        if certain {
            return None;
        }
        let same_token = self.facts.token.is_some() && self.facts.token == other.facts.token;
        let host =
            self.facts.join_host.as_deref().filter(|host| !same_token && is_foreign(host, &other.facts));
        host.map(|host| Contradiction::Host { host: host.to_owned() })
    }
}

/// Whether a host is not among a node's names of the same type (addresses or host names), provided that it has such
/// names.
fn is_foreign(host: &str, facts: &NodeFacts) -> bool {
    let is_address = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
    let mut alike = facts.names.iter().filter(|(_, name)| is_address(name) == is_address(host)).peekable();
    alike.peek().is_some() && alike.all(|(_, name)| **name != *host)
}

/// The contradiction between the tokens of two nodes, if any.
fn tokens(one: &NodeFacts, other: &NodeFacts) -> Option<Contradiction> {
    // An agent may use the agent token.
    let agents = [(one, other), (other, one)];
    if agents.iter().any(|(agent, server)| server.agent_token.is_some() && agent.token == server.agent_token)
    {
        return None;
    }
    match (one.token, other.token) {
        (Some(a), Some(b)) => {
            let excused = one.has_agent_token != other.has_agent_token
                && one.agent_token.or(other.agent_token).is_none();
            return (a != b && !excused).then_some(Contradiction::Tokens);
        }
        (None, None) => {}
        _ => return None,
    }
    let (Some(a), Some(b)) = (&one.token_file, &other.token_file) else { return None };
    let excused = one.has_agent_token != other.has_agent_token;
    (a != b && !excused).then_some(Contradiction::TokenFiles)
}

/// The nodes of a tree, in the order of their main files.
pub fn nodes(files: &[Listed], places: &[Place]) -> Vec<Node> {
    let mut units: BTreeMap<String, Parts> = BTreeMap::new();
    for (index, place) in places.iter().enumerate() {
        match place {
            Place::Config => units.entry(files[index].full_path()).or_default().0 = Some(index),
            Place::DropIn { main } => units.entry(main.clone()).or_default().1.push(index),
            Place::Manifest(_) | Place::Registries | Place::SkipMark(_) | Place::None => {}
        }
    }
    unlink(files, &mut units);
    let mut nodes: Vec<Node> = units
        .into_iter()
        .filter_map(|(main, mut parts)| {
            parts.1.sort_by_key(|&index| files[index].name());
            node(files, &main, parts)
        })
        .collect();
    let has_read = |node: &&Node| node.parts.0.is_some_and(|main| is_read(files, main));
    let read: HashSet<String> = nodes.iter().filter(has_read).map(|node| node.folder.clone()).collect();
    for node in &mut nodes {
        let unread = node.parts.0.is_some_and(|main| !is_read(files, main));
        // Next to the file that RKE2 reads, the others may be replacements for it that are not in use.
        if unread && read.contains(&node.folder) {
            node.apart = Some(Contradiction::NotRead);
        }
    }
    nodes
}

/// Whether a main file is the one that RKE2 reads.
fn is_read(files: &[Listed], main: usize) -> bool {
    let file = &files[main];
    let folder = file.folder();
    file.name() == "config.yaml"
        && folder.strip_suffix(CONFIG_FOLDER).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

fn node(files: &[Listed], main: &str, parts: Parts) -> Option<Node> {
    let file = parts.0.or(parts.1.first().copied())?;
    let mut facts = NodeFacts::default();
    for &part in parts.0.iter().chain(&parts.1) {
        if let Some(Facts::Node(own)) = &files[part].facts {
            facts.add(own);
        }
    }
    let (folder, name) = (folder(main), file_name(main));
    let k3s = [name, file_name(folder)].iter().any(|part| words(part).any(|word| word == "k3s"));
    Some(Node {
        folder: folder.to_owned(),
        name: name.to_owned(),
        file,
        role: role(facts.server_key, facts.joins, main),
        environments: environments(name),
        apart: retired(name).map(|word| Contradiction::Retired { word }),
        parts,
        facts,
        k3s,
    })
}

/// Counts a file as one node even if several links lead to it. The path where RKE2 reads it is kept, or else that of
/// the file itself.
fn unlink(files: &[Listed], units: &mut BTreeMap<String, Parts>) {
    let mut views: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (main, (file, _)) in units.iter() {
        if let Some(target) = file.and_then(|file| files[file].link.as_deref()) {
            views.entry(target).or_default().push(main.clone());
        }
    }
    for (target, mut links) in views {
        if units.contains_key(target) {
            links.push(target.to_owned());
        }
        let read = |main: &&String| units[*main].0.is_some_and(|main| is_read(files, main));
        let kept = links.iter().find(read).or_else(|| links.last()).cloned();
        for link in links.into_iter().filter(|link| Some(link) != kept.as_ref()) {
            let Some((_, drop_ins)) = units.remove(&link) else { continue };
            if let Some(unit) = kept.as_ref().and_then(|kept| units.get_mut(kept)) {
                unit.1.extend(drop_ins);
            }
        }
    }
}
