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
    /// What a value is read as.
    #[serde(rename = "type")]
    pub kind: KeyType,
    /// The value without the key, where it is known.
    #[serde(skip)]
    pub default: Option<Scalar>,
    /// Other names of the key.
    pub aliases: Vec<String>,
    /// Environment variables that set it.
    pub env: Vec<String>,
    /// The only accepted values; empty when there is no such list.
    pub values: Vec<String>,
    /// Whether the help leaves it out.
    pub hidden: bool,
    /// How sure the type is.
    pub source: KeySource,
    /// From which release on a server treats it how, oldest first.
    server: Vec<(Release, KeyState)>,
    /// The same for an agent.
    agent: Vec<(Release, KeyState)>,
}

/// What the value of a config key is read as.
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
    /// Not known: a key that is new in K3s.
    Unknown,
}

impl KeyType {
    /// Whether a flag of this type surely takes one value.
    pub fn takes_one(self) -> bool {
        !matches!(self, Self::List | Self::Unknown)
    }
}

/// How sure a key's type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeySource {
    /// Read in the source of K3s.
    K3s,
    /// Read in the source of RKE2.
    Rke2,
    /// Taken from the reference table of the documentation.
    Doc,
}

/// How a release treats a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Not known at all: skipped with a warning.
    Absent,
    /// Accepted, as K3s has it.
    K3s,
    /// Accepted, as RKE2 has it.
    Rke2,
    /// Accepted, but not in the help.
    Hidden,
    /// A key of K3s that RKE2 drops: skipped with a warning.
    Dropped,
}

impl KeyState {
    /// Whether a key in this state is accepted.
    pub fn is_accepted(self) -> bool {
        matches!(self, Self::K3s | Self::Rke2 | Self::Hidden)
    }
}

/// Which kind of node reads the config.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// `rke2 server`.
    Server,
    /// `rke2 agent`.
    Agent,
}

impl ConfigKey {
    /// How a release treats the key on such a node.
    pub fn state(&self, role: Role, release: Release) -> KeyState {
        let steps = self.steps(role);
        steps.iter().rev().find(|(from, _)| *from <= release).map_or(KeyState::Absent, |(_, state)| *state)
    }

    /// Whether a release accepts the key on such a node.
    pub fn is_accepted(&self, role: Role, release: Release) -> bool {
        self.state(role, release).is_accepted()
    }

    /// Whether `text` is the key's name or another name of it.
    pub fn is_named(&self, text: &str) -> bool {
        self.name == text || self.aliases.iter().any(|alias| alias == text)
    }

    /// From which release on such a node treats the key how, oldest first; absent before the first. A release
    /// with patch 0 and revision 0 stands for the start of its minor.
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

/// `1.34` is before every release of its minor.
pub(super) fn start(text: &str, line: usize) -> Result<Release, NeutralError> {
    match ReleaseSpec::from_str(text) {
        Ok(spec) => Ok(spec.exact().unwrap_or_else(|| Release::new(spec.minor, 0, 0))),
        Err(_) => Err(NeutralError::Word { line, what: "release", word: text.to_owned() }),
    }
}
