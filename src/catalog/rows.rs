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
    /// The release, which may be a candidate.
    pub release: String,
    /// The date of its release notes, or else of its tag, as `2026-08-04`.
    pub date: String,
    /// Whether it has release notes: users may not find a release without them.
    pub notes: bool,
    /// Whether it was pulled from RKE2's channels.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pulled: bool,
    /// Versions of its components other than charts.
    pub components: BTreeMap<String, String>,
    /// Versions of its charts.
    pub charts: BTreeMap<String, String>,
}

impl ReleaseRow {
    /// The release, if it is valid.
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
    /// The release that it refers to.
    pub release: String,
}

/// A row of `config_values.jsonl`: the values that a release accepts, with the release as a string.
pub type ConfigValuesRow = ConfigValues<String>;

/// A row of `config_keys.jsonl`, or without its histories a row of `kept/k3s_keys.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigKeyRow {
    /// The key.
    pub name: String,
    /// The type of its value.
    #[serde(rename = "type")]
    pub kind: KeyType,
    /// The default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<serde_json::Value>,
    /// Its aliases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Environment variables that set it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// The accepted values, if there is a fixed list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Whether `--help` does not list it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// Where its type was taken from.
    pub source: KeySource,
    /// How servers treat it from each of these releases on; `None` if unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub server: Vec<(String, Option<KeyState>)>,
    /// How agents treat it from each of these releases on; `None` if unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agent: Vec<(String, Option<KeyState>)>,
}
