//! One node's configuration: the main file with its drop-ins, merged and typed.

use std::borrow::Cow;
use std::net::IpAddr;

use super::fact::{Datum, Fact, Item};
use super::pod_network::addresses;
use crate::catalog::{self, ConfigKey, KeyType, Role, Scalar, Target};
use crate::rke2::config::{Merged, Setting, merge};
use crate::rke2::file::RkeFile;
use crate::rke2::place::is_of_image_builder;
use crate::source::Span;
use crate::yaml::{Entry, Kind, NodeRef, template_mark};

/// Defaults that apply if the first address of `node-ip` is an IPv6 address: `GetDefaultAddresses` of K3s.
const IPV6_DEFAULTS: [(&str, &str); 3] =
    [("cluster-cidr", "fd00:42::/56"), ("service-cidr", "fd00:43::/112"), ("cluster-dns", "fd00:43::a")];

/// The role of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeRole {
    /// `rke2 server`.
    Server,
    /// `rke2 agent`.
    Agent,
    /// Unknown: the configurations of an agent and of a server that joins may look the same.
    Unknown,
}

/// The configuration of one node.
#[derive(Debug)]
pub struct NodeConfig<'a> {
    /// The main file; `None` when only drop-ins are in the tree.
    pub main: Option<&'a RkeFile>,
    /// The drop-ins in reading order.
    pub drop_ins: Vec<&'a RkeFile>,
    /// All of them merged.
    pub merged: Merged<'a>,
    /// The role of the node.
    pub role: NodeRole,
    /// Settings for files that are not in the tree; part of `merged`.
    pub facts: Option<NodeRef<'a>>,
    /// Whether the configuration may be completed elsewhere: by drop-ins without a main file in another folder, or by
    /// an image builder that adds keys.
    pub is_completed_elsewhere: bool,
}

/// Adds what settings declare about the servers: to each server in the tree, or as a server of its own.
pub fn add_facts<'a>(nodes: &mut Vec<NodeConfig<'a>>, facts: NodeRef<'a>) {
    let mut seen = false;
    for node in nodes.iter_mut().filter(|node| node.role != NodeRole::Agent) {
        seen |= node.role == NodeRole::Server;
        node.add_facts(facts);
    }
    if !seen {
        let mut node = NodeConfig::new(None, Vec::new());
        node.role = NodeRole::Server;
        node.add_facts(facts);
        nodes.push(node);
    }
}

