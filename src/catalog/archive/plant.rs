//! Collects accepted values from values.yaml, schema and templates. Must not know where its facts come from.

use std::borrow::Cow;
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

    /// The place of a path, if it is there.
    pub(super) fn find<S: AsRef<str>>(&mut self, path: &[S]) -> Option<&mut Self> {
        path.iter().try_fold(self, |plant, key| plant.children.get_mut(key.as_ref()))
    }

    /// The default of a place, where it is a template itself.
    pub(super) fn template_at(&self, path: &[String]) -> Option<&Cow<'static, str>> {
        let place = path.iter().try_fold(self, |plant, key| plant.children.get(key))?;
        match &place.default {
            Some(Scalar::String(text)) if text.contains("{{") => Some(text),
            _ => None,
        }
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
            self.flags = self.flags.without(Flags::GUARD);
        }
        let collection = self.types.intersects(Types::LIST | Types::MAP);
        let followed = self.children.values().any(Plant::is_followed);
        let handed_on = self.flags.contains(Flags::READ) && !followed;
        let typed = self.flags.contains(Flags::SCHEMA);
        // An empty map or list shows no keys, and a list shows only those of its first users.
        // The definition of a custom resource tells of all elements.
        let defined = self.flags.contains(Flags::CRD);
        let bare = self.children.is_empty() || (self.types.contains(Types::LIST) && !followed && !defined);
        if collection && (handed_on || bare) && !(typed && self.flags.contains(Flags::CLOSED)) {
            self.flags |= Flags::OPEN;
        }
        // The elements of a list are not keys.
        if self.types != Types::LIST && self.children.contains_key(ANY) {
            self.flags |= Flags::FREE_KEYS;
        }
        for child in self.children.values_mut() {
            child.settle();
        }
        // A parent of nothing but keys that are tested in order to fail is not a value either.
        let guard = |child: &Self| child.flags.contains(Flags::GUARD) && !child.flags.intersects(KNOWN);
        if self.flags == Flags::NONE && !self.children.is_empty() && self.children.values().all(guard) {
            self.flags = Flags::READ | Flags::GUARD;
        }
    }

    /// Marks the place and all below it.
    pub(super) fn mark_all(&mut self, flags: Flags) {
        self.flags |= flags;
        self.children.values_mut().for_each(|child| child.mark_all(flags));
    }

    /// Whether a template goes on to this place or below it.
    fn is_followed(&self) -> bool {
        self.flags.contains(Flags::READ) || self.children.values().any(Self::is_followed)
    }

    /// The model with one version.
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
            // Only Helm itself tells, see scripts/helm-facts.
            fails: Fails::default(),
        };
        // A root that is a map with known keys goes without saying.
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

/// Marks of keys that are there for more than a failure.
const KNOWN: Flags = Flags(Flags::VALUES.0 | Flags::SCHEMA.0);

/// Whether a default carries no information: that of one element of many, the version of an image, a text of several lines. That
/// it is `null`, the shape says.
fn is_silent(default: &Scalar, path: &[String]) -> bool {
    let text = matches!(default, Scalar::String(text) if text.contains('\n'));
    let version = path.last().is_some_and(|key| matches!(key.as_str(), "tag" | "digest"));
    *default == Scalar::Null || text || version || path.iter().any(|key| key == ANY)
}
