//! What a rule sees: the subject, the cluster, and what is known of each path.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::before;
use super::chart_values::Fault;
use super::follow::{follow, node_fact};
use super::path::{Path, Root, Step};
use super::predicate::Facts;
use crate::cluster::Cluster;
use crate::cluster::charts::{ChartObject, Manifest};
use crate::cluster::fact::{Datum, Fact, Item};
use crate::cluster::host::Host;
use crate::cluster::server::NodeConfig;
use crate::rke2::addon::addon_name;
use crate::rke2::file::RkeFile;
use crate::rke2::object::Object;
use crate::rke2::values::{ValueLayers, Written};
use crate::source::Span;
use crate::yaml::{Entry, NodeRef};

/// What a rule runs on.
#[derive(Debug)]
pub enum Target<'c, 'a> {
    /// An object that sets values of a packaged chart.
    Chart {
        /// The object.
        object: &'c ChartObject<'a>,
        /// What the user wrote for the chart.
        values: ValueLayers<'a>,
        /// What is wrong with its values, worked out once for all rules that ask.
        faults: OnceLock<Vec<Fault>>,
    },
    /// An object of a kind.
    Object {
        /// The object.
        object: Object<'a>,
        /// The manifest it is in.
        manifest: &'c Manifest<'a>,
    },
    /// A node's configuration.
    Config(&'c NodeConfig<'a>),
    /// A registries.yaml.
    Registries(&'a RkeFile),
    /// A manifest file.
    File(&'c Manifest<'a>),
    /// The cluster as a whole.
    Cluster,
}

/// What a rule sees, for one subject, one server and one host.
#[derive(Debug)]
pub struct Context<'c, 'a> {
    /// The cluster.
    pub cluster: &'c Cluster<'a>,
    /// The cluster as it was before; `None` when there is no such tree, or the cluster was not in it.
    pub before: Option<&'c Cluster<'a>>,
    /// The server whose configuration decides; `None` when none was seen.
    pub server: Option<&'c NodeConfig<'a>>,
    /// The host whose facts count; `None` when nothing is known of any.
    pub host: Option<&'c Host<'a>>,
    /// What the rule runs on.
    pub target: &'c Target<'c, 'a>,
    /// What wildcards stand for: a path up to a wildcard, and the step that replaces it.
    pub bindings: Vec<(Path, usize, Step)>,
}

impl<'c, 'a> Context<'c, 'a> {
    /// What is known of a path. Wildcards that nothing binds make a list of all that match.
    pub fn fact(&self, path: &Path) -> Fact<'a> {
        let path = self.bind(path);
        let keys: Vec<&str> = path
            .steps
            .iter()
            .map_while(|step| match step {
                Step::Key(key) => Some(key.as_str()),
                _ => None,
            })
            .collect();
        let rest = &path.steps[keys.len()..];
        match &path.root {
            Root::Values => match self.target {
                Target::Chart { object, values, .. } => {
                    follow(self.cluster.value_fact(values, &object.name, &keys), rest)
                }
                _ => Fact::Unknown,
            },
            Root::ChartValues(chart) => follow(self.cluster.chart_value(chart, &keys), rest),
            Root::Config => self.config_fact(&path),
            Root::Resource => match self.target {
                Target::Chart { object, .. } => patched(node_fact(object.object.node, &path), object.patched),
                Target::Object { object, manifest } => {
                    patched(node_fact(object.node, &path), manifest.is_patched(*object))
                }
                _ => Fact::Unknown,
            },
            Root::Registries => match self.target {
                Target::Registries(file) => {
                    file.first_root().map_or(Fact::Absent(None), |root| node_fact(root, &path))
                }
                _ => Fact::Unknown,
            },
            Root::File => self.file_fact(keys.first().copied().unwrap_or_default()),
            Root::Cluster => self.cluster_fact(keys.first().copied().unwrap_or_default()),
            Root::Before(root) => {
                self.before_fact(&Path { root: (**root).clone(), steps: path.steps.clone() })
            }
            Root::Host => match self.host {
                Some(host) => follow(host.fact(&keys), rest),
                None => Fact::Unknown,
            },
        }
    }

