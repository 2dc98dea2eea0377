//! Values with their paths: of charts, of registries.yaml, and of node facts. Produces no findings.

use serde::Serialize;
use serde_json::Value as Json;

use super::origin::{Origin, Places, is_known, json, unless_secret_value};
use crate::cluster::fact::{Datum, Item};
use crate::cluster::host;
use crate::rke2::file::RkeFile;
use crate::rke2::registries::{AUTH_KEYS, CONFIG_KEYS, MIRROR_KEYS, TLS_KEYS, TOP_KEYS, is_readable};

/// A value with its path.
#[derive(Clone, Debug, Serialize)]
pub struct Value {
    /// The path, key by key.
    pub path: Vec<String>,
    /// The value; null removes a chart's default, or means that the value is not known.
    pub value: Json,
    /// Whether the value is known; false for a template placeholder.
    pub known: bool,
    /// Where it is written.
    pub origin: Origin,
    /// Why the value has no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<&'static str>,
}

/// A registries.yaml.
#[derive(Clone, Debug, Serialize)]
pub struct Registries {
    /// The file.
    pub path: String,
    /// The place in the file if it is written inside another file.
    pub place: Option<String>,
    /// Whether RKE2 can read it. Otherwise `values` is empty.
    pub readable: bool,
    /// Its values.
    pub values: Vec<Value>,
}

/// The facts about one node, or about a kind of nodes.
#[derive(Clone, Debug, Serialize)]
pub struct Host {
    /// The facts.
    pub facts: Vec<Value>,
}

impl Value {
    /// A value at a path.
    pub fn of(path: &[String], value: &Datum<'_>, origin: Origin) -> Self {
        Self {
            path: path.to_vec(),
            value: unless_secret_value(path.last().map_or("", String::as_str), json(value)),
            known: is_known(value),
            origin,
            ignored: None,
        }
    }

    /// Collects the leaves under a value.
    fn all_of(item: &Item<'_>, path: &mut Vec<String>, places: &Places<'_>, values: &mut Vec<Self>) {
        match &item.value {
            Datum::Map(entries) if !entries.is_empty() => {
                for (name, item) in entries {
                    path.push(name.to_string());
                    Self::all_of(item, path, places, values);
                    path.pop();
                }
            }
            value => {
                let origin = item.at.map_or(Origin::Default, |at| places.origin(at));
                values.push(Self::of(path, value, origin));
            }
        }
    }
}

impl Registries {
    /// The values that RKE2 reads from a registries.yaml.
    pub fn of(file: &RkeFile, places: &Places<'_>) -> Self {
        let readable = is_readable(file);
        let mut values = Vec::new();
        if let Some(root) = file.first_root().filter(|_| readable) {
            let item = Item { value: Datum::of(root), at: Some(root.span()) };
            Value::all_of(&item, &mut Vec::new(), places, &mut values);
        }
        for value in &mut values {
            value.ignored = ignored(&value.path);
            // `auth` contains a name and a password for basic authentication.
            if value.path.last().is_some_and(|key| key == "auth") && value.value.is_string() {
                value.value = unless_secret_value("password", value.value.take());
            }
        }
        let (path, place) = places.name(file);
        Self { path, place, readable, values }
    }
}

/// Why a value of registries.yaml has no effect, by its path.
fn ignored(path: &[String]) -> Option<&'static str> {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    let is_unknown = |keys: &[&str], name: &str| !keys.contains(&name);
    let unknown = match names.as_slice() {
        ["auths", ..] => return Some("RKE2 never uses `auths`"),
        [top, ..] if is_unknown(TOP_KEYS, top) => true,
        ["mirrors", _, key, ..] => is_unknown(MIRROR_KEYS, key),
        ["configs", _, "auth", key, ..] => is_unknown(AUTH_KEYS, key),
        ["configs", _, "tls", key, ..] => is_unknown(TLS_KEYS, key),
        ["configs", _, key, ..] => is_unknown(CONFIG_KEYS, key),
        _ => false,
    };
    unknown.then_some("unknown key")
}

impl Host {
    /// The facts about a host.
    pub fn of(host: &host::Host<'_>, places: &Places<'_>) -> Self {
        let mut facts = Vec::new();
        Value::all_of(host.all(), &mut Vec::new(), places, &mut facts);
        Self { facts }
    }
}
