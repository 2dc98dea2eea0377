//! The values that the versions of one chart accept, as a trie. Produces no findings.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use super::attr::{Attr, Fails, Flags, Shapes, Types};

/// The child that matches any map key and any list index.
pub(super) const ANY: &str = "*";

/// The attribute of a root without one: a map whose keys templates read.
static ROOT: Attr = Attr {
    flags: Flags(Flags::VALUES.0 | Flags::READ.0),
    types: Types::MAP,
    default: None,
    enum_values: Vec::new(),
    fails: Fails { always: Shapes(0), by_default: Shapes(0), when_enabled: Shapes(0), when_on: Shapes(0) },
};

/// Every value path of every known version of one chart.
#[derive(Clone, PartialEq)]
pub struct ChartValues {
    pub(super) name: Cow<'static, str>,
    pub(super) versions: Vec<Cow<'static, str>>,
    pub(super) keys: Vec<Cow<'static, str>>,
    pub(super) attrs: Vec<Attr>,
    pub(super) histories: Vec<Vec<Step>>,
    /// Breadth first, so that the children of a node are adjacent; the root is first.
    pub(super) nodes: Vec<Node>,
}

/// From this version on, the key has this attribute, or does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Step {
    pub(super) version: u16,
    pub(super) attr: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) key: u32,
    pub(super) history: u32,
    pub(super) first_child: u32,
    pub(super) children: u32,
}

impl ChartValues {
    /// The chart's name, which is also that of its `HelmChart`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The known versions, oldest first.
    pub fn versions(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.versions.iter().map(AsRef::as_ref)
    }

    /// The values of one version.
    pub fn at(&self, version: &str) -> Option<ChartView<'_>> {
        let version = self.versions.iter().position(|known| known == version)?;
        Some(ChartView { chart: self, version: version as u16 })
    }

    /// The values of the newest known version.
    pub fn newest(&self) -> Option<ChartView<'_>> {
        let version = self.versions.len().checked_sub(1)?;
        Some(ChartView { chart: self, version: version as u16 })
    }

    /// Whether some version knows a path by name.
    pub fn has<S: AsRef<str>>(&self, path: &[S]) -> bool {
        self.nodes.first().is_some_and(|root| self.has_below(root, path))
    }

    fn has_below<S: AsRef<str>>(&self, node: &Node, path: &[S]) -> bool {
        let Some((key, rest)) = path.split_first() else { return true };
        let below = |key| self.child(node, key).is_some_and(|child| self.has_below(child, rest));
        below(key.as_ref()) || below(ANY)
    }

    pub(super) fn children(&self, node: &Node) -> &[Node] {
        let first = node.first_child as usize;
        self.nodes.get(first..first + node.children as usize).unwrap_or_default()
    }

    pub(super) fn key(&self, node: &Node) -> &str {
        self.keys.get(node.key as usize).map_or("", AsRef::as_ref)
    }

    fn child(&self, node: &Node, key: &str) -> Option<&Node> {
        let children = self.children(node);
        if key == ANY {
            // Few keys sort before it, and it is looked up as often as all others together.
            let first = children.iter().take_while(|child| self.key(child) <= ANY).last()?;
            return (self.key(first) == ANY).then_some(first);
        }
        let position = children.binary_search_by(|child| self.key(child).cmp(key)).ok()?;
        children.get(position)
    }

    fn attr_at(&self, node: &Node, version: u16) -> Option<&Attr> {
        let steps = self.histories.get(node.history as usize)?;
        let step = steps.iter().rev().find(|step| step.version <= version)?;
        self.attrs.get(step.attr? as usize)
    }
}

impl fmt::Debug for ChartValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChartValues")
            .field("name", &self.name)
            .field("versions", &self.versions.len())
            .field("nodes", &self.nodes.len())
            .finish_non_exhaustive()
    }
}

/// The nodes along a path, independent of the version, as far as some version has them.
struct Trail<'a> {
    /// The nodes up to the first fork; never empty.
    nodes: Vec<&'a Node>,
    /// Where both a named key and `*` match: the trails from there on.
    fork: Option<Box<[Trail<'a>; 2]>>,
}

impl<'a> Trail<'a> {
    fn of<S: AsRef<str>>(chart: &'a ChartValues, path: &[S]) -> Option<Self> {
        chart.nodes.first().map(|root| Self::from(chart, root, path))
    }

