//! The differences between two releases, and between the values of two chart versions. Must not decide whether a file
//! breaks.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

use super::attr::{Attr, Flags, Scalar};
use super::chart::ChartView;
use crate::release::Release;

/// The elements of a path; `*` is any key or list index.
pub type Path = Vec<String>;

/// The differences between the values of two versions of a chart.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ChartDiff {
    /// Removed values; values under a removed one are not listed.
    pub gone: Vec<Path>,
    /// Added values; values under an added one are not listed.
    pub new: Vec<Path>,
    /// Values that seem to have been renamed: the last key, types and default are the same.
    pub renamed: Vec<Rename>,
    /// Values whose default changed.
    pub defaults: Vec<DefaultChange>,
}

/// A value that seems to have been renamed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Rename {
    /// The old path.
    pub from: Path,
    /// The new path.
    pub to: Path,
}

/// A value whose default changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DefaultChange {
    /// The value.
    pub path: Path,
    /// The old default.
    pub before: Option<Scalar>,
    /// The new default.
    pub after: Option<Scalar>,
}

/// The differences between two releases.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReleaseDiff {
    /// The old release.
    #[serde(serialize_with = "as_text")]
    pub from: Release,
    /// The new release.
    #[serde(serialize_with = "as_text")]
    pub to: Release,
    /// Components whose version changed, by name.
    pub components: Vec<ComponentChange>,
    /// Charts whose version changed, by name.
    pub charts: Vec<ChartChange>,
}

/// A component whose version changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComponentChange {
    /// The component, such as containerd or etcd.
    pub name: &'static str,
    /// The old version, if known.
    pub before: Option<&'static str>,
    /// The new version, if known.
    pub after: Option<&'static str>,
}

/// A chart whose version changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChartChange {
    /// The chart.
    pub chart: &'static str,
    /// The old version; `None` if the old release does not ship the chart.
    pub before: Option<&'static str>,
    /// The new version; `None` if the new release does not ship the chart.
    pub after: Option<&'static str>,
    /// The differences in its values, if both releases ship it.
    pub values: Option<ChartDiff>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn as_text<S: Serializer>(release: &Release, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(release)
}

impl ReleaseDiff {
    /// The differences between two known releases, for everything or for one chart only.
    pub fn between(from: Release, to: Release, only: Option<&str>) -> Self {
        let components = if only.is_none() { Self::components(from, to) } else { Vec::new() };
        let charts = super::charts()
            .filter(|chart| only.is_none_or(|only| only == *chart))
            .map(|chart| (chart, super::chart_version(from, chart), super::chart_version(to, chart)))
            .filter(|(_, before, after)| before != after)
            .map(|(chart, before, after)| {
                let views = super::chart_at(from, chart).zip(super::chart_at(to, chart));
                let values = views.map(|(before, after)| ChartDiff::between(before, after));
                ChartChange { chart, before, after, values }
            })
            .collect();
        Self { from, to, components, charts }
    }

    /// The components whose version changed, by name.
    pub fn components(from: Release, to: Release) -> Vec<ComponentChange> {
        let (was, is) = (super::components_of(from), super::components_of(to));
        let version = |components: &[(&str, &'static str)], name: &str| {
            components.iter().find(|(known, _)| *known == name).map(|(_, version)| *version)
        };
        let names: BTreeSet<&'static str> = was.iter().chain(&is).map(|(name, _)| *name).collect();
        names
            .into_iter()
            .map(|name| ComponentChange { name, before: version(&was, name), after: version(&is, name) })
            .filter(|change| change.before != change.after)
            .collect()
    }
}

impl ChartDiff {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.new.is_empty() && self.renamed.is_empty() && self.defaults.is_empty()
    }

    /// The values whose default differs between two versions of a chart.
    pub fn default_changes(before: ChartView<'_>, after: ChartView<'_>) -> Vec<DefaultChange> {
        defaults(before, after)
    }

    /// The values that the newer version added; values under an added one are not listed.
    pub fn new_values(before: ChartView<'_>, after: ChartView<'_>) -> Vec<Path> {
        tops(only_in(after, before).into_iter().map(|(path, _)| path))
    }

    /// The differences between two versions of a chart.
    pub fn between(before: ChartView<'_>, after: ChartView<'_>) -> Self {
        let gone = only_in(before, after);
        let new = only_in(after, before);
        let renamed = renamed(&gone, &new);
        let moved = |path: &Path, end: fn(&Rename) -> &Path| {
            renamed.iter().any(|rename| path.starts_with(end(rename)))
        };
        let gone = gone.into_iter().map(|(path, _)| path).filter(|path| !moved(path, |rename| &rename.from));
        let new = new.into_iter().map(|(path, _)| path).filter(|path| !moved(path, |rename| &rename.to));
        Self { gone: tops(gone), new: tops(new), defaults: defaults(before, after), renamed }
    }
}

/// Whether a path is a value for users to set.
fn counts(path: &[&str], attr: &Attr) -> bool {
    let evidence = Flags::VALUES | Flags::SCHEMA | Flags::READ | Flags::CRD;
    attr.flags.intersects(evidence) && !attr.is_guard_only() && path.first() != Some(&"global")
}

