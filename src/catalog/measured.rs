//! Facts measured with Helm. They are kept in tables separate from those read from charts, so that an import does not
//! overwrite them. Must not measure anything.

use super::attr::{Attr, Flags, Shapes, Types};
use super::chart::ANY;
use super::table::{ChartTable, compress};

/// Flags that only a measurement sets.
const MEASURED: Flags = Flags(Flags::TRUTHY.0 | Flags::WHOLE.0 | Flags::PARTIAL.0);
/// Flags which mean that something uses all keys of a map, known or not.
const HANDED_ON: Flags =
    Flags(Flags::READ.0 | Flags::SCHEMA.0 | Flags::FREE_KEYS.0 | Flags::CRD.0 | Flags::INJECTED.0);

impl ChartTable {
    /// Only the measured facts, as a table with the same versions.
    #[must_use]
    pub fn measured(&self) -> Self {
        let only = |attr: &Attr| {
            let flags = Flags(attr.flags.0 & MEASURED.0);
            (flags != Flags::NONE || !attr.fails.is_empty()).then(|| Attr {
                flags,
                fails: attr.fails,
                ..Attr::default()
            })
        };
        let paths = self.paths.iter().filter_map(|(path, history)| {
            let mut steps = history.clone();
            for (_, attr) in &mut steps {
                *attr = attr.as_ref().and_then(only);
            }
            steps.dedup_by(|next, before| next.1 == before.1);
            if steps.first().is_some_and(|(_, attr)| attr.is_none()) {
                steps.remove(0);
            }
            (!steps.is_empty()).then(|| (path.clone(), steps))
        });
        Self { name: self.name.clone(), versions: self.versions.clone(), paths: paths.collect() }
    }

    /// This table combined with measured facts, for each key and version. Versions that were not measured are
    /// unchanged.
    #[must_use]
    pub fn with_measured(&self, measured: &Self) -> Self {
        let paths = self.paths.keys().filter_map(|path| {
            let attrs: Vec<Option<Attr>> =
                self.versions.iter().map(|version| self.with_measured_at(measured, path, version)).collect();
            let history = compress(attrs.iter().map(Option::as_ref));
            (!history.is_empty()).then(|| (path.clone(), history))
        });
        Self { name: self.name.clone(), versions: self.versions.clone(), paths: paths.collect() }
    }

    fn with_measured_at(&self, measured: &Self, path: &[String], version: &str) -> Option<Attr> {
        let mut attr = self.attr(path, version)?.clone();
        if self.is_closed(measured, path, version) {
            attr.flags = attr.flags.without(Flags::OPEN | Flags::FREE_KEYS);
        }
        if let Some((last, parent)) = path.split_last()
            && last == ANY
            && self.is_closed(measured, parent, version)
        {
            return None;
        }
        let Some(known) = measured.attr(path, version) else { return Some(attr) };
        attr.fails = known.fails;
        attr.flags |= Flags(known.flags.0 & Flags::TRUTHY.0);
        if attr.is_open() {
            // A key that no template reads has no effect, unless something uses all keys.
            let partial = !attr.flags.intersects(HANDED_ON);
            attr.flags |= Flags(if partial { known.flags.0 & Flags::PARTIAL.0 } else { 0 });
        } else {
            attr.flags |= Flags(known.flags.0 & Flags::WHOLE.0);
        }
        Some(attr)
    }

    /// Whether Helm fails on an unknown key of a map of scalars, although a template ranges over it.
    fn is_closed(&self, measured: &Self, parent: &[String], version: &str) -> bool {
        let fails = measured.attr(parent, version).is_some_and(|attr| {
            attr.fails.by_default.contains(Shapes::UNKNOWN_KEY)
                || attr.fails.always.contains(Shapes::UNKNOWN_KEY)
        });
        fails && {
            let below =
                self.paths.keys().filter(|path| path.len() == parent.len() + 1 && path.starts_with(parent));
            let named = below.filter(|path| path.last().is_some_and(|key| key != ANY));
            let attrs: Vec<&Attr> = named.filter_map(|path| self.attr(path, version)).collect();
            let scalar =
                |attr: &&Attr| attr.flags.contains(Flags::VALUES) && !attr.types.intersects(Types::MAP);
            attrs.len() > 1 && attrs.iter().all(scalar)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> ChartTable {
        ChartTable::from_neutral(text).unwrap()
    }

    const IMPORTED: &str = r#"{"chart":"shop","versions":["1","2"]}
{"path":["doors"],"at":[["1",{"flags":["open","values","read"],"types":["map"]}]]}
{"path":["doors","*"],"at":[["1",{"flags":["read"],"types":[]}]]}
{"path":["doors","back"],"at":[["1",{"flags":["values"],"types":["int"],"default":1}]]}
{"path":["doors","front"],"at":[["1",{"flags":["values"],"types":["int"],"default":1}]]}
{"path":["extra"],"at":[["1",{"flags":["open","values","read"],"types":["map"]}]]}
"#;

    #[test]
    fn measured_facts_survive_a_new_import() {
        let measured = table(
            r#"{"chart":"shop","versions":["1"]}
{"path":["doors"],"at":[["1",{"flags":["whole"],"types":[],"fails":{"default":["unknown-key"]}}]]}
{"path":["doors","front"],"at":[["1",{"flags":["truthy"],"types":[],"fails":{"always":["map"]}}]]}
{"path":["extra"],"at":[["1",{"flags":["whole","partial"],"types":[]}]]}
{"path":["gone"],"at":[["1",{"flags":["truthy"],"types":[]}]]}
"#,
        );
        let merged = table(IMPORTED).with_measured(&measured);
        let at = |path: &[&str], version: &str| {
            let path: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
            merged.attr(&path, version).cloned()
        };
        let front = at(&["doors", "front"], "1").unwrap();
        assert!(front.flags.contains(Flags::TRUTHY) && front.fails.always.contains(Shapes::MAP));
        // Only version 1 was measured.
        let later = at(&["doors", "front"], "2").unwrap();
        assert!(!later.flags.contains(Flags::TRUTHY) && later.fails.is_empty());
        // Helm fails on any other key, so the map is closed.
        assert!(!at(&["doors"], "1").unwrap().is_open() && at(&["doors"], "2").unwrap().is_open());
        assert!(at(&["doors", "*"], "1").is_none() && at(&["doors", "*"], "2").is_some());
        // A map that templates open as a whole stays open.
        let extra = at(&["extra"], "1").unwrap();
        assert!(!extra.flags.intersects(Flags::PARTIAL | Flags::WHOLE));
        assert!(at(&["gone"], "1").is_none());
        assert_eq!(merged.with_measured(&merged.measured()), merged);
    }
}
