//! The keys of config.yaml: their types, and the releases that accept them. Produces no findings.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::attr::Scalar;
use super::neutral::{NeutralError, read_lines};
use super::rows::ConfigKeyRow;
use crate::release::{Release, ReleaseSpec};

/// A key of config.yaml.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfigKey {
    /// The key's name.
    pub name: String,
    /// The type of its value.
    #[serde(rename = "type")]
    pub kind: KeyType,
    /// The default, if known.
    #[serde(skip)]
    pub default: Option<Scalar>,
    /// Aliases of the key.
    pub aliases: Vec<String>,
    /// Environment variables that set it.
    pub env: Vec<String>,
    /// The only accepted values; empty if any value is accepted.
    pub values: Vec<String>,
    /// Whether `--help` does not list it.
    pub hidden: bool,
    /// The source of the type, which determines how reliable it is.
    pub source: KeySource,
    /// How servers treat the key from each of these releases on, oldest first.
    server: Vec<(Release, KeyState)>,
    /// How agents treat the key from each of these releases on, oldest first.
    agent: Vec<(Release, KeyState)>,
}

/// The type of a key's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyType {
    /// A string.
    String,
    /// A boolean.
    Bool,
    /// A whole number.
    Int,
    /// A flag that may be repeated.
    List,
    /// A Go duration.
    Duration,
    /// Unknown: a key that is new in K3s.
    Unknown,
}

impl KeyType {
    /// Whether a flag of this type is known to take a single value.
    pub fn takes_one(self) -> bool {
        !matches!(self, Self::List | Self::Unknown)
    }
}

/// Where a key's type was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeySource {
    /// The source code of K3s.
    K3s,
    /// The source code of RKE2.
    Rke2,
    /// The reference table in the documentation.
    Doc,
}

/// How a release treats a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Unknown: ignored with a warning.
    Absent,
    /// Accepted, as defined by K3s.
    K3s,
    /// Accepted, as defined by RKE2.
    Rke2,
    /// Accepted, but not listed by `--help`.
    Hidden,
    /// A key of K3s that RKE2 removes: ignored with a warning.
    Dropped,
}

impl KeyState {
    /// Whether a key in this state is accepted.
    pub fn is_accepted(self) -> bool {
        matches!(self, Self::K3s | Self::Rke2 | Self::Hidden)
    }
}

/// The role of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// `rke2 server`.
    Server,
    /// `rke2 agent`.
    Agent,
}

impl ConfigKey {
    /// How a release treats the key on a node with this role.
    pub fn state(&self, role: Role, release: Release) -> KeyState {
        let steps = self.steps(role);
        steps.iter().rev().find(|(from, _)| *from <= release).map_or(KeyState::Absent, |(_, state)| *state)
    }

    /// Whether a release accepts the key on a node with this role.
    pub fn is_accepted(&self, role: Role, release: Release) -> bool {
        self.state(role, release).is_accepted()
    }

    /// Whether `text` is the name of the key or an alias.
    pub fn is_named(&self, text: &str) -> bool {
        self.name == text || self.aliases.iter().any(|alias| alias == text)
    }

    /// How nodes with this role treat the key from each of these releases on, oldest first; absent before the first. A
    /// release with patch 0 and revision 0 represents the start of its minor.
    pub fn steps(&self, role: Role) -> &[(Release, KeyState)] {
        match role {
            Role::Server => &self.server,
            Role::Agent => &self.agent,
        }
    }
}

/// Reads the neutral form.
pub(super) fn read(text: &str) -> Result<Vec<ConfigKey>, NeutralError> {
    let mut keys = Vec::new();
    for (index, record) in read_lines::<ConfigKeyRow>(text)?.into_iter().enumerate() {
        let line = index + 1;
        keys.push(ConfigKey {
            default: record.default.as_ref().and_then(Scalar::from_json),
            server: steps(&record.server, line)?,
            agent: steps(&record.agent, line)?,
            name: record.name,
            kind: record.kind,
            aliases: record.aliases,
            env: record.env,
            values: record.values,
            hidden: record.hidden,
            source: record.source,
        });
    }
    keys.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(keys)
}

fn steps(
    written: &[(String, Option<KeyState>)],
    line: usize,
) -> Result<Vec<(Release, KeyState)>, NeutralError> {
    written.iter().map(|(from, state)| Ok((start(from, line)?, state.unwrap_or(KeyState::Absent)))).collect()
}

/// The start of a minor: `1.34` is before every release of the minor.
pub(super) fn start(text: &str, line: usize) -> Result<Release, NeutralError> {
    match ReleaseSpec::from_str(text) {
        Ok(spec) => Ok(spec.exact().unwrap_or_else(|| Release::new(spec.minor, 0, 0))),
        Err(_) => Err(NeutralError::Word { line, what: "release", word: text.to_owned() }),
    }
}