/// The paths of one version that the other does not accept.
fn only_in<'a>(here: ChartView<'a>, there: ChartView<'_>) -> Vec<(Path, &'a Attr)> {
    let paths = here.paths().into_iter().filter(|(path, attr)| counts(path, attr));
    let missing = paths.filter(|(path, _)| !there.lookup(path).is_accepted());
    missing.map(|(path, attr)| (path.into_iter().map(str::to_owned).collect(), attr)).collect()
}

/// Removes paths that are under another path of the list; parents must come first.
fn tops(paths: impl Iterator<Item = Path>) -> Vec<Path> {
    let mut tops: Vec<Path> = Vec::new();
    for path in paths {
        if !tops.iter().any(|top| path.starts_with(top)) {
            tops.push(path);
        }
    }
    tops
}

/// Removed values, each paired with the only added value that has the same properties. If a whole map moved, the map is
/// returned.
fn renamed(gone: &[(Path, &Attr)], new: &[(Path, &Attr)]) -> Vec<Rename> {
    fn by_look<'a>(side: &'a [(Path, &Attr)]) -> BTreeMap<String, Vec<&'a Path>> {
        let mut found: BTreeMap<String, Vec<&Path>> = BTreeMap::new();
        for (path, attr) in side {
            let is_leaf = !side.iter().any(|(other, _)| other.len() > path.len() && other.starts_with(path));
            // Without its parent, a name such as `enabled` is not specific enough.
            let (Some(last), true) = (path.last(), is_leaf && path.len() > 1) else { continue };
            let look = format!("{last} {} {:?} {:?}", attr.types, attr.default, attr.enum_values);
            found.entry(look).or_default().push(path);
        }
        found
    }
    let new = by_look(new);
    let mut pairs: BTreeMap<Rename, usize> = BTreeMap::new();
    for (look, paths) in by_look(gone) {
        let ([from], Some([to])) = (paths.as_slice(), new.get(&look).map(Vec::as_slice)) else { continue };
        let same = from.iter().rev().zip(to.iter().rev()).take_while(|(a, b)| a == b).count();
        let same = same.min(from.len() - 1).min(to.len() - 1);
        let cut = |path: &Path| path[..path.len() - same].to_vec();
        *pairs.entry(Rename { from: cut(from), to: cut(to) }).or_default() += 1;
    }
    // A single pair of leaves may be a coincidence; several pairs that agree are not.
    pairs.into_iter().filter(|(_, count)| *count > 1).map(|(rename, _)| rename).collect()
}

fn defaults(before: ChartView<'_>, after: ChartView<'_>) -> Vec<DefaultChange> {
    let mut changes = Vec::new();
    for (path, attr) in before.paths() {
        let Some(now) = after.lookup(&path).attr().filter(|_| !path.contains(&"*")) else { continue };
        if !(attr.flags.contains(Flags::VALUES) && now.flags.contains(Flags::VALUES)) {
            continue;
        }
        let (before, after) = (attr.default_value(), now.default_value());
        let scalar = attr.default.is_some() || now.default.is_some();
        if before != after && scalar {
            changes.push(DefaultChange {
                path: path.into_iter().map(str::to_owned).collect(),
                before,
                after,
            });
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{ChartTable, ChartValues};

    #[test]
    fn a_moved_map_is_a_rename_and_not_a_loss() {
        let table = r#"{"chart":"shop","versions":["1","2"]}
{"path":["door"],"at":[["1",{"flags":["values"],"types":["map"]}],["2",null]]}
{"path":["door","front"],"at":[["1",{"flags":["values"],"types":["map"]}],["2",null]]}
{"path":["door","front","colour"],"at":[["1",{"flags":["values","read"],"types":["string"],"default":"red"}],["2",null]]}
{"path":["door","front","width"],"at":[["1",{"flags":["values","read"],"types":["int"],"default":90}],["2",null]]}
{"path":["entrance"],"at":[["2",{"flags":["values"],"types":["map"]}]]}
{"path":["entrance","colour"],"at":[["2",{"flags":["values","read"],"types":["string"],"default":"red"}]]}
{"path":["entrance","width"],"at":[["2",{"flags":["values","read"],"types":["int"],"default":90}]]}
{"path":["guard"],"at":[["2",{"flags":["read","guard"],"types":[]}]]}
{"path":["open"],"at":[["1",{"flags":["values","read"],"types":["bool"],"default":false}],["2",{"flags":["values","read"],"types":["bool"],"default":true}]]}
{"path":["roof"],"at":[["1",{"flags":["values"],"types":["map"]}],["2",null]]}
{"path":["roof","tiles"],"at":[["1",{"flags":["values","read"],"types":["int"]}],["2",null]]}
"#;
        let values = ChartValues::from(&ChartTable::from_neutral(table).unwrap());
        let diff = ChartDiff::between(values.at("1").unwrap(), values.at("2").unwrap());
        let path = |text: &str| -> Path { text.split('.').map(str::to_owned).collect() };
        assert_eq!(diff.renamed, [Rename { from: path("door.front"), to: path("entrance") }]);
        assert_eq!(diff.gone, [path("door"), path("roof")]);
        assert_eq!(diff.new, Vec::<Path>::new());
        let [change] = diff.defaults.as_slice() else { panic!("{:?}", diff.defaults) };
        assert_eq!((change.path.clone(), change.after.clone()), (path("open"), Some(Scalar::Bool(true))));
        assert!(ChartDiff::between(values.at("2").unwrap(), values.at("2").unwrap()).is_empty());
    }
}
