//! Collects accepted values from values.yaml, the schema and the templates in a tree of paths. Must not know where its
//! facts come from.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::catalog::attr::{Attr, Fails, Flags, Scalar, Types};
use crate::catalog::chart::{ANY, ChartValues};
use crate::catalog::table::ChartTable;

/// A growing tree of paths. Reads by templates are recorded with [`Plant::read`] only.
#[derive(Clone, Debug, Default)]
pub(super) struct Plant {
    pub(super) flags: Flags,
    pub(super) types: Types,
    pub(super) default: Option<Scalar>,
    pub(super) enum_values: Vec<Scalar>,
    pub(super) children: BTreeMap<String, Plant>,
    /// Whether it is read outside of conditions that guard a failure.
    read: bool,
}

impl Plant {
    /// The node of a path, created if it is missing.
    pub(super) fn at<S: AsRef<str>>(&mut self, path: &[S]) -> &mut Self {
        path.iter().fold(self, |plant, key| plant.children.entry(key.as_ref().to_owned()).or_default())
    }

    /// The node of a path, if it exists.
    pub(super) fn find<S: AsRef<str>>(&mut self, path: &[S]) -> Option<&mut Self> {
        path.iter().try_fold(self, |plant, key| plant.children.get_mut(key.as_ref()))
    }

    /// The default of a path, if the default is itself a template.
    pub(super) fn template_at(&self, path: &[String]) -> Option<&Cow<'static, str>> {
        let place = path.iter().try_fold(self, |plant, key| plant.children.get(key))?;
        match &place.default {
            Some(Scalar::String(text)) if text.contains("{{") => Some(text),
            _ => None,
        }
    }

    /// Records that a template reads the value. `guard`: it does so in a condition that guards a failure.
    pub(super) fn read(&mut self, guard: bool) {
        self.flags |= Flags::READ;
        if guard {
            self.flags |= Flags::GUARD;
        } else {
            self.read = true;
        }
    }

    /// Accepts all keys under this node.
    pub(super) fn open(&mut self) {
        self.read(false);
        self.flags |= Flags::OPEN;
    }

    /// The number of nodes, each counted once for itself and for every parent.
    pub(super) fn weight(&self, depth: usize) -> usize {
        depth + self.children.values().map(|child| child.weight(depth + 1)).sum::<usize>()
    }

    /// Adds all facts of another tree.
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

    /// Opens nodes whose keys are not sufficiently known.
    pub(super) fn settle(&mut self) {
        if self.read {
            self.flags = self.flags.without(Flags::GUARD);
        }
        let collection = self.types.intersects(Types::LIST | Types::MAP);
        let followed = self.children.values().any(Plant::is_followed);
        let handed_on = self.flags.contains(Flags::READ) && !followed;
        let typed = self.flags.contains(Flags::SCHEMA);
        // An empty map or list does not show any keys, and the items of a list show only the keys that they use. The
        // definition of a custom resource, however, has the keys of all items.
        let defined = self.flags.contains(Flags::CRD);
        let bare = self.children.is_empty() || (self.types.contains(Types::LIST) && !followed && !defined);
        if collection && (handed_on || bare) && !(typed && self.flags.contains(Flags::CLOSED)) {
            self.flags |= Flags::OPEN;
        }
        // List items are not keys of a map.
        if self.types != Types::LIST && self.children.contains_key(ANY) {
            self.flags |= Flags::FREE_KEYS;
        }
        for child in self.children.values_mut() {
            child.settle();
        }
        // If all children are only tested in order to fail, the parent is not a value either.
        let guard = |child: &Self| child.flags.contains(Flags::GUARD) && !child.flags.intersects(KNOWN);
        if self.flags == Flags::NONE && !self.children.is_empty() && self.children.values().all(guard) {
            self.flags = Flags::READ | Flags::GUARD;
        }
    }

    /// Adds flags to this node and everything under it.
    pub(super) fn mark_all(&mut self, flags: Flags) {
        self.flags |= flags;
        self.children.values_mut().for_each(|child| child.mark_all(flags));
    }

    /// Whether a template reads this node or anything under it.
    fn is_followed(&self) -> bool {
        self.flags.contains(Flags::READ) || self.children.values().any(Self::is_followed)
    }

    /// The tree as the values of a chart with a single version.
    pub(super) fn into_values(self, name: &str, version: &str) -> ChartValues {
        let mut table =
            ChartTable { name: name.to_owned(), versions: vec![version.to_owned()], paths: BTreeMap::new() };
        self.fill(&mut Vec::new(), &mut table);
        ChartValues::from(&table)
    }

    fn fill(self, path: &mut Vec<String>, table: &mut ChartTable) {
        let (flags, default) = (self.flags, self.default);
        let attr = Attr {
            flags,
            types: self.types,
            default: default.filter(|default| !is_silent(default, path)),
            enum_values: self.enum_values,
            // These are only known by running Helm, see scripts/helm-facts.
            fails: Fails::default(),
        };
        // A root that is a map with known keys is not recorded.
        if !path.is_empty() || flags.intersects(Flags::OPEN | Flags::FREE_KEYS) {
            table.paths.insert(path.clone(), vec![(0, Some(attr))]);
        }
        for (key, child) in self.children {
            path.push(key);
            child.fill(path, table);
            path.pop();
        }
    }
}

/// Flags of keys that have another purpose than a failure.
const KNOWN: Flags = Flags(Flags::VALUES.0 | Flags::SCHEMA.0);

/// Whether a default is not recorded: that of one item among many, the version of an image, or a multi-line string. A
/// `null` is already part of the types.
fn is_silent(default: &Scalar, path: &[String]) -> bool {
    let text = matches!(default, Scalar::String(text) if text.contains('\n'));
    let version = path.last().is_some_and(|key| matches!(key.as_str(), "tag" | "digest"));
    *default == Scalar::Null || text || version || path.iter().any(|key| key == ANY)
}
