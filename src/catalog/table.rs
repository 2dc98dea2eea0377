//! The editable form of a chart's values: a sorted table of paths, from which the trie is built. Must not
//! know where its facts come from.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::attr::{Attr, Scalar};
use super::chart::{ChartValues, Node, Step};

/// The history of a path: from each version (by index) on, its attribute, or `None` if it does not exist.
pub(super) type History = Vec<(u16, Option<Attr>)>;

/// A chart's values as a table of paths. The empty path, if present, is the root.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartTable {
    pub(super) name: String,
    pub(super) versions: Vec<String>,
    pub(super) paths: BTreeMap<Vec<String>, History>,
}

impl ChartTable {
    /// The chart's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The versions, oldest first.
    pub fn versions(&self) -> &[String] {
        &self.versions
    }

    /// A table with the versions of both; for versions in both, `newer` takes precedence.
    #[must_use]
    pub fn merge(&self, newer: &Self) -> Self {
        let mut versions: Vec<String> = self.versions.iter().chain(&newer.versions).cloned().collect();
        versions.sort_by(|a, b| compare_versions(a, b));
        versions.dedup();
        let mut paths = BTreeMap::new();
        for path in self.paths.keys().chain(newer.paths.keys()) {
            paths.entry(path.clone()).or_insert_with(|| {
                compress(versions.iter().map(|version| {
                    let table = if newer.versions.contains(version) { newer } else { self };
                    table.attr(path, version)
                }))
            });
        }
        Self { name: newer.name.clone(), versions, paths }
    }

    /// The combined table of several tables of one chart; for versions in several of them, the later one takes
    /// precedence.
    #[must_use]
    pub fn union(tables: &[Self]) -> Self {
        let mut versions: Vec<String> =
            tables.iter().flat_map(|table| table.versions.iter().cloned()).collect();
        versions.sort_by(|a, b| compare_versions(a, b));
        versions.dedup();
        let holder = |version: &String| tables.iter().rev().find(|table| table.versions.contains(version));
        let holders: Vec<&Self> = versions.iter().filter_map(holder).collect();
        let mut paths = BTreeMap::new();
        for path in tables.iter().flat_map(|table| table.paths.keys()) {
            paths.entry(path.clone()).or_insert_with(|| {
                compress(holders.iter().zip(&versions).map(|(table, version)| table.attr(path, version)))
            });
        }
        let name = tables.last().map(|table| table.name.clone()).unwrap_or_default();
        Self { name, versions, paths }
    }

    /// The number of differences in keys and versions, for the versions that both tables have.
    pub fn differences(&self, other: &Self) -> usize {
        let paths: BTreeSet<&Vec<String>> = self.paths.keys().chain(other.paths.keys()).collect();
        let versions = self.versions.iter().filter(|version| other.versions.contains(version));
        versions
            .map(|version| {
                paths.iter().filter(|path| self.attr(path, version) != other.attr(path, version)).count()
            })
            .sum()
    }

    /// A table with one version, under the name and version with which RKE2 ships it.
    #[must_use]
    pub fn renamed(mut self, name: &str, version: &str) -> Self {
        name.clone_into(&mut self.name);
        self.versions = vec![version.to_owned()];
        self
    }

    pub(super) fn attr(&self, path: &[String], version: &str) -> Option<&Attr> {
        let version = self.versions.iter().position(|known| known == version)?;
        let steps = self.paths.get(path)?;
        steps.iter().rev().find(|(from, _)| usize::from(*from) <= version)?.1.as_ref()
    }
}

/// Builds a history from one attribute per version.
pub(super) fn compress<'a>(attrs: impl Iterator<Item = Option<&'a Attr>>) -> History {
    let mut history = History::new();
    for (version, attr) in attrs.enumerate() {
        if history.last().and_then(|(_, last)| last.as_ref()) != attr {
            history.push((version as u16, attr.cloned()));
        }
    }
    history
}

/// Compares chart versions: runs of digits as numbers, everything else as text. `v1.9.0` is before `1.10.0`.
pub fn compare_versions(a: &str, b: &str) -> Ordering {
    fn parts(text: &str) -> impl Iterator<Item = (Option<u64>, &str)> {
        let text = text.strip_prefix('v').unwrap_or(text);
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .flat_map(|part| {
                let digits = part.find(|c: char| c.is_ascii_digit()).unwrap_or(part.len());
                [&part[..digits], &part[digits..]]
            })
            .filter(|part| !part.is_empty())
            .map(|part| (part.parse().ok(), part))
    }
    parts(a).cmp(parts(b)).then_with(|| a.cmp(b))
}

