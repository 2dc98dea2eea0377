//! The rows of the catalogue's neutral form, shared by reader and writer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::config_key::{KeySource, KeyState, KeyType};
use super::config_values::ConfigValues;
use crate::release::Release;

/// A row of `releases.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRow {
    /// The release, or a candidate of one.
    pub release: String,
    /// The date of its notes, else of its tag, as `2026-08-04`.
    pub date: String,
    /// Whether there are release notes: a user who is told to upgrade to one without may not find it.
    pub notes: bool,
    /// Whether RKE2's channels leave it out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pulled: bool,
    /// Versions of what it is made of apart from charts.
    pub components: BTreeMap<String, String>,
    /// Versions of its charts.
    pub charts: BTreeMap<String, String>,
}

impl ReleaseRow {
    /// The release, where it is one.
    pub fn parsed(&self) -> Option<Release> {
        self.release.parse().ok()
    }
}

/// A row of `channels.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelRow {
    /// The channel.
    pub name: String,
    /// The release that it names.
    pub release: String,
}

/// A row of `config_values.jsonl`: what a release accepts, with the release as text.
pub type ConfigValuesRow = ConfigValues<String>;

/// A row of `config_keys.jsonl`, and without its histories one of `kept/k3s_keys.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigKeyRow {
    /// The key.
    pub name: String,
    /// What its value is read as.
    #[serde(rename = "type")]
    pub kind: KeyType,
    /// The value without the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<serde_json::Value>,
    /// Other names of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Environment variables that set it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// What it takes, where that is a fixed list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Whether the help leaves it out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// How sure its type is.
    pub source: KeySource,
    /// From which release on a server treats it how; `None` where it is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub server: Vec<(String, Option<KeyState>)>,
    /// The same for an agent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agent: Vec<(String, Option<KeyState>)>,
}
