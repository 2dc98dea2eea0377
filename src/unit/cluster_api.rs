//! Fields and values that the objects of Cluster API's RKE2 provider cannot have. Must not read configuration.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::field_types::{FieldTypes, is_replaced, mistyped};
use super::{Found, View};
use crate::catalog::config_key;
use crate::prose;
use crate::spelling::nearest;
use crate::yaml::{Entry, Kind, NodeRef, Value, template_mark};

/// What the API server and the provider's webhook accept.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// The fields of maps, by the path of the map.
    fields: BTreeMap<String, Vec<String>>,
    /// The values of fields, by the path of the field.
    values: BTreeMap<String, Vec<String>>,
    /// The types of fields.
    types: FieldTypes,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/cluster_api_fields.json")))
            .unwrap_or_default()
    })
}

/// Reports misspelled fields, fields of another map, and keys of config.yaml. `field` returns the path of the field that
/// sets a key of config.yaml.
pub fn unknown_fields<'f>(
    view: &View,
    spec: NodeRef<'_>,
    field: impl Fn(&str) -> Option<&'f str>,
    found: &mut Found,
) {
    for (path, known) in &table().fields {
        let Some(map) = at(spec, path) else { continue };
        let names = || known.iter().map(String::as_str);
        for entry in map.entries().filter(|entry| is_plain(*entry)) {
            let name = entry.name();
            if names().any(|known| known == name) {
                continue;
            }
            let help = if let Some(known) = nearest(&name, names(), 2) {
                format!("write `{known}`")
            } else if let Some(path) = field(&name).or_else(|| elsewhere(&name)) {
                format!("set `{path}`")
            } else if config_key(&name).is_some() {
                let folder = "/etc/rancher/rke2/config.yaml.d";
                format!("set the key in a file of `files`, under `{folder}`")
            } else {
                continue;
            };
            let full = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
            let message = format!("unknown field `{full}`; the API server rejects or drops it");
            found.remark("cluster-api/unknown-field", view, entry.key.span().range(), message, &help);
        }
    }
}

/// The path of the only field with a name.
fn elsewhere(name: &str) -> Option<&'static str> {
    static PATHS: OnceLock<BTreeMap<&'static str, Vec<String>>> = OnceLock::new();
    let paths = PATHS.get_or_init(|| {
        let mut paths: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for (path, fields) in &table().fields {
            for field in fields {
                let full = if path.is_empty() { field.clone() } else { format!("{path}.{field}") };
                paths.entry(field).or_default().push(full);
            }
        }
        paths
    });
    match paths.get(name)?.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// Reports values that the API server or the provider's webhook rejects.
pub fn rejected_values(view: &View, spec: NodeRef<'_>, found: &mut Found) {
    const RULE: &str = "cluster-api/rejected-value";
    mistyped(RULE, &table().types, (view, spec), "the API server rejects the object", found);
    if let Some(version) = spec.get("version")
        && let Some(Value::Str(text)) = version.value()
        && !text.is_empty()
        && !is_replaced(&text)
        // In `v1.34.x+rke2r1` a person left the patch out.
        && !text.to_ascii_lowercase().contains(".x")
        && !has_release(&text)
    {
        let message =
            format!("`version` `{text}` is not a release of RKE2; the API server rejects the object");
        found.remark(
            RULE,
            view,
            version.span().range(),
            message,
            "write a release, for example `v1.34.2+rke2r1`",
        );
    }
    for (path, allowed) in &table().values {
        let Some(field) = at(spec, path) else { continue };
        let values: Vec<NodeRef<'_>> =
            if field.kind() == Kind::Sequence { field.items().collect() } else { vec![field] };
        for value in values {
            let Some(text) = value.text().filter(|text| template_mark(text).is_none()) else { continue };
            if !text.is_empty() && !allowed.iter().any(|allowed| allowed == text) {
                let message = format!("invalid `{path}` `{text}`; the API server rejects the object");
                let quoted: Vec<String> = allowed.iter().map(|word| format!("`{word}`")).collect();
                let help = format!("use {}", prose::or(&quoted));
                found.remark(RULE, view, value.span().range(), message, &help);
            }
        }
    }
    let text = |path: &str| at(spec, path).and_then(NodeRef::text).unwrap_or_default();
    let is_unset = |path: &str| at(spec, path).is_none_or(|node| node.is_null() || node.text() == Some(""));
    let is_whole = |map: NodeRef<'_>| map.entries().all(is_plain);
    let server = spec.get("serverConfig");
    if text("registrationMethod") == "address" && is_unset("registrationAddress") && is_whole(spec) {
        let Some(entry) = spec.entry("registrationMethod") else { return };
        let message = "`registrationMethod` is `address` without `registrationAddress`; the provider rejects \
                       the object";
        let help = "add `registrationAddress` with the address that nodes join";
        found.missing(RULE, view, entry.key.span().range(), message.to_owned(), help);
    }
    if let Some(entry) = server.and_then(|server| server.entry("cniMultusEnable"))
        && entry.value.text() == Some("true")
        && is_unset("serverConfig.cni")
        && server.is_some_and(is_whole)
    {
        let message = "`cniMultusEnable` is set without `cni`; the provider rejects the object";
        found.missing(RULE, view, entry.key.span().range(), message.to_owned(), "add `cni: canal`");
    }
}

/// Reports S3 settings without `enforceSslVerify`: the API calls `true` its default, and the code of the provider has
/// `false`.
pub fn unverified_s3(view: &View, spec: NodeRef<'_>, found: &mut Found) {
    let backup = at(spec, "serverConfig.etcd.backupConfig");
    let Some(entry) = backup.and_then(|backup| backup.entry("s3")) else { return };
    let is_unset = entry.value.get("enforceSslVerify").is_none_or(NodeRef::is_null);
    // A map in the place of a key is an unquoted placeholder of a template.
    let is_known = |entry: Entry<'_>| entry.key.kind() == Kind::Scalar && is_plain(entry);
    if entry.value.entries().len() > 0 && entry.value.entries().all(is_known) && is_unset {
        let message = "`s3` without `enforceSslVerify`; the provider writes `etcd-s3-skip-ssl-verify: true`, and RKE2 \
                       accepts any certificate of the S3 server";
        let help = "add `enforceSslVerify: true`";
        found.missing(
            "cluster-api/s3-not-verified",
            view,
            entry.key.span().range(),
            message.to_owned(),
            help,
        );
    }
}

/// Whether a text has a release of RKE2 in it, as the pattern of the schema requires: `v1.34.2+rke2r1`.
fn has_release(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.match_indices("+rke2r").any(|(at, mark)| {
        let version = text[..at].rsplit('v').next().filter(|version| version.len() < at);
        let parts: Vec<&str> = version.unwrap_or_default().split('.').collect();
        matches!(parts[..], [major, minor, patch]
            if major.len() == 1 && minor.len() == 2 && [major, minor, patch].into_iter().all(is_number))
            && text[at + mark.len()..].starts_with(|c: char| c.is_ascii_digit())
    })
}

/// The node at a dotted path.
fn at<'a>(spec: NodeRef<'a>, path: &str) -> Option<NodeRef<'a>> {
    path.split('.').filter(|key| !key.is_empty()).try_fold(spec, NodeRef::get)
}

/// Whether the name of an entry is known: neither a merge key nor a template.
fn is_plain(entry: Entry<'_>) -> bool {
    !entry.is_merge() && template_mark(&entry.name()).is_none()
}
