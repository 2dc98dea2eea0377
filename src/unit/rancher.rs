//! Fields of Rancher's Clusters that Rancher does not read. Must not read configuration.

use std::sync::OnceLock;

use super::field_types::{FieldTypes, mistyped};
use super::selector::Selector;
use super::{Found, View};
use crate::catalog::config_key;
use crate::spelling::nearest;
use crate::yaml::{Entry, NodeRef, template_mark};

/// The field of a registry that names a Secret with credentials.
pub const CREDENTIALS: &str = "authConfigSecretName";

/// The fields of a registry under `registries.configs` (`RegistryConfig` of pkg/apis/rke.cattle.io/v1).
const REGISTRY: &[&str] = &[CREDENTIALS, "caBundle", "insecureSkipVerify", "tlsSecretName"];

/// The fields of `spec.rkeConfig` (`RKEConfig` of pkg/apis/provisioning.cattle.io/v1).
const CONFIG: &[&str] = &[
    "additionalManifest",
    "chartValues",
    "dataDirectories",
    "etcd",
    "etcdSnapshotCreate",
    "etcdSnapshotRestore",
    "infrastructureRef",
    "machineGlobalConfig",
    "machinePoolDefaults",
    "machinePools",
    "machineSelectorConfig",
    "machineSelectorFiles",
    "networking",
    "provisionGeneration",
    "registries",
    "rotateCertificates",
    "rotateEncryptionKeys",
    "upgradeStrategy",
];

/// Reports keys of config.yaml and misspelled fields in `spec.rkeConfig`, and its fields in `spec`.
pub fn misplaced_fields(view: &View, spec: NodeRef<'_>, config: NodeRef<'_>, found: &mut Found) {
    let mut report = |entry: Entry<'_>, message: String, help: &str| {
        found.remark("rancher/misplaced-field", view, entry.key.span().range(), message, help);
    };
    for entry in config.entries().filter(|entry| is_plain(*entry)) {
        let name = entry.name();
        if CONFIG.contains(&&*name) {
            continue;
        }
        if config_key(&name).is_some() {
            let message = format!("`{name}` is not a field of `rkeConfig`; Rancher drops it");
            report(entry, message, &format!("move `{name}` under `machineGlobalConfig`"));
        } else if let Some(known) = nearest(&name, CONFIG.iter().copied(), 2) {
            let message = format!("unknown field `{name}` in `rkeConfig`; Rancher drops it");
            report(entry, message, &format!("write `{known}`"));
        }
    }
    for entry in spec.entries().filter(|entry| is_plain(*entry)) {
        let name = entry.name();
        if CONFIG.contains(&&*name) {
            let message = format!("`{name}` is nested under `spec`; Rancher drops it");
            report(entry, message, &format!("move `{name}` under `spec.rkeConfig`"));
        }
    }
}

/// Reports fields of `spec` whose values have another type.
pub fn field_types(view: &View, spec: NodeRef<'_>, found: &mut Found) {
    static TYPES: OnceLock<FieldTypes> = OnceLock::new();
    let types = TYPES.get_or_init(|| {
        serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/rancher_types.json")))
            .unwrap_or_default()
    });
    mistyped("rancher/field-type", types, (view, spec), "the API server rejects the Cluster", found);
}

/// Reports the fields of a registry that Rancher does not read, and certificates that are not base64.
pub fn registry_fields(view: &View, fields: NodeRef<'_>, found: &mut Found) {
    let hosts = fields.get("configs").into_iter().flat_map(NodeRef::entries);
    for entry in hosts.flat_map(|host| host.value.entries().collect::<Vec<_>>()) {
        let name = entry.name();
        let at = entry.key.span().range();
        let is_pem = |text: &str| text.trim_start().starts_with("-----BEGIN");
        if name == "caBundle" && entry.value.text().is_some_and(is_pem) {
            let message = "`caBundle` is PEM, not base64; Rancher rejects the cluster".to_owned();
            let help = "write the output of `base64 -w0 ca.pem`";
            found.remark("rancher/registry-field", view, at, message, help);
        } else if is_plain(entry) && !REGISTRY.contains(&&*name) {
            let help = match &*name {
                "auth" => "set `authConfigSecretName` to the name of a Secret with `username` and `password`",
                "tls" => "set `tlsSecretName`, `caBundle` or `insecureSkipVerify`",
                _ => "use `authConfigSecretName`, `tlsSecretName`, `caBundle` and `insecureSkipVerify`",
            };
            let message = format!("unknown field `{name}` in `registries.configs`; Rancher drops it");
            found.remark("rancher/registry-field", view, at, message, help);
        }
    }
}

/// Reports selectors of machines that Rancher cannot use.
pub fn machine_selectors(view: &View, config: NodeRef<'_>, found: &mut Found) {
    let lists =
        ["machineSelectorConfig", "machineSelectorFiles"].into_iter().filter_map(|key| config.get(key));
    let selectors = lists.flat_map(NodeRef::items).filter_map(|item| item.get("machineLabelSelector"));
    for selector in selectors {
        SELECTOR.check(view, selector, found);
        let is_empty = Selector::FIELDS.iter().all(|key| selector.get(key).is_none());
        let effect = if is_empty { ", and the selector matches every machine" } else { "" };
        for entry in selector.entries().filter(|entry| is_plain(*entry)) {
            let name = entry.name();
            if Selector::FIELDS.contains(&&*name) {
                continue;
            }
            let message =
                format!("`{name}` is not a field of `machineLabelSelector`; Rancher drops it{effect}");
            let help = match nearest(&name, Selector::FIELDS, 3) {
                Some(known) => format!("write `{known}`"),
                None => format!("move `{name}` under `matchLabels`"),
            };
            found.remark(SELECTOR.rule, view, entry.key.span().range(), message, &help);
        }
    }
}

const SELECTOR: Selector =
    Selector { rule: "rancher/machine-selector", effect: "Rancher stops provisioning the cluster" };

/// Whether the name of an entry is known: neither a merge key nor a template.
fn is_plain(entry: Entry<'_>) -> bool {
    !entry.is_merge() && template_mark(&entry.name()).is_none()
}