    /// What is known of a value of the subject chart.
    pub fn value(&self, keys: &[&str]) -> Fact<'a> {
        let steps = keys.iter().map(|key| Step::Key((*key).to_owned())).collect();
        self.fact(&Path { root: Root::Values, steps })
    }

    /// What was known of a value of the subject chart in the tree before.
    pub fn value_before(&self, keys: &[&str]) -> Fact<'a> {
        let steps = keys.iter().map(|key| Step::Key((*key).to_owned())).collect();
        self.fact(&Path { root: Root::Before(Box::new(Root::Values)), steps })
    }

    /// The subject's configuration in the tree before.
    pub fn node_before(&self) -> Option<&'c NodeConfig<'a>> {
        before::node(self.before?, self.node()?)
    }

    /// The entry of the subject chart's values that the user wrote and that is in force; none for a null.
    pub fn written(&self, keys: &[&str]) -> Option<Entry<'a>> {
        let Target::Chart { values, .. } = self.target else { return None };
        match values.lookup(keys) {
            Written::Entry(entry) if !entry.value.is_null() => Some(entry),
            _ => None,
        }
    }

    /// The mappings in which what a path names is written, or would be.
    pub fn roots(&self, path: &Path) -> Vec<NodeRef<'a>> {
        match (&path.root, self.target) {
            (Root::Values, Target::Chart { object, values, .. }) if !object.patched => {
                let own = object.object.file.id;
                values.layers.iter().rev().copied().filter(|root| root.span().file == own).collect()
            }
            (Root::Config, _) => {
                self.node().into_iter().flat_map(NodeConfig::files).filter_map(RkeFile::first_root).collect()
            }
            (Root::Resource, Target::Chart { object, .. }) if !object.patched => vec![object.object.node],
            (Root::Resource, Target::Object { object, manifest }) if !manifest.is_patched(*object) => {
                vec![object.node]
            }
            (Root::Registries, Target::Registries(file)) => file.first_root().into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Where a finding about a path is placed: where it is written, where it would stand, or the subject.
    pub fn place(&self, path: &Path) -> Span {
        let path = self.bind(path);
        if path.steps.is_empty() {
            return self.subject_place();
        }
        self.fact(&path)
            .span()
            .or_else(|| self.place_of_default(&path))
            .unwrap_or_else(|| self.subject_place())
    }

    /// Where the user would write what has its default.
    fn place_of_default(&self, path: &Path) -> Option<Span> {
        match (&path.root, self.target) {
            (Root::Config, _) => self.node()?.place(),
            (Root::Cluster, _) => self.server?.place(),
            (Root::Values, Target::Chart { values, .. }) => {
                let keys: Vec<&str> = path.steps.iter().filter_map(Step::key).collect();
                match values.lookup(&keys) {
                    Written::Absent(near) => near.map(|entry| entry.key.span()),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The best place to point at for the subject as a whole.
    pub fn subject_place(&self) -> Span {
        match self.target {
            Target::Chart { object, .. } => object.object.label_span(),
            Target::Object { object, .. } => object.label_span(),
            Target::Config(node) => node.place().unwrap_or(self.cluster.anchor),
            Target::Registries(file) => Span::file_start(file.id),
            Target::File(manifest) => Span::file_start(manifest.file.id),
            Target::Cluster => self.server.and_then(NodeConfig::place).unwrap_or(self.cluster.anchor),
        }
    }

    /// The file of the subject, if it has one.
    pub fn file(&self) -> Option<&'a RkeFile> {
        match self.target {
            Target::Chart { object, .. } => Some(object.object.file),
            Target::Object { object, .. } => Some(object.file),
            Target::Config(node) => node.files().next(),
            Target::Registries(file) => Some(file),
            Target::File(manifest) => Some(manifest.file),
            Target::Cluster => None,
        }
    }

    /// The configuration that `config.…` means: the subject's own, else the server's.
    pub fn node(&self) -> Option<&'c NodeConfig<'a>> {
        match self.target {
            Target::Config(node) => Some(node),
            _ => self.server,
        }
    }

    fn config_fact(&self, path: &Path) -> Fact<'a> {
        let (Some(node), Some(Step::Key(key))) = (self.node(), path.steps.first()) else {
            return Fact::Unknown;
        };
        match path.steps.get(1) {
            Some(Step::Argument(name)) => node.argument(key, name),
            _ => follow(node.fact(key), &path.steps[1..]),
        }
    }

    fn file_fact(&self, name: &str) -> Fact<'a> {
        let Some(file) = self.file() else { return Fact::Unknown };
        let text = match name {
            "stem" => addon_name(file.name()),
            "path" => file.path(),
            _ => file.name(),
        };
        Fact::written(Datum::Text(Cow::Borrowed(text)), Span::file_start(file.id))
    }

    fn cluster_fact(&self, name: &str) -> Fact<'a> {
        let names = |names: Vec<String>| {
            let items = names.into_iter().map(|name| Item { value: Datum::Text(Cow::Owned(name)), at: None });
            Fact::default(Datum::List(items.collect()))
        };
        match name {
            "cni" => self.cluster.cni(self.server),
            "ingress" => self.cluster.ingress(self.server),
            "multus" => self.cluster.multus(self.server),
            "windows" => self.cluster.windows(),
            "charts" => names(self.cluster.charts.iter().map(|chart| chart.name.clone()).collect()),
            "disabled" => match self.server.map(|server| (server, server.setting("disable"))) {
                Some((_, Some(setting))) if setting.is_literal() => {
                    names(setting.parts().into_iter().map(|(_, part)| part).collect())
                }
                Some((server, None)) if server.is_complete() => names(Vec::new()),
                _ => Fact::Unknown,
            },
            "servers" => match self.cluster.servers().len() {
                0 => Fact::Unknown,
                count => Fact::default(Datum::Int(i64::try_from(count).unwrap_or(i64::MAX))),
            },
            _ => match self.cluster.target.resolved() {
                Some(resolved) => Fact::default(Datum::Text(Cow::Owned(resolved.asked.to_string()))),
                None => Fact::Unknown,
            },
        }
    }

    /// What was known of a path in the tree before: of the same object, file or server.
    fn before_fact(&self, path: &Path) -> Fact<'a> {
        let Some(before) = self.before else { return Fact::Unknown };
        let target = match self.target {
            Target::Chart { object, .. } => match before::chart(before, object) {
                Some(object) => {
                    Target::Chart { object, values: before.values(object), faults: OnceLock::new() }
                }
                None => Target::Cluster,
            },
            Target::Object { object, .. } => match before::object(before, *object) {
                Some((object, manifest)) => Target::Object { object, manifest },
                None => Target::Cluster,
            },
            Target::Config(node) => match before::node(before, node) {
                Some(node) => Target::Config(node),
                // Another node's configuration says nothing of this one.
                None if path.root == Root::Config => return Fact::Unknown,
                None => Target::Cluster,
            },
            _ => Target::Cluster,
        };
        let server = self.server.and_then(|server| before::node(before, server));
        let context = Context {
            cluster: before,
            before: None,
            server,
            host: None,
            target: &target,
            bindings: Vec::new(),
        };
        context.fact(path)
    }

    /// The same with one more wildcard bound.
    pub fn with(&self, pattern: Path, at: usize, choice: Step) -> Self {
        let mut bindings = self.bindings.clone();
        bindings.push((pattern, at, choice));
        Self { bindings, ..*self }
    }

    /// Puts what wildcards are bound to in their place.
    pub fn bind(&self, path: &Path) -> Path {
        let mut path = path.clone();
        for (pattern, at, step) in &self.bindings {
            if path.root == pattern.root
                && path.steps.len() > *at
                && path.steps[..=*at] == pattern.steps[..=*at]
            {
                path.steps[*at] = step.clone();
            }
        }
        path
    }

    /// What the first wildcard of a path may stand for.
    pub fn choices(&self, path: &Path) -> Vec<Step> {
        let bound = self.bind(path);
        let Some(at) = bound.wildcard() else { return Vec::new() };
        if let (Root::Values, Target::Chart { values, .. }) = (&bound.root, self.target)
            && let Some(keys) = bound.steps[..at].iter().map(Step::key).collect::<Option<Vec<_>>>()
        {
            let names = values.children(&keys);
            if !names.is_empty() {
                return names.into_iter().map(|name| Step::Key(name.into_owned())).collect();
            }
        }
        let parent = Path { root: bound.root, steps: bound.steps[..at].to_vec() };
        match self.fact(&parent) {
            Fact::Known(found) => match found.value {
                Datum::Map(entries) => {
                    entries.into_iter().map(|(name, _)| Step::Key(name.into_owned())).collect()
                }
                Datum::List(items) => (0..items.len()).map(Step::Index).collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}

impl Facts for Context<'_, '_> {
    fn look_up(&self, path: &Path) -> Fact<'_> {
        self.fact(path)
    }
}

impl Step {
    /// The key, if the step is one.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            _ => None,
        }
    }
}

/// What is missing in an object that a patch completes is not known to be missing.
fn patched(fact: Fact<'_>, is_patched: bool) -> Fact<'_> {
    match fact {
        Fact::Absent(_) if is_patched => Fact::Unknown,
        fact => fact,
    }
}
