//! Accepted values while they are put together from values.yaml, schema and templates. This module must not
//! know where its facts come from.

use std::collections::BTreeMap;

use crate::catalog::attr::{Attr, Fails, Flags, Scalar, Types};
use crate::catalog::chart::{ANY, ChartValues};
use crate::catalog::table::ChartTable;

/// A tree of paths that grows. A template's reads count only where they are noted by [`Plant::read`].
#[derive(Clone, Debug, Default)]
pub(super) struct Plant {
    pub(super) flags: Flags,
    pub(super) types: Types,
    pub(super) default: Option<Scalar>,
    pub(super) enum_values: Vec<Scalar>,
    pub(super) children: BTreeMap<String, Plant>,
    /// Read other than in a condition that guards a failure.
    read: bool,
}

impl Plant {
    /// The place of a path; it is made when it is missing.
    pub(super) fn at<S: AsRef<str>>(&mut self, path: &[S]) -> &mut Self {
        path.iter().fold(self, |plant, key| plant.children.entry(key.as_ref().to_owned()).or_default())
    }

    /// A template reads the place as a value.
    pub(super) fn read(&mut self, guard: bool) {
        self.flags |= Flags::READ;
        if guard {
            self.flags |= Flags::GUARD;
        } else {
            self.read = true;
        }
    }

    /// Everything below the place is accepted.
    pub(super) fn open(&mut self) {
        self.read(false);
        self.flags |= Flags::OPEN;
    }

    /// How many places there are, each with those above it.
    pub(super) fn weight(&self, depth: usize) -> usize {
        depth + self.children.values().map(|child| child.weight(depth + 1)).sum::<usize>()
    }

    /// Takes over all that another tree knows.
    pub(super) fn join(&mut self, other: Self) {
        self.flags |= other.flags;
        self.types |= other.types;
        self.read |= other.read;
        self.default = self.default.take().or(other.default);
        if self.enum_values.is_empty() {
            self.enum_values = other.enum_values;
        }
        for (key, child) in other.children {
            self.children.entry(key).or_default().join(child);
        }
    }

    /// Opens what is too little known to be closed.
    pub(super) fn settle(&mut self) {
        if self.read {
            self.flags = Flags(self.flags.0 & !Flags::GUARD.0);
        }
        let collection = self.types.intersects(Types::LIST | Types::MAP);
        let followed = self.children.values().any(Plant::is_followed);
        let handed_on = self.flags.contains(Flags::READ) && !followed;
        let typed = self.flags.contains(Flags::SCHEMA);
        // An empty map or list shows no keys, and a list shows only those of its first users.
        let bare = self.children.is_empty() || (self.types.contains(Types::LIST) && !followed);
        if collection && (handed_on || bare) && !(typed && self.flags.contains(Flags::CLOSED)) {
            self.flags |= Flags::OPEN;
        }
        if self.children.keys().any(|key| key == ANY) {
            self.flags |= Flags::FREE_KEYS;
        }
        for child in self.children.values_mut() {
            child.settle();
        }
    }

    /// Whether a template goes on to this place or below it.
    fn is_followed(&self) -> bool {
        self.flags.contains(Flags::READ) || self.children.values().any(Self::is_followed)
    }

    /// The model with one version.
    pub(super) fn into_values(mut self, name: &str, version: &str) -> ChartValues {
        self.settle();
        let mut table =
            ChartTable { name: name.to_owned(), versions: vec![version.to_owned()], paths: BTreeMap::new() };
        self.fill(&mut Vec::new(), &mut table);
        ChartValues::from(&table)
    }

    fn fill(self, path: &mut Vec<String>, table: &mut ChartTable) {
        let attr = Attr {
            flags: self.flags,
            types: self.types,
            default: self.default,
            enum_values: self.enum_values,
            // Only Helm itself tells, see scripts/helm-facts.
            fails: Fails::default(),
        };
        table.paths.insert(path.clone(), vec![(0, Some(attr))]);
        for (key, child) in self.children {
            path.push(key);
            child.fill(path, table);
            path.pop();
        }
    }
}
