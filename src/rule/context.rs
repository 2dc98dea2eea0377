//! The evaluation context of a rule: its subject, the cluster, and the value of each path and operand.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::before;
use super::chart_values::Fault;
use super::expr::Expr;
use super::follow::{follow, node_fact};
use super::names::{Bound, Slot};
use super::path::{Path, Root, Step};
use super::predicate::Facts;
use crate::catalog::ChartView;
use crate::cluster::Cluster;
use crate::cluster::charts::{ChartObject, Manifest};
use crate::cluster::fact::{Datum, Fact, Found};
use crate::cluster::host::Host;
use crate::cluster::server::{NodeConfig, NodeRole};
use crate::rke2::file::RkeFile;
use crate::rke2::object::Object;
use crate::rke2::values::{ValueLayers, Written};
use crate::source::Span;
use crate::yaml::Entry;

/// One thing on which a rule runs.
#[derive(Debug)]
pub enum Target<'c, 'a> {
    /// An object that sets values of a packaged chart.
    Chart {
        /// The object.
        object: &'c ChartObject<'a>,
        /// The user's values for the chart.
        values: ValueLayers<'a>,
        /// The faults in its values, computed once and shared by all rules.
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

/// The evaluation context of a rule for one subject, one server and one host.
#[derive(Clone, Debug)]
pub struct Context<'c, 'a> {
    /// The cluster.
    pub cluster: &'c Cluster<'a>,
    /// The same cluster in the previous tree; `None` if there is no previous tree or the cluster was not in it.
    pub before: Option<&'c Cluster<'a>>,
    /// The server whose configuration is assumed; `None` if no server configuration is in view.
    pub server: Option<&'c NodeConfig<'a>>,
    /// The host whose facts are used; `None` if no host facts are known.
    pub host: Option<&'c Host<'a>>,
    /// The subject of the rule.
    pub target: &'c Target<'c, 'a>,
    /// The bindings of the rule's names, by slot.
    pub names: Vec<Option<Bound<'c, 'a>>>,
}

/// The subject chart in an upgrade.
#[derive(Debug)]
pub struct UpgradedChart<'c, 'a> {
    /// The object that sets its values.
    pub object: &'c ChartObject<'a>,
    /// The user's values for it.
    pub values: &'c ValueLayers<'a>,
    /// The newest version that the cluster may run today.
    pub before: ChartView<'c>,
    /// The newest version of the release that it is upgraded to.
    pub after: ChartView<'c>,
}

impl<'c, 'a> Context<'c, 'a> {
    /// The subject chart today and after the upgrade; `None` without an upgrade.
    pub fn upgraded_chart(&self) -> Option<UpgradedChart<'c, 'a>> {
        let Target::Chart { object, values, .. } = self.target else { return None };
        let before = *self.cluster.upgraded_from.as_ref()?.views(&object.name).last()?;
        let after = *self.cluster.views(&object.name).last()?;
        Some(UpgradedChart { object, values, before, after })
    }

    /// Evaluates a path. Unbound wildcards yield a list of all matches.
    pub fn fact(&self, path: &Path) -> Fact<'a> {
        match self.resolve(path) {
            Some(path) => self.look_at(&path.root, &path.steps),
            None => Fact::Unknown,
        }
    }

    /// Evaluates an operand.
    pub fn eval(&self, expr: &Expr) -> Fact<'a> {
        match expr {
            Expr::Path(path) => self.fact(path),
            Expr::Value(value) => Fact::default(value.clone()),
            Expr::Call(function, arguments) => {
                let arguments: Vec<Fact<'a>> = arguments.iter().map(|argument| self.eval(argument)).collect();
                function.call(&arguments)
            }
        }
    }

    /// The binding of a name.
    pub fn bound(&self, slot: Slot) -> Option<&Bound<'c, 'a>> {
        self.names.get(slot.0)?.as_ref()
    }

    /// Binds a name.
    pub fn bind(&mut self, slot: Slot, bound: Bound<'c, 'a>) {
        if self.names.len() <= slot.0 {
            self.names.resize(slot.0 + 1, None);
        }
        self.names[slot.0] = Some(bound);
    }