    fn from<S: AsRef<str>>(chart: &'a ChartValues, first: &'a Node, path: &[S]) -> Self {
        let mut nodes = Vec::with_capacity(path.len() + 1);
        nodes.push(first);
        Self::after(chart, nodes, first, path)
    }

    /// Continues a trail without forks, whose last node is given, with the rest of the path.
    fn after<S: AsRef<str>>(
        chart: &'a ChartValues,
        mut nodes: Vec<&'a Node>,
        last: &'a Node,
        path: &[S],
    ) -> Self {
        let mut node = last;
        for (at, key) in path.iter().enumerate() {
            node = match (chart.child(node, key.as_ref()), chart.child(node, ANY)) {
                (Some(named), Some(any)) => {
                    let rest = &path[at + 1..];
                    let fork = [named, any].map(|node| Self::from(chart, node, rest));
                    return Self { nodes, fork: Some(Box::new(fork)) };
                }
                (Some(only), None) | (None, Some(only)) => only,
                (None, None) => break,
            };
            nodes.push(node);
        }
        Self { nodes, fork: None }
    }

    /// Continues the trail of the parent if it was the last one that was followed.
    fn with_memo<S: AsRef<str>>(chart: &'a ChartValues, path: &[S], memo: &Memo<'a>) -> Option<Self> {
        let Some((_, parent)) = path.split_last() else { return Self::of(chart, path) };
        let mut memo = memo.0.borrow_mut();
        if let Some((keys, nodes)) = &*memo
            && keys.len() == parent.len()
            && keys.iter().zip(parent).all(|(key, asked)| key == asked.as_ref())
            && let Some(last) = nodes.last()
        {
            return Some(Self::after(chart, nodes.clone(), last, &path[parent.len()..]));
        }
        let trail = Self::of(chart, path)?;
        // Trails that end early or fork before the last key have fewer nodes.
        if let Some(nodes) = trail.nodes.get(..path.len()) {
            *memo = Some((parent.iter().map(|key| key.as_ref().to_owned()).collect(), nodes.to_vec()));
        }
        Some(trail)
    }

    /// The versions at which a node of the trail changes, without the first known version.
    fn changes(&self, chart: &ChartValues, found: &mut Vec<u16>) {
        let histories = self.nodes.iter().filter_map(|node| chart.histories.get(node.history as usize));
        found.extend(histories.flatten().map(|step| step.version).filter(|version| *version > 0));
        for below in self.fork.iter().flat_map(|fork| fork.iter()) {
            below.changes(chart, found);
        }
    }
}

/// A path of a chart that was looked up last, for looking up its siblings.
#[derive(Debug, Default)]
pub struct Memo<'a>(RefCell<Option<(Vec<String>, Vec<&'a Node>)>>);

/// The values that one version of a chart accepts.
#[derive(Clone, Copy, Debug)]
pub struct ChartView<'a> {
    pub(super) chart: &'a ChartValues,
    pub(super) version: u16,
}

/// What a chart version knows about a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lookup<'a> {
    /// The path is known.
    Known(&'a Attr),
    /// The path is under an open one, where everything is accepted.
    Open,
    /// The key is unknown.
    Unknown {
        /// Number of leading elements of the path that are known.
        depth: usize,
        /// The attribute of the last known element.
        parent: &'a Attr,
    },
}

impl<'a> Lookup<'a> {
    /// Whether the path is accepted: known, or under an open one.
    pub fn is_accepted(self) -> bool {
        !matches!(self, Self::Unknown { .. })
    }

    /// The attribute of a known path.
    pub fn attr(self) -> Option<&'a Attr> {
        match self {
            Self::Known(attr) => Some(attr),
            Self::Open | Self::Unknown { .. } => None,
        }
    }

    fn rank(self) -> usize {
        match self {
            Self::Known(_) => usize::MAX,
            Self::Open => usize::MAX - 1,
            Self::Unknown { depth, .. } => depth,
        }
    }
}