/// The servers whose configuration applies to the whole cluster, by index: those that do not join another server, or
/// else all servers.
pub(super) fn deciding(nodes: &[NodeConfig<'_>]) -> Vec<usize> {
    let servers = || (0..nodes.len()).filter(|&index| nodes[index].role == NodeRole::Server);
    let first: Vec<usize> = servers().filter(|&index| !nodes[index].joins()).collect();
    if first.is_empty() { servers().collect() } else { first }
}

/// Beginnings of keys that each server sets for itself. Others must agree with those of the server that it joins, and are
/// compared with them.
const OF_ONE_SERVER: &[&str] = &["etcd-disable-snapshots", "etcd-s3", "etcd-snapshot"];

impl<'a> NodeConfig<'a> {
    /// Merges a main file and its drop-ins, both optional, in reading order.
    pub fn new(main: Option<&'a RkeFile>, drop_ins: Vec<&'a RkeFile>) -> Self {
        let files = main.into_iter().chain(drop_ins.iter().copied());
        let readable = files.filter(|file| file.first_document_error().is_none());
        let roots = readable.filter_map(RkeFile::first_root).filter(|root| root.kind() == Kind::Mapping);
        let merged = merge(roots);
        let path = main.or(drop_ins.first().copied()).map(RkeFile::full_path).unwrap_or_default();
        let has_server_key = merged.settings.iter().any(|setting| is_server_key(&setting.key));
        let joins = ["server", "s"].iter().any(|key| merged.get(key).is_some());
        let mut files = main.iter().chain(&drop_ins).filter_map(|file| file.unit.as_ref());
        let role =
            if files.any(|unit| unit.agent) { NodeRole::Agent } else { role(has_server_key, joins, &path) };
        // Edge Image Builder adds the server address, the token, the CNI and names to the configuration.
        let built = main.is_some_and(|file| is_of_image_builder(&file.full_path()));
        Self { main, drop_ins, merged, role, facts: None, is_completed_elsewhere: built }
    }

    /// Adds keys that no file sets. Files take precedence.
    fn add_facts(&mut self, facts: NodeRef<'a>) {
        let added: Vec<Setting<'a>> = merge([facts])
            .settings
            .into_iter()
            .filter(|setting| self.setting(&setting.key).is_none())
            .collect();
        self.merged.extend(added);
        self.facts = Some(facts);
    }

    /// The files in reading order.
    pub fn files(&self) -> impl Iterator<Item = &'a RkeFile> {
        self.main.into_iter().chain(self.drop_ins.iter().copied())
    }

    /// Whether the node joins another server.
    pub fn joins(&self) -> bool {
        self.setting("server").is_some()
    }

    /// Whether a key that is not set is known to have its default: the main file is in the tree, and the node does not
    /// join another server, whose settings it would share.
    pub fn is_complete(&self) -> bool {
        self.is_closed() && !self.joins()
    }

    /// Whether a key that is not set here is known not to be set at all, nor by the server that the node joins.
    fn is_known_absent(&self, key: &str) -> bool {
        let is_local = OF_ONE_SERVER.iter().any(|start| key.starts_with(start));
        (!self.joins() || is_local) && self.is_in_view(key)
    }

    /// Whether a key of this node would be in the tree if it were set. A host that writes all of config.yaml may add
    /// some keys, but no others.
    fn is_in_view(&self, key: &str) -> bool {
        let is_all = || {
            let aliases = catalog::config_key(key).into_iter().flat_map(|known| &known.aliases);
            let names: Vec<&str> = aliases.map(String::as_str).chain([key]).collect();
            let closed = |file: &RkeFile| is_readable(file) && !names.iter().any(|name| file.may_add(name));
            self.files().any(RkeFile::is_all) && self.files().all(closed)
        };
        self.is_closed() || is_all()
    }

    /// Whether the main file is in the tree, and nothing is added to the configuration elsewhere.
    fn is_closed(&self) -> bool {
        let closed = |file: &RkeFile| is_readable(file) && !file.is_open();
        self.main.is_some() && self.files().all(closed) && !self.is_completed_elsewhere
    }

    /// Whether the node has an IPv4 address in Kubernetes, according to its configuration. `None` when this is unknown, as
    /// where RKE2 finds the address itself.
    pub fn has_ipv4(&self) -> Option<bool> {
        let is_ipv4 = |all: &[IpAddr]| all.iter().any(IpAddr::is_ipv4);
        let own = addresses(&self.fact("node-ip")).filter(|own| !own.is_empty())?;
        if is_ipv4(&own) {
            return Some(true);
        }
        match self.setting("node-external-ip") {
            Some(_) => addresses(&self.fact("node-external-ip")).map(|external| is_ipv4(&external)),
            None => self.is_in_view("node-external-ip").then_some(false),
        }
    }

    /// Whether the server runs etcd: not with an external datastore or `disable-etcd` in its files. `None` when such a value
    /// is unknown.
    pub fn runs_etcd(&self) -> Option<bool> {
        let written_or_default = |key: &str, of: fn(&Setting<'_>) -> Option<bool>| match self.setting(key) {
            Some(setting) => of(setting),
            None => Some(false),
        };
        let is_given = |setting: &Setting<'_>| {
            setting.is_literal().then(|| setting.parts().iter().any(|(_, part)| !part.is_empty()))
        };
        let parts = [
            written_or_default("datastore-endpoint", is_given),
            written_or_default("disable-etcd", |setting| written(setting, KeyType::Bool).is_true()),
        ];
        if parts.contains(&Some(true)) { Some(false) } else { (!parts.contains(&None)).then_some(true) }
    }

    /// The roles that the node may have.
    pub fn roles(&self) -> &'static [Role] {
        match self.role {
            NodeRole::Server => &[Role::Server],
            NodeRole::Agent => &[Role::Agent],
            NodeRole::Unknown => &[Role::Server, Role::Agent],
        }
    }

    /// The entries of all files that RKE2 can read, as written; a top-level `<<` adds nothing.
    pub fn entries(&self) -> impl Iterator<Item = (&'a RkeFile, Entry<'a>)> {
        self.files().filter(|file| is_readable(file)).flat_map(|file| {
            let root = file.first_root().into_iter();
            root.flat_map(NodeRef::entries).filter(|entry| !entry.is_merge()).map(move |entry| (file, entry))
        })
    }

    /// The settings that reach the command line, with their keys. Keys that the role or the target releases do not
    /// accept are dropped before that.
    pub fn accepted(&self, target: &Target) -> impl Iterator<Item = (&Setting<'a>, &'static ConfigKey)> {
        let (roles, target) = (self.roles(), target.clone());
        self.merged.settings.iter().filter_map(move |setting| {
            let key = catalog::config_key(&setting.key)?;
            let accepted = |release| roles.iter().all(|&role| key.is_accepted(role, release));
            target.all(accepted).then_some((setting, key))
        })
    }

    /// The keys that are set, each with the other names of the same setting.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.merged.settings.iter().flat_map(|setting| {
            let known = catalog::config_key(&setting.key).into_iter();
            let names = known.flat_map(|known| known.aliases.iter().chain([&known.name]));
            names.map(String::as_str).chain([&*setting.key])
        })
    }

    /// The setting of a key or one of its aliases.
    pub fn setting(&self, key: &str) -> Option<&Setting<'a>> {
        self.merged
            .get(key)
            .or_else(|| catalog::config_key(key)?.aliases.iter().find_map(|alias| self.merged.get(alias)))
    }

    /// The value of a key. If a single-valued flag has several arguments, the last one applies.
    pub fn fact(&self, key: &str) -> Fact<'a> {
        let known = catalog::config_key(key);
        match self.setting(key) {
            _ if known.is_some_and(|known| known.kind == KeyType::Unknown) => Fact::Unknown,
            Some(setting) => written(setting, known.map_or(KeyType::String, |known| known.kind)),
            None if !self.is_known_absent(key) => Fact::Unknown,
            None => self.default(key, known),
        }
    }

    /// One argument of a list that is set: the same as in [`Self::fact`], without computing the others.
    pub fn argument_at(&self, key: &str, index: usize) -> Option<Fact<'a>> {
        let kind = catalog::config_key(key)?.kind;
        let (node, text) = self.setting(key).filter(|_| kind == KeyType::List)?.argument(index)?;
        Some(match text.map_or(Datum::Opaque, |text| argument(&text, node, kind)) {
            Datum::Opaque => Fact::Unknown,
            value => Fact::written(value, node.span()),
        })
    }

    /// Whether a key may have a value where it is not set.
    pub fn has_default(key: &str) -> bool {
        IPV6_DEFAULTS.iter().any(|(name, _)| *name == key)
            || catalog::config_key(key)
                .is_some_and(|known| known.default.is_some() || known.kind == KeyType::Bool)
    }

    /// The value of a key that is not set.
    fn default(&self, key: &str, known: Option<&ConfigKey>) -> Fact<'a> {
        if let Some((_, ipv6)) = IPV6_DEFAULTS.iter().find(|(name, _)| *name == key) {
            match addresses(&self.fact("node-ip")).map(|own| own.first().is_some_and(IpAddr::is_ipv6)) {
                Some(true) => return Fact::default(Datum::Text(Cow::Borrowed(ipv6))),
                Some(false) => {}
                None => return Fact::Unknown,
            }
        }
        match known.and_then(|known| known.default.as_ref()) {
            Some(default) => Fact::default(scalar(default)),
            None if known.is_some_and(|known| known.kind == KeyType::Bool) => {
                Fact::default(Datum::Bool(false))
            }
            None => Fact::Absent(self.place()),
        }
    }

    /// One argument in the list of a component: `name=value`, `--name=value`, or `name` alone for `true`.
    pub fn argument(&self, key: &str, name: &str) -> Fact<'a> {
        let Some(setting) = self.setting(key) else {
            return if self.is_known_absent(key) { Fact::Absent(self.place()) } else { Fact::Unknown };
        };
        let mut unseen = false;
        for (node, text) in setting.arguments().rev() {
            let Some(text) = text.filter(|text| template_mark(text).is_none()) else {
                unseen = true;
                continue;
            };
            let bare = text.trim_start_matches('-');
            let (argument, value) = bare.split_once('=').unwrap_or((bare, "true"));
            if argument == name {
                return Fact::written(Datum::text(Cow::Owned(value.to_owned())), node.span());
            }
            // RKE2 adds `name+=` to its own value, and passes `a_b` next to its `a-b`, which components take for one flag.
            if argument.trim_end_matches(['+', '-']).replace('_', "-") == name {
                return Fact::Unknown;
            }
        }
        if unseen || !self.is_known_absent(key) {
            return Fact::Unknown;
        }
        Fact::Absent(setting.entries.last().map(|entry| entry.key.span()))
    }

    /// Whether the node is an agent and a key is one that only servers read. RKE2 drops it before it looks at the value.
    pub fn ignores(&self, key: &str) -> bool {
        self.role == NodeRole::Agent && is_server_key(key)
    }

    /// Whether a key is set that only servers read. A fragment without such a key may belong to any node.
    pub fn has_server_key(&self) -> bool {
        self.merged.settings.iter().any(|setting| is_server_key(&setting.key))
    }

    /// The place for findings about something missing: the first key of the main file.
    pub fn place(&self) -> Option<Span> {
        let Some(file) = self.files().next() else {
            return self.facts?.entries().next().map(|entry| entry.key.span());
        };
        let first = file.first_root().and_then(|root| root.entries().next());
        Some(first.map_or_else(|| Span::file_start(file.id), |entry| entry.key.span()))
    }
}

