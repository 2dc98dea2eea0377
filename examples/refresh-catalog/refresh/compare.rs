//! The differences between the previous and the new catalogue. This module must not write sentences.

use std::collections::{BTreeMap, BTreeSet};

use rke2_lint::catalog::{KeyState, Role};
use rke2_lint::release::{Release, ReleaseSpec};

use super::keys;
use super::releases;

/// The differences between release rows.
#[derive(Debug, Default)]
pub struct Releases<'a> {
    pub new: Vec<&'a releases::Row>,
    /// Number of pairs of a release and a chart in both catalogues.
    pub pairs: usize,
    /// Final releases that now ship something else, or no longer exist.
    pub changed: Vec<String>,
}

/// Compares release rows. Candidates may come and go; of a final release, only the date, the release notes and the
/// channels may change.
pub fn releases<'a>(before: &[releases::Row], now: &'a [releases::Row]) -> Releases<'a> {
    let old: BTreeMap<&str, &releases::Row> = before.iter().map(|row| (row.release.as_str(), row)).collect();
    let names: BTreeSet<&str> = now.iter().map(|row| row.release.as_str()).collect();
    let is_final = |row: &releases::Row| row.parsed().is_some_and(|release| !release.is_candidate());
    let mut found = Releases::default();
    for row in before.iter().filter(|row| is_final(row) && !names.contains(row.release.as_str())) {
        found.changed.push(format!("{} is gone", row.release));
    }
    for row in now {
        let Some(known) = old.get(row.release.as_str()) else {
            found.new.push(row);
            continue;
        };
        found.pairs += row.charts.len();
        let names: BTreeSet<&String> = known.charts.keys().chain(row.charts.keys()).collect();
        for name in names.into_iter().filter(|_| is_final(row)) {
            let (was, is) = (known.charts.get(name), row.charts.get(name));
            if was != is {
                let word = |version: Option<&String>| version.map_or("nothing", String::as_str).to_owned();
                found.changed.push(format!("{}: {name} was {}, is {}", row.release, word(was), word(is)));
            }
        }
    }
    found
}

/// The differences between config keys.
#[derive(Debug, Default)]
pub struct Keys {
    /// Number of states of previously known keys, by release and role.
    pub states: usize,
    pub new: Vec<String>,
    /// Changed states of older releases.
    pub changed: Vec<String>,
    /// Keys whose type is unknown.
    pub untyped: Vec<String>,
}

/// Compares key rows for the releases in both catalogues.
pub fn keys(before: &[keys::Row], now: &[keys::Row], releases: &[Release]) -> Keys {
    let mut found = Keys::default();
    let old: BTreeMap<&str, &keys::Row> = before.iter().map(|row| (row.name.as_str(), row)).collect();
    for row in now {
        if row.kind == rke2_lint::catalog::KeyType::Unknown {
            found.untyped.push(row.name.clone());
        }
        let Some(known) = old.get(row.name.as_str()) else {
            found.new.push(row.name.clone());
            continue;
        };
        for (role, was, is) in
            [(Role::Server, &known.server, &row.server), (Role::Agent, &known.agent, &row.agent)]
        {
            for release in releases {
                found.states += 1;
                if state(was, *release) != state(is, *release) {
                    found.changed.push(format!("`{}` of {role:?} at {release}", row.name).to_lowercase());
                }
            }
        }
    }
    let names: BTreeSet<&str> = now.iter().map(|row| row.name.as_str()).collect();
    found.changed.extend(
        before
            .iter()
            .map(|row| row.name.as_str())
            .filter(|name| !names.contains(name))
            .map(|name| format!("`{name}` is gone")),
    );
    found
}

fn state(steps: &[(String, Option<KeyState>)], release: Release) -> Option<KeyState> {
    let start = |text: &str| {
        let spec: ReleaseSpec = text.parse().ok()?;
        Some(spec.exact().unwrap_or_else(|| Release::new(spec.minor, 0, 0)))
    };
    steps.iter().rev().find(|(from, _)| start(from).is_some_and(|from| from <= release))?.1
}