#[derive(Default)]
struct Tree<'a> {
    history: Option<&'a History>,
    children: BTreeMap<&'a str, Tree<'a>>,
}

/// Deduplicates items: equal items get the same number.
struct Pool<T> {
    items: Vec<T>,
    numbers: HashMap<String, usize>,
}

impl<T> Pool<T> {
    fn new() -> Self {
        Self { items: Vec::new(), numbers: HashMap::new() }
    }

    fn add(&mut self, identity: String, item: impl FnOnce() -> T) -> usize {
        let items = &mut self.items;
        *self.numbers.entry(identity).or_insert_with(|| {
            items.push(item());
            items.len() - 1
        })
    }
}

impl From<&ChartTable> for ChartValues {
    fn from(table: &ChartTable) -> Self {
        let mut root = Tree::default();
        for (path, history) in &table.paths {
            let mut tree = &mut root;
            for key in path {
                tree = tree.children.entry(key).or_default();
            }
            tree.history = Some(history);
        }
        // Keys that occur only as parents exist without an attribute of their own.
        let bare: History = vec![(0, Some(Attr::default()))];
        let nothing = History::new();
        let mut keys = Pool::new();
        let mut attrs = Pool::new();
        let mut histories = Pool::new();
        let mut nodes = Vec::new();
        let mut queue = VecDeque::from([("", &root, &nothing)]);
        let mut first_child = 1;
        while let Some((key, tree, otherwise)) = queue.pop_front() {
            let steps: Vec<Step> = tree
                .history
                .unwrap_or(otherwise)
                .iter()
                .map(|(version, attr)| {
                    let attr = attr.as_ref().map(|attr| attrs.add(identity(attr), || attr.clone()) as u32);
                    Step { version: *version, attr }
                })
                .collect();
            nodes.push(Node {
                key: keys.add(key.to_owned(), || Cow::Owned(key.to_owned())) as u32,
                history: histories.add(format!("{steps:?}"), || steps) as u32,
                first_child,
                children: tree.children.len() as u32,
            });
            first_child += tree.children.len() as u32;
            queue.extend(tree.children.iter().map(|(key, tree)| (*key, tree, &bare)));
        }
        Self {
            name: Cow::Owned(table.name.clone()),
            versions: table.versions.iter().cloned().map(Cow::Owned).collect(),
            keys: keys.items,
            attrs: attrs.items,
            histories: histories.items,
            nodes,
        }
    }
}

impl From<&ChartValues> for ChartTable {
    fn from(chart: &ChartValues) -> Self {
        let mut table = Self {
            name: chart.name.to_string(),
            versions: chart.versions.iter().map(ToString::to_string).collect(),
            paths: BTreeMap::new(),
        };
        if let Some(root) = chart.nodes.first() {
            fill(chart, root, &mut Vec::new(), &mut table);
        }
        table
    }
}

fn fill(chart: &ChartValues, node: &Node, path: &mut Vec<String>, table: &mut ChartTable) {
    let steps = chart.histories.get(node.history as usize).map_or(&[][..], Vec::as_slice);
    if !steps.is_empty() {
        let attr = |step: &Step| chart.attrs.get(step.attr? as usize).cloned();
        table.paths.insert(path.clone(), steps.iter().map(|step| (step.version, attr(step))).collect());
    }
    for child in chart.children(node) {
        path.push(chart.key(child).to_owned());
        fill(chart, child, path, table);
        path.pop();
    }
}

fn identity(attr: &Attr) -> String {
    let scalar = |value: &Scalar| format!("{value:?}");
    format!(
        "{} {} {:?} {:?} {:?}",
        attr.flags.0,
        attr.types.0,
        attr.default.as_ref().map(scalar),
        attr.enum_values.iter().map(scalar).collect::<Vec<_>>(),
        attr.fails
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        let sorted =
            ["v0.1.9", "0.1.10", "1.15.100", "1.16.000", "v3.9-build2022102805", "v3.9.3-build2023010901"];
        assert!(sorted.is_sorted_by(|a, b| compare_versions(a, b).is_lt()));
        assert_eq!(compare_versions("1.0", "1.0"), Ordering::Equal);
    }
}