    /// Substitutes the names in a path; `None` if the value of one cannot be a step.
    pub fn resolve<'p>(&self, path: &'p Path) -> Option<Cow<'p, Path>> {
        if !path.has_names() {
            return Some(Cow::Borrowed(path));
        }
        let (root, mut steps) = match path.root {
            Root::Name(slot) => match self.bound(slot)? {
                Bound::Element { path, .. } => (path.root.clone(), path.steps.clone()),
                _ => (path.root.clone(), Vec::new()),
            },
            _ => (path.root.clone(), Vec::new()),
        };
        for step in &path.steps {
            match step {
                Step::Name(slot) => match self.bound(*slot)? {
                    Bound::Keys(_, keys) => steps.extend(keys.iter().cloned()),
                    _ => steps.push(Step::Key(self.text_of(*slot)?)),
                },
                Step::ArgumentOf(slot) => steps.push(Step::Argument(self.text_of(*slot)?)),
                step => steps.push(step.clone()),
            }
        }
        Some(Cow::Owned(Path { root, steps }))
    }

    /// The scalar that a name is bound to, as a key.
    fn text_of(&self, slot: Slot) -> Option<String> {
        match self.look_at(&Root::Name(slot), &[]) {
            Fact::Known(Found { value: Datum::Text(text), .. }) => Some(text.into_owned()),
            Fact::Known(Found { value: value @ (Datum::Int(_) | Datum::Bool(_)), .. }) => {
                Some(value.to_string())
            }
            _ => None,
        }
    }

    fn look_at(&self, root: &Root, steps: &[Step]) -> Fact<'a> {
        let count = steps.iter().take_while(|step| step.key().is_some()).count();
        let rest = &steps[count..];
        let keys = || -> Vec<&str> { steps[..count].iter().filter_map(Step::key).collect() };
        match root {
            Root::Values => match self.target {
                Target::Chart { object, values, .. } => {
                    follow(self.cluster.value_fact(values, &object.name, &keys()), rest)
                }
                _ => Fact::Unknown,
            },
            Root::ChartValues(chart) => follow(self.cluster.chart_value(chart, &keys()), rest),
            Root::Config => self.config_fact(steps),
            Root::Resource => match self.target {
                Target::Chart { object, .. } => patched(node_fact(object.object.node, steps), object.patched),
                Target::Object { object, manifest } => {
                    patched(node_fact(object.node, steps), manifest.is_patched(*object))
                }
                _ => Fact::Unknown,
            },
            Root::Registries => match self.target {
                Target::Registries(file) => {
                    file.first_root().map_or(Fact::Absent(None), |root| node_fact(root, steps))
                }
                _ => Fact::Unknown,
            },
            Root::Fact(fact, argument) => follow((fact.of)(self, argument), steps),
            Root::Before(root) => self.before_fact(root, steps),
            Root::Written(root) => self.written_fact(root, steps),
            Root::Host => match self.host {
                Some(host) => follow(host.fact(&keys()), rest),
                None => Fact::Unknown,
            },
            Root::Name(slot) => match self.bound(*slot) {
                Some(bound) => self.bound_fact(bound, steps),
                None => Fact::Unknown,
            },
            Root::KeyOf(slot) => match self.bound(*slot) {
                Some(Bound::Element { path, .. }) => match path.steps.last() {
                    Some(Step::Key(key)) => {
                        let value = Datum::text(Cow::Owned(key.clone()));
                        self.key_span(path).map_or_else(
                            || Fact::default(value.clone()),
                            |at| Fact::written(value.clone(), at),
                        )
                    }
                    _ => Fact::Absent(None),
                },
                Some(Bound::Item { .. }) => Fact::Absent(None),
                _ => Fact::Unknown,
            },
            Root::IndexOf(slot) => match self.bound(*slot) {
                Some(
                    Bound::Element { index, .. } | Bound::Item { index, .. } | Bound::Piece { index, .. },
                ) => i64::try_from(*index).map_or(Fact::Unknown, |index| Fact::default(Datum::Int(index))),
                _ => Fact::Unknown,
            },
        }
    }

    /// Evaluates steps under the thing to which a name is bound.
    fn bound_fact(&self, bound: &Bound<'c, 'a>, steps: &[Step]) -> Fact<'a> {
        let first = steps.first().and_then(Step::key);
        match bound {
            Bound::Value(fact) | Bound::Item { fact, .. } => follow(fact.clone(), steps),
            Bound::Keys(text, _) => Fact::default(Datum::Text(Cow::Owned(text.clone()))),
            Bound::Element { path, .. } => self.look_at(&path.root, &[path.steps.as_slice(), steps].concat()),
            Bound::Piece { fact, fields, node, .. } => match first {
                None => fact.clone(),
                Some(name) => match fields.iter().find(|(known, _)| *known == name) {
                    Some((_, value)) => Fact::written(value.clone(), node.span()),
                    None => Fact::Absent(Some(node.span())),
                },
            },
            Bound::Node(node) => match first {
                None | Some("name") => match node.fact("node-name") {
                    Fact::Absent(_) => Fact::Absent(node.place()),
                    fact => fact,
                },
                Some("role") => match node.role {
                    NodeRole::Server => Fact::default(Datum::Text(Cow::Borrowed("server"))),
                    NodeRole::Agent => Fact::default(Datum::Text(Cow::Borrowed("agent"))),
                    NodeRole::Unknown => Fact::Unknown,
                },
                Some(key) => match steps.get(1) {
                    Some(Step::Argument(name)) => node.argument(key, name),
                    _ => follow(node.fact(key), &steps[1..]),
                },
            },
            Bound::Object(object, manifest) => {
                patched(node_fact(object.node, steps), manifest.is_patched(*object))
            }
            Bound::Host(host) => {
                let count = steps.iter().take_while(|step| step.key().is_some()).count();
                let keys: Vec<&str> = steps.iter().map_while(Step::key).collect();
                follow(host.fact(&keys), &steps[count..])
            }
            Bound::Registries(file) => match file.first_document_error() {
                Some(_) => Fact::Unknown,
                None => file.first_root().map_or(Fact::Absent(None), |root| node_fact(root, steps)),
            },
        }
    }

    /// Evaluates a `written.` path: only what the files in view set, ignoring files that may exist elsewhere. A
    /// template placeholder counts as written.
    fn written_fact(&self, root: &Root, steps: &[Step]) -> Fact<'a> {
        let count = steps.iter().take_while(|step| step.key().is_some()).count();
        let keys: Vec<&str> = steps.iter().map_while(Step::key).collect();
        let of_layers = |values: &ValueLayers<'a>| match values.lookup(&keys) {
            Written::Entry(entry) => as_written(Datum::of(entry.value), entry.label_span(), &steps[count..]),
            Written::Absent(near) => Fact::Absent(near.map(|entry| entry.key.span())),
            Written::Deleted(entry) => Fact::Absent(Some(entry.label_span())),
            Written::Unknown if values.incomplete => Fact::Absent(None),
            Written::Unknown => Fact::Unknown,
        };
        match (root, self.target) {
            (Root::Values, Target::Chart { values, .. }) => of_layers(values),
            (Root::ChartValues(chart), _) => match self.cluster.chart_configs(chart).next() {
                Some(object) => of_layers(&self.cluster.values(object)),
                None => Fact::Absent(None),
            },
            (Root::Config, _) => {
                let (Some(node), Some(key)) = (self.node(), keys.first()) else { return Fact::Unknown };
                let Some(setting) = node.setting(key) else { return Fact::Absent(node.place()) };
                match (node.fact(key), setting.entries.last()) {
                    (Fact::Unknown, Some(entry)) => {
                        Fact::Known(Found { value: Datum::Opaque, at: Some(entry.label_span()) })
                    }
                    (fact, _) => follow(fact, &steps[1..]),
                }
            }
            _ => Fact::Unknown,
        }
    }

    /// Evaluates a value of the subject chart.
    pub fn value(&self, keys: &[&str]) -> Fact<'a> {
        let steps = keys.iter().map(|key| Step::Key((*key).to_owned())).collect();
        self.fact(&Path { root: Root::Values, steps })
    }

    /// Evaluates a value of the subject chart in the previous tree.
    pub fn value_before(&self, keys: &[&str]) -> Fact<'a> {
        let steps = keys.iter().map(|key| Step::Key((*key).to_owned())).collect();
        self.fact(&Path { root: Root::Before(Box::new(Root::Values)), steps })
    }

    /// The subject's configuration in the previous tree.
    pub fn node_before(&self) -> Option<&'c NodeConfig<'a>> {
        before::node(self.before?, self.node()?)
    }

    /// The effective entry that the user wrote for a value of the subject chart; `None` for null.
    pub fn written(&self, keys: &[&str]) -> Option<Entry<'a>> {
        let Target::Chart { values, .. } = self.target else { return None };
        match values.lookup(keys) {
            Written::Entry(entry) if !entry.value.is_null() => Some(entry),
            _ => None,
        }
    }

    /// The place that represents the subject as a whole.
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

    /// The configuration to which `config.…` refers: the subject's own, or else the server's.
    pub fn node(&self) -> Option<&'c NodeConfig<'a>> {
        match self.target {
            Target::Config(node) => Some(node),
            _ => self.server,
        }
    }

    fn config_fact(&self, steps: &[Step]) -> Fact<'a> {
        let (Some(node), Some(Step::Key(key))) = (self.node(), steps.first()) else {
            return Fact::Unknown;
        };
        match steps.get(1) {
            Some(Step::Argument(name)) => node.argument(key, name),
            Some(Step::Index(index)) => match node.argument_at(key, *index) {
                Some(fact) => follow(fact, &steps[2..]),
                None => follow(node.fact(key), &steps[1..]),
            },
            _ => follow(node.fact(key), &steps[1..]),
        }
    }

    /// Evaluates a `before.` path: in the previous tree, for the same object, file or server.
    fn before_fact(&self, root: &Root, steps: &[Step]) -> Fact<'a> {
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
                // The configuration of another node does not show what this node's was.
                None if *root == Root::Config => return Fact::Unknown,
                None => Target::Cluster,
            },
            _ => Target::Cluster,
        };
        let server = self.server.and_then(|server| before::node(before, server));
        let context =
            Context { cluster: before, before: None, server, host: None, target: &target, names: Vec::new() };
        context.look_at(root, steps)
    }
}

impl Facts for Context<'_, '_> {
    fn eval(&self, expr: &Expr) -> Fact<'_> {
        self.eval(expr)
    }
}

/// A value with its place; a template placeholder is not turned into an unknown.
fn as_written<'a>(value: Datum<'a>, at: Span, steps: &[Step]) -> Fact<'a> {
    let fact = Fact::Known(Found { value, at: Some(at) });
    if steps.is_empty() { fact } else { follow(fact, steps) }
}

/// Turns an absent fact of a patched object into an unknown one, since the patch may supply it.
fn patched(fact: Fact<'_>, is_patched: bool) -> Fact<'_> {
    match fact {
        Fact::Absent(_) if is_patched => Fact::Unknown,
        fact => fact,
    }
}