impl<'a> ChartView<'a> {
    /// The chart that this is a version of.
    pub fn chart(self) -> &'a ChartValues {
        self.chart
    }

    /// The chart's version.
    pub fn version(self) -> &'a str {
        self.chart.versions.get(usize::from(self.version)).map_or("", AsRef::as_ref)
    }

    /// What is known about a path. Elements are keys; a list index is written as a number.
    pub fn lookup<S: AsRef<str>>(self, path: &[S]) -> Lookup<'a> {
        self.follow(Trail::of(self.chart, path).as_ref(), path)
    }

    /// What each of several versions of one chart knows about a path. `memo` must be for the same versions.
    pub fn lookup_each<S: AsRef<str>>(views: &[Self], path: &[S], memo: &Memo<'a>) -> Vec<Lookup<'a>> {
        let Some(first) = views.first() else { return Vec::new() };
        if views.len() == 1 {
            return vec![first.lookup(path)];
        }
        // The nodes are the same for all versions, and their attributes change at few of them.
        let trail = Trail::with_memo(first.chart, path, memo);
        let mut changes = Vec::new();
        if let Some(trail) = &trail {
            trail.changes(first.chart, &mut changes);
        }
        let mut lookups: Vec<Lookup<'a>> = Vec::with_capacity(views.len());
        // The versions around the last one between which nothing changes.
        let mut era = 0..0;
        for view in views {
            if !std::ptr::eq(view.chart, first.chart) {
                era = 0..0;
                lookups.push(view.lookup(path));
                continue;
            }
            match lookups.last() {
                Some(same) if era.contains(&view.version) => lookups.push(*same),
                _ => {
                    era = changes.iter().fold(0..u16::MAX, |era, &change| {
                        if change <= view.version {
                            era.start.max(change)..era.end
                        } else {
                            era.start..era.end.min(change)
                        }
                    });
                    lookups.push(view.follow(trail.as_ref(), path));
                }
            }
        }
        lookups
    }

    fn follow<S: AsRef<str>>(self, trail: Option<&Trail<'a>>, path: &[S]) -> Lookup<'a> {
        let found = trail.map_or(Lookup::Open, |trail| self.find(trail, path, 0));
        // `global` is shared by a chart, its subcharts and RKE2, so not all of its readers are known.
        let global = path.first().is_some_and(|first| first.as_ref() == "global");
        if global && !found.is_accepted() { Lookup::Open } else { found }
    }

    /// The known keys directly under a path, with `*` for any key or list index.
    pub fn children<S: AsRef<str>>(
        self,
        path: &[S],
    ) -> impl Iterator<Item = (&'a str, &'a Attr)> + use<'a, S> {
        let node = self.node(path);
        node.map_or(&[][..], |node| self.chart.children(node))
            .iter()
            .filter_map(move |child| Some((self.chart.key(child), self.attr(child)?)))
    }

    /// The known keys under all places that match a path: those of `ports.web` and those of `ports.*`.
    pub fn siblings<S: AsRef<str>>(self, path: &[S]) -> Vec<(&'a str, &'a Attr)> {
        let below = self.places(path).into_iter().flat_map(|node| self.chart.children(node));
        below.filter_map(|child| Some((self.chart.key(child), self.attr(child)?))).collect()
    }

    /// Whether the templates read certain keys of a map and no others, although the map is open as an empty default: they
    /// range over the maps next to it, and read these keys of each.
    pub fn is_read_by_key<S: AsRef<str>>(self, path: &[S]) -> bool {
        self.places(path).into_iter().any(|node| {
            let closed = self.attr(node).is_some_and(|attr| attr.is_read() && !attr.is_open());
            let is_read = |child| self.attr(child).is_some_and(Attr::is_read);
            closed && self.chart.children(node).iter().any(is_read)
        })
    }

    /// The places that match a path.
    fn places<S: AsRef<str>>(self, path: &[S]) -> Vec<&'a Node> {
        let mut level: Vec<&Node> = self.chart.nodes.first().into_iter().collect();
        for key in path {
            level = level
                .into_iter()
                .flat_map(|node| [key.as_ref(), ANY].map(|key| self.chart.child(node, key)))
                .flatten()
                .filter(|node| self.attr(node).is_some())
                .collect();
        }
        level
    }

    /// Whether the path is known and neither it nor anything above or below it is used, so that setting it has no
    /// effect. False if this is uncertain.
    pub fn is_unread<S: AsRef<str>>(self, path: &[S]) -> bool {
        let Some(root) = self.chart.nodes.first().filter(|_| !path.is_empty()) else { return false };
        // A named key and `*` may both match (`ports.web` and `ports.*`): a value is read if either is read.
        let mut level = vec![root];
        for key in path {
            level = level
                .into_iter()
                .flat_map(|node| [key.as_ref(), ANY].map(|key| self.chart.child(node, key)))
                .flatten()
                .filter(|node| self.attr(node).is_some())
                .collect();
            if level.is_empty() || level.iter().any(|node| self.attr(node).is_some_and(Attr::is_open)) {
                return false;
            }
        }
        level.iter().all(|node| !self.attr(node).is_some_and(Attr::is_read) && !self.any_read(node))
    }

    /// All known paths with their attributes, parents before children.
    pub fn paths(self) -> Vec<(Vec<&'a str>, &'a Attr)> {
        let mut found = Vec::new();
        if let Some(root) = self.chart.nodes.first() {
            self.collect(root, &mut Vec::new(), &mut found);
        }
        found
    }

    pub(super) fn root(self) -> Option<&'a Node> {
        self.chart.nodes.first()
    }

    pub(super) fn attr(self, node: &Node) -> Option<&'a Attr> {
        self.chart.attr_at(node, self.version)
    }

    /// The attribute of the root, which may be implicit.
    pub(super) fn attr_or_root(self, node: &Node) -> &'a Attr {
        self.attr(node).unwrap_or(&ROOT)
    }

    /// The node of a path; if both a named key and `*` match, the named key is used.
    pub(super) fn node<S: AsRef<str>>(self, path: &[S]) -> Option<&'a Node> {
        path.iter().try_fold(self.chart.nodes.first()?, |node, key| self.step(node, key.as_ref()))
    }

    fn step(self, node: &Node, key: &str) -> Option<&'a Node> {
        [key, ANY]
            .into_iter()
            .find_map(|key| self.chart.child(node, key).filter(|child| self.attr(child).is_some()))
    }

    /// `depth`: the number of elements of the whole path before `path`.
    fn find<S: AsRef<str>>(self, trail: &Trail<'a>, path: &[S], depth: usize) -> Lookup<'a> {
        let (mut attr, mut open, mut last) = (self.attr_or_root(trail.nodes[0]), false, 0);
        for node in &trail.nodes[1..] {
            let Some(below) = self.attr(node) else { break };
            open |= attr.is_open();
            (attr, last) = (below, last + 1);
        }
        let Some((key, rest)) = path[last..].split_first() else { return Lookup::Known(attr) };
        // A named key and `*` may both match (`ports.web` and `ports.*`): a key is accepted if either accepts it.
        let forks = trail.fork.iter().filter(|_| last + 1 == trail.nodes.len()).flat_map(|fork| fork.iter());
        let forks = forks.filter(|fork| self.attr(fork.nodes[0]).is_some());
        let found = forks.map(|fork| self.find(fork, rest, depth + last + 1));
        let better = |named: Lookup<'a>, any: Lookup<'a>| {
            if matches!(named, Lookup::Known(_)) || named.rank() > any.rank() { named } else { any }
        };
        match found.reduce(better) {
            Some(known @ Lookup::Known(_)) => known,
            _ if open || attr.is_open() => Lookup::Open,
            Some(other) => other,
            None if attr.flags.contains(Flags::FREE_KEYS) => Lookup::Open,
            None if may_be_index(attr, key.as_ref()) => Lookup::Open,
            None => Lookup::Unknown { depth: depth + last, parent: attr },
        }
    }

    fn any_read(self, node: &Node) -> bool {
        self.chart
            .children(node)
            .iter()
            .filter_map(|child| Some((child, self.attr(child)?)))
            .any(|(child, attr)| attr.is_read() || self.any_read(child))
    }

    fn collect(self, node: &'a Node, path: &mut Vec<&'a str>, found: &mut Vec<(Vec<&'a str>, &'a Attr)>) {
        for child in self.chart.children(node) {
            if let Some(attr) = self.attr(child) {
                path.push(self.chart.key(child));
                found.push((path.clone(), attr));
                self.collect(child, path, found);
                path.pop();
            }
        }
    }
}

/// Whether a key may be the index of a list item, which is not an unknown key.
fn may_be_index(attr: &Attr, key: &str) -> bool {
    let list = attr.types.is_unknown() || attr.types.contains(Types::LIST);
    list && !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit())
}
