//! The configuration of one node. Produces no findings.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value as Json;

use super::origin::{Known, Origin, Places, unless_secret_key};
use crate::catalog::{self, Role};
use crate::cluster::Cluster;
use crate::cluster::fact::Fact;
use crate::cluster::key::{KeyUse, key_use};
use crate::cluster::server::{NodeConfig, NodeRole};
use crate::rke2::file::RkeFile;

/// The configuration of one node.
#[derive(Clone, Debug, Serialize)]
pub struct Node {
    /// `server`, `agent` or `unknown`.
    pub role: &'static str,
    /// Its files in the order in which RKE2 reads them.
    pub files: Vec<String>,
    /// The place in the first file if the configuration is written inside another file.
    pub place: Option<String>,
    /// Whether keys that are not written have their defaults. False if another server decides them, or if there may be
    /// files that are not in view.
    pub complete: bool,
    /// The keys that the files set, sorted by name.
    pub settings: Vec<Setting>,
    /// The defaults of keys that are not set, sorted by name.
    pub defaults: Vec<Setting>,
}

/// A key of config.yaml with its effective value.
#[derive(Clone, Debug, Serialize)]
pub struct Setting {
    /// The key, without a `+` at its end.
    pub key: String,
    /// The value; null if it is not known.
    pub value: Json,
    /// Whether the value is known; false for a template placeholder.
    pub known: bool,
    /// Where it is written; several places if `key+` adds to a list.
    pub origins: Vec<Origin>,
    /// Places whose value is overridden.
    pub overridden: Vec<Origin>,
    /// Why the key has no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<&'static str>,
}

impl Node {
    /// The configuration of a node of a cluster.
    pub fn of(node: &NodeConfig<'_>, cluster: &Cluster<'_>, places: &Places<'_>) -> Self {
        let mut settings: Vec<Setting> = node
            .merged
            .settings
            .iter()
            .map(|setting| {
                let key = setting.key.as_ref();
                let known = Known::of(&node.fact(key), places);
                let lost = node.merged.overwritten.iter().filter(|lost| lost.key == setting.key);
                let origin = |entry: &crate::yaml::Entry<'_>| places.origin(entry.key.span());
                Setting {
                    key: key.to_owned(),
                    value: unless_secret_key(key, known.value),
                    known: known.known,
                    origins: setting.entries.iter().map(origin).collect(),
                    overridden: lost.flat_map(|lost| lost.earlier.iter().map(origin)).collect(),
                    ignored: ignored(key_use(key, node.roles(), &cluster.target)),
                }
            })
            .collect();
        settings.sort_by(|a, b| a.key.cmp(&b.key));
        Self {
            role: match node.role {
                NodeRole::Server => "server",
                NodeRole::Agent => "agent",
                NodeRole::Unknown => "unknown",
            },
            files: node.files().map(|file: &RkeFile| places.name(file).0).collect(),
            place: node.files().next().and_then(|file| places.name(file).1),
            complete: node.is_complete(),
            settings,
            defaults: defaults(node, cluster, places),
        }
    }
}

fn ignored(used: KeyUse) -> Option<&'static str> {
    match used {
        KeyUse::Accepted => None,
        KeyUse::OtherRole(_) => Some("not read on this node"),
        KeyUse::OtherRelease(_) => Some("not read by this release"),
        KeyUse::K3sOnly(_) => Some("a K3s option"),
        KeyUse::SnapshotCommand => Some("read by `rke2 etcd-snapshot` only"),
        KeyUse::Unknown => Some("unknown key"),
    }
}

/// The defaults of keys that the node accepts in every possible release, from the catalogue.
fn defaults(node: &NodeConfig<'_>, cluster: &Cluster<'_>, places: &Places<'_>) -> Vec<Setting> {
    if !node.is_complete() {
        return Vec::new();
    }
    let roles: &[Role] = node.roles();
    let accepted = |key: &catalog::ConfigKey| {
        cluster.target.all(|release| roles.iter().all(|&role| key.is_accepted(role, release)))
    };
    let unset = catalog::config_keys().iter().filter(|key| {
        !key.hidden && key.default.is_some() && node.setting(&key.name).is_none() && accepted(key)
    });
    let mut seen = BTreeSet::new();
    unset
        .filter(|key| seen.insert(key.name.as_str()))
        .filter_map(|key| {
            let fact = node.fact(&key.name);
            let Known { value, known: true, origin: Some(origin) } = Known::of(&fact, places) else { return None };
            let is_set = !matches!(&fact, Fact::Known(found) if found.value.as_text().is_some_and(|text| text.is_empty()));
            is_set.then(|| Setting {
                key: key.name.clone(),
                value,
                known: true,
                origins: vec![origin],
                overridden: Vec::new(),
                ignored: None,
            })
        })
        .collect()
}