/// Why RKE2 does not read a configuration file next to the drop-ins; `None` for all other files.
pub fn unread_reason(file: &RkeFile) -> Option<&'static str> {
    let (path, folder) = (file.full_path(), &*file.place);
    if path.to_ascii_lowercase().ends_with(".json") && folder.ends_with("config.yaml.d") {
        Some("only `.yaml` and `.yml` files are read there")
    } else if path.contains("config.yaml.d/") && !folder.ends_with("config.yaml.d") {
        Some("folders inside `config.yaml.d` are skipped")
    } else if folder.ends_with("rancher/rke2/config.d") || folder.ends_with("rancher/rke2/config.yml.d") {
        Some("the folder must be called `config.yaml.d`")
    } else {
        None
    }
}

/// Whether RKE2 can read a file: it must be a map, or empty. Anything else makes RKE2 fail.
fn is_readable(file: &RkeFile) -> bool {
    file.first_document_error().is_none()
        && file.first_root().is_none_or(|root| root.kind() == Kind::Mapping || root.is_null())
}

fn written<'a>(setting: &Setting<'a>, kind: KeyType) -> Fact<'a> {
    let items: Vec<Item<'a>> = setting
        .arguments()
        .map(|(node, text)| Item {
            value: text.map_or(Datum::Opaque, |text| argument(&text, node, kind)),
            at: Some(node.span()),
        })
        .collect();
    let Some(last) = setting.entries.last() else { return Fact::Unknown };
    let at = if setting.entries.len() == 1 { last.label_span() } else { last.key.span() };
    if kind == KeyType::List {
        return Fact::written(Datum::List(items), at);
    }
    match items.into_iter().next_back() {
        Some(item) => Fact::written(item.value, item.at.unwrap_or(at)),
        // An empty list does not set anything.
        None => Fact::Absent(Some(at)),
    }
}

