//! The keys of config.yaml over all releases: how each role treats them, and since when. This module must not read Go.

use std::collections::{BTreeMap, BTreeSet};

pub use rke2_lint::catalog::ConfigKeyRow as Row;
use rke2_lint::catalog::{KeySource, KeyState, KeyType, Role};
use rke2_lint::release::Release;
use serde_json::Value;

use super::flags::{Flag, Flags};

/// The flags of one release, or of an upcoming minor without any release.
pub struct Revision {
    pub release: Release,
    /// The notation of the release, given that its minor has earlier releases.
    pub label: String,
    pub flags: Flags,
}

/// The rows of all keys, sorted by name.
pub fn rows(revisions: &[Revision], kept: &BTreeMap<String, Row>) -> Vec<Row> {
    let names: BTreeSet<&str> =
        revisions.iter().flat_map(|one| one.flags.states.keys().map(|(_, name)| name.as_str())).collect();
    names
        .into_iter()
        .map(|name| {
            let own = revisions.iter().rev().find_map(|one| one.flags.own.get(name));
            let mut row = match (own, kept.get(name)) {
                (Some(flag), _) => of_flag(name, flag, KeySource::Rke2),
                (None, Some(row)) => row.clone(),
                (None, None) => unknown(name),
            };
            row.server = steps(revisions, Role::Server, name);
            row.agent = steps(revisions, Role::Agent, name);
            row
        })
        .collect()
}

/// The row of a flag in the source code.
pub fn of_flag(name: &str, flag: &Flag, source: KeySource) -> Row {
    let default = flag.default.clone().map(Value::String);
    Row {
        kind: flag.kind,
        default: default.or_else(|| (flag.kind == KeyType::Bool).then_some(Value::Bool(false))),
        aliases: flag.names.iter().filter(|other| *other != name).cloned().collect(),
        env: flag.env.clone(),
        hidden: flag.hidden,
        source,
        ..unknown(name)
    }
}

fn unknown(name: &str) -> Row {
    Row {
        name: name.to_owned(),
        kind: KeyType::Unknown,
        default: None,
        aliases: Vec::new(),
        env: Vec::new(),
        values: Vec::new(),
        hidden: false,
        source: KeySource::K3s,
        server: Vec::new(),
        agent: Vec::new(),
    }
}

/// How a role treats a key from each of these releases on; `None` if unknown.
fn steps(revisions: &[Revision], role: Role, name: &str) -> Vec<(String, Option<KeyState>)> {
    let key = (role, name.to_owned());
    let mut steps = Vec::new();
    let (mut now, mut minor) = (None, None);
    for revision in revisions {
        let state = revision.flags.states.get(&key).copied();
        let release = revision.release;
        if state != now {
            let first = minor != Some(release.minor);
            steps.push((if first { format!("1.{}", release.minor) } else { revision.label.clone() }, state));
            now = state;
        }
        minor = Some(release.minor);
    }
    steps
}
