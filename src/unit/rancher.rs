//! Fields of Rancher's Clusters that Rancher does not read. Must not read configuration.

use std::ops::Range;
use std::sync::OnceLock;

use super::field_types::{FieldTypes, mistyped};
use super::{Found, View};
use crate::catalog::config_key;
use crate::rke2::node::{is_label_value, is_qualified_name};
use crate::spelling::nearest;
use crate::yaml::{Entry, Kind, NodeRef, template_mark};

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
    mistyped("rancher/field-type", types, (view, spec), "the Cluster", found);
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
    for entry in lists.flat_map(NodeRef::items).filter_map(|item| item.entry("machineLabelSelector")) {
        let selector = entry.value;
        let selects = ["matchLabels", "matchExpressions"].iter().any(|key| selector.get(key).is_some());
        for entry in selector.entries().filter(|entry| is_plain(*entry)) {
            match &*entry.name() {
                "matchLabels" => labels(view, entry.value, found),
                "matchExpressions" => entry.value.items().for_each(|item| expression(view, item, found)),
                name => {
                    let effect = if selects { "" } else { ", and the selector matches every machine" };
                    let message = format!(
                        "`{name}` is not a field of `machineLabelSelector`; Rancher drops it{effect}"
                    );
                    let known = nearest(name, ["matchLabels", "matchExpressions"], 3);
                    let help = match known {
                        Some(known) => format!("write `{known}`"),
                        None => format!("move `{name}` under `matchLabels`"),
                    };
                    found.remark(SELECTOR, view, entry.key.span().range(), message, &help);
                }
            }
        }
    }
}

const SELECTOR: &str = "rancher/machine-selector";

/// Reports labels that no machine can have.
fn labels(view: &View, labels: NodeRef<'_>, found: &mut Found) {
    for entry in labels.entries().filter(|entry| is_plain(*entry)) {
        let name = entry.name();
        if !is_qualified_name(&name) {
            bad_key(view, entry.key.span().range(), &name, found);
        }
        let value =
            entry.value.string().filter(|text| !entry.value.is_opaque() && template_mark(text).is_none());
        if let Some(value) = value.filter(|value| !is_label_value(value)) {
            let message = format!("invalid label value `{value}`; Rancher stops provisioning the cluster");
            let help =
                "write at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends";
            found.remark(SELECTOR, view, entry.value.span().range(), message, help);
        }
    }
}

fn bad_key(view: &View, at: Range<usize>, key: &str, found: &mut Found) {
    let message = format!("invalid label key `{key}`; Rancher stops provisioning the cluster");
    let help = match key.trim() {
        bare if bare != key && is_qualified_name(bare) => format!("write `{bare}`"),
        _ => "write a name such as `role` or `example.com/role`".to_owned(),
    };
    found.remark(SELECTOR, view, at, message, &help);
}

/// Reports an expression with an operator that does not exist, or with values that do not fit its operator.
fn expression(view: &View, item: NodeRef<'_>, found: &mut Found) {
    const OPERATORS: [&str; 4] = ["In", "NotIn", "Exists", "DoesNotExist"];
    let is_known = |node: &NodeRef<'_>| node.text().is_some_and(|text| template_mark(text).is_none());
    if let Some((node, key)) = item.get("key").filter(is_known).and_then(|node| Some((node, node.text()?))) {
        if !is_qualified_name(key) {
            bad_key(view, node.span().range(), key, found);
        }
    }
    let Some(node) = item.get("operator").filter(is_known) else { return };
    let operator = node.text().unwrap_or_default();
    let mut report = |message: String, help: &str| {
        found.remark(SELECTOR, view, node.span().range(), message, help);
    };
    if !OPERATORS.contains(&operator) {
        let same = OPERATORS.into_iter().find(|known| known.eq_ignore_ascii_case(operator));
        let help = match same.or_else(|| nearest(operator, OPERATORS, 2)) {
            Some(known) => format!("write `{known}`"),
            None => "write `In`, `NotIn`, `Exists` or `DoesNotExist`".to_owned(),
        };
        report(format!("unknown operator `{operator}`; Rancher stops provisioning the cluster"), &help);
        return;
    }
    let values = item.get("values").filter(|values| !values.is_null());
    let (needs, has) = (operator.ends_with("In"), values.is_some_and(|values| values.items().len() > 0));
    if needs && values.is_none_or(|values| values.kind() == Kind::Sequence) && !has {
        report(
            format!("operator `{operator}` without `values`; Rancher stops provisioning the cluster"),
            "add `values`",
        );
    } else if !needs && has {
        let message = format!("operator `{operator}` with `values`; Rancher stops provisioning the cluster");
        report(message, "remove `values`");
    }
}

/// Whether the name of an entry is known: neither a merge key nor a template.
fn is_plain(entry: Entry<'_>) -> bool {
    !entry.is_merge() && template_mark(&entry.name()).is_none()
}