fn argument<'a>(text: &str, node: NodeRef<'a>, kind: KeyType) -> Datum<'a> {
    if node.is_opaque() {
        return Datum::Opaque;
    }
    let typed = match kind {
        KeyType::Bool => Datum::Text(Cow::Borrowed(text)).as_bool().map(Datum::Bool),
        KeyType::Int => text.parse().ok().map(Datum::Int),
        KeyType::String | KeyType::List | KeyType::Duration | KeyType::Unknown => None,
    };
    typed.unwrap_or_else(|| Datum::text(Cow::Owned(text.to_owned())))
}

/// A default of the catalogue, as a value.
pub fn scalar(scalar: &Scalar) -> Datum<'static> {
    match scalar {
        Scalar::Null => Datum::Null,
        Scalar::Bool(value) => Datum::Bool(*value),
        Scalar::Int(value) => Datum::Int(*value),
        Scalar::Float(value) => Datum::Float(*value),
        Scalar::String(text) => Datum::Text(Cow::Owned(text.to_string())),
    }
}

/// Whether only servers read a key.
pub fn is_server_key(name: &str) -> bool {
    let Some(newest) = catalog::releases().last().copied() else { return false };
    catalog::config_key(name)
        .is_some_and(|key| key.is_accepted(Role::Server, newest) && !key.is_accepted(Role::Agent, newest))
}

/// The role of a node: server if it has a key that only servers read and does not join another server; otherwise
/// according to the name of the file, then to that of its folder.
pub fn role(has_server_key: bool, joins: bool, path: &str) -> NodeRole {
    if has_server_key && !joins {
        return NodeRole::Server;
    }
    for part in path.rsplit('/').take(2) {
        let lower = part.to_ascii_lowercase();
        let has = |known: &[&str]| {
            lower.split(|c: char| !c.is_ascii_alphabetic()).any(|word| known.contains(&word))
        };
        match (
            has(&["server", "servers", "master", "masters"]),
            has(&["agent", "agents", "worker", "workers"]),
        ) {
            (false, true) => return NodeRole::Agent,
            (true, false) if !joins || has_server_key => return NodeRole::Server,
            // A name with both roles is not evidence for either.
            (true, _) => break,
            (false, false) => {}
        }
    }
    // An agent cannot start without the address of a server, so a configuration without one is a server's.
    if has_server_key || !joins { NodeRole::Server } else { NodeRole::Unknown }
}
