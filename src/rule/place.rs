//! Finds where a path is written: the places of findings, and the nodes that edits change.

use super::context::{Context, Target};
use super::names::Bound;
use super::path::{Path, Root, Step};
use crate::cluster::fact::Fact;
use crate::cluster::server::NodeConfig;
use crate::rke2::file::RkeFile;
use crate::rke2::values::{ValueLayers, Written};
use crate::source::Span;
use crate::yaml::{Entry, NodeRef};

/// The part of an entry at which a finding points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The value, or the key if the value is a list, a map or empty.
    Best,
    /// The key.
    Key,
    /// The value.
    Value,
}

/// Where a rule reports: `PATH`, `key(PATH)` or `value(PATH)`; the first of several that is written. An empty list
/// means the subject.
#[derive(Clone, Debug)]
pub struct At(pub Vec<(Part, Path)>);

impl At {
    /// The first path.
    pub fn first(&self) -> Option<&Path> {
        self.0.first().map(|(_, path)| path)
    }
}

impl<'a> Context<'_, 'a> {
    /// The span at which a rule reports.
    pub fn place_at(&self, at: &At) -> Span {
        let written = |(_, path): &&(Part, Path)| match self.fact(path) {
            Fact::Known(found) => found.at.is_some(),
            Fact::Absent(_) | Fact::Unknown => false,
        };
        let Some((part, path)) = at.0.iter().find(written).or_else(|| at.0.first()) else {
            return self.subject_place();
        };
        self.part(*part, path).unwrap_or_else(|| self.place(path))
    }

    fn part(&self, part: Part, path: &Path) -> Option<Span> {
        match part {
            Part::Best => None,
            Part::Key => self.key_span(&*self.resolve(path)?),
            Part::Value => self.node_of(path).map(NodeRef::span),
        }
    }

    /// Where a finding about a path is placed: where it is written, where it would be added, or the subject.
    pub fn place(&self, path: &Path) -> Span {
        let Some(path) = self.resolve(path).filter(|path| !is_whole(path)) else {
            return self.subject_place();
        };
        self.fact(&path)
            .span()
            .or_else(|| self.place_of_default(&path))
            .unwrap_or_else(|| self.subject_place())
    }

    /// Where the user would write a value that has its default.
    fn place_of_default(&self, path: &Path) -> Option<Span> {
        match (&path.root, self.target) {
            (Root::Config | Root::Written(_), Target::Config(_)) | (Root::Config, _) => self.node()?.place(),
            (Root::Fact(fact, _), _) if fact.path.starts_with("cluster.") => self.server?.place(),
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

    /// The span of the key of the entry at a path.
    pub fn key_span(&self, path: &Path) -> Option<Span> {
        self.entry_of(path).map(|entry| entry.key.span())
    }

    /// The entry at a path, if the user wrote it.
    pub fn entry_of(&self, path: &Path) -> Option<Entry<'a>> {
        let path = self.resolve(path)?;
        let keys = path.plain_keys()?;
        let of_layers = |values: &ValueLayers<'a>| match values.lookup(&keys) {
            Written::Entry(entry) => Some(entry),
            _ => None,
        };
        match (path.root.plain(), self.target) {
            (Root::Values, Target::Chart { values, .. }) => of_layers(values),
            (Root::ChartValues(chart), _) => {
                of_layers(&self.cluster.values(self.cluster.chart_configs(chart).next()?))
            }
            (Root::Config, _) => self.node()?.setting(keys.first()?)?.entries.last().copied(),
            (Root::Name(slot), _) => match self.bound(*slot)? {
                Bound::Node(node) => node.setting(keys.first()?)?.entries.last().copied(),
                Bound::Object(object, _) => entry_at(object.node, &keys),
                Bound::Registries(file) => entry_at(file.first_root()?, &keys),
                _ => None,
            },
            (Root::Resource | Root::Registries, _) => entry_at(self.root_of(&path)?, &keys),
            _ => None,
        }
    }

    /// The node at a path, if the user wrote it: a value, a list element, a part of a value, an argument.
    pub fn node_of(&self, path: &Path) -> Option<NodeRef<'a>> {
        let path = self.resolve(path)?;
        if let Root::Name(slot) = path.root
            && let Bound::Piece { node, .. } = self.bound(slot)?
        {
            return Some(*node);
        }
        if let Some((Step::Index(index), above)) = path.steps.split_last() {
            let above = Path { root: path.root.clone(), steps: above.to_vec() };
            if let (Root::Config, [Step::Key(key)]) = (&path.root, above.steps.as_slice()) {
                return self.node()?.setting(key)?.values.get(*index).copied();
            }
            return self.node_of(&above)?.items().nth(*index);
        }
        if let Some(entry) = self.entry_of(&path) {
            return Some(entry.value);
        }
        let (last, above) = path.steps.split_last()?;
        let above = Path { root: path.root.clone(), steps: above.to_vec() };
        let has_index = above.steps.iter().any(|step| matches!(step, Step::Index(_)));
        if has_index { self.node_of(&above)?.get(last.key()?) } else { None }
    }

    fn root_of(&self, path: &Path) -> Option<NodeRef<'a>> {
        match (path.root.plain(), self.target) {
            (Root::Resource, Target::Chart { object, .. }) => Some(object.object.node),
            (Root::Resource, Target::Object { object, .. }) => Some(object.node),
            (Root::Registries, Target::Registries(file)) => file.first_root(),
            _ => None,
        }
    }

    /// The mappings in which the key of a path is written, or would be added.
    pub fn roots(&self, path: &Path) -> Vec<NodeRef<'a>> {
        match (path.root.plain(), self.target) {
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
}

/// Whether a path is a bare root, which means the subject as a whole.
fn is_whole(path: &Path) -> bool {
    path.steps.is_empty()
        && matches!(path.root, Root::Values | Root::ChartValues(_) | Root::Resource | Root::Registries)
}

fn entry_at<'a>(root: NodeRef<'a>, keys: &[&str]) -> Option<Entry<'a>> {
    let (last, above) = keys.split_last()?;
    root.at(above)?.entry(last)
}
