//! Rancher: `provisioning.cattle.io` Clusters and `RKEControlPlane`s, which hold configuration, chart values and
//! manifests as fields.

use crate::unit::{Builder, Format, Found, Host, emit};
use crate::yaml::{Entry, Kind, NodeRef, Value, template_mark};

/// Clusters that Rancher provisions.
pub const FORMAT: Format =
    Format { name: "rancher", marks: &["rkeConfig", "RKEControlPlane", "machineGlobalConfig"], fits, read };

fn fits(host: &Host<'_>) -> bool {
    host.text().contains("apiVersion")
}

fn read(host: &Host<'_>, found: &mut Found) {
    for root in host.roots() {
        let text = |key: &str| root.get(key).and_then(NodeRef::text).unwrap_or_default();
        let spec = root.get("spec");
        let config = match (text("apiVersion").split('/').next(), text("kind")) {
            (Some("provisioning.cattle.io"), "Cluster") => spec.and_then(|spec| spec.get("rkeConfig")),
            (Some("rke.cattle.io"), "RKEControlPlane") => spec,
            _ => None,
        };
        let (Some(spec), Some(config)) = (spec, config) else { continue };
        // The same objects describe clusters of K3s.
        let version = spec.get("kubernetesVersion").and_then(NodeRef::text);
        if version.is_some_and(|version| version.contains("k3s")) {
            continue;
        }
        if let Some(version) = version {
            found.release("spec.kubernetesVersion", version);
        }
        found.node();
        cluster(host, config, found);
    }
}

fn cluster(host: &Host<'_>, config: NodeRef<'_>, found: &mut Found) {
    if let Some(global) = config.get("machineGlobalConfig") {
        part(host, global, "machineGlobalConfig", found);
    }
    for chart in config.get("chartValues").into_iter().flat_map(NodeRef::entries) {
        if chart.value.kind() == Kind::Mapping && chart.value.entries().len() > 0 {
            let mut builder = Builder::new(host.view());
            emit(&mut builder, chart.value, 0);
            let name = chart.name();
            let key = chart.key.span().range();
            found.values(format!("chartValues.{name}"), host, &name, key, &builder.finish());
        }
    }
    if let Some(manifest) = config.get("additionalManifest")
        && let Some(view) = host.view().of_scalar(manifest)
    {
        found.file("additionalManifest", "/var/lib/rancher/rke2/server/manifests/rancher/addons.yaml", view);
    }
    for (index, selector) in
        config.get("machineSelectorConfig").into_iter().flat_map(NodeRef::items).enumerate()
    {
        if let Some(config) = selector.get("config") {
            // For some machines only: a node of its own.
            found.node();
            part(host, config, &format!("machineSelectorConfig[{index}]"), found);
        }
    }
}

fn part(host: &Host<'_>, config: NodeRef<'_>, name: &str, found: &mut Found) {
    for entry in config.entries() {
        dropped(host, entry, found);
    }
    if config.kind() == Kind::Mapping && config.entries().len() > 0 {
        let mut builder = Builder::new(host.view());
        emit(&mut builder, config, 0);
        builder.made_up("\n");
        found.config(name, builder.finish());
    }
}

/// Rancher keeps strings, booleans and lists, of keys that it finds by their exact names.
fn dropped(host: &Host<'_>, entry: Entry<'_>, found: &mut Found) {
    let name = entry.name();
    if template_mark(&name).is_some() {
        return;
    }
    let at = entry.label_span().range();
    if let Some(key) = name.strip_suffix('+') {
        let message = format!("Rancher silently drops `{name}`; it does not know keys that end in `+`");
        let help = format!("write `{key}` with the whole list");
        found.remark("rancher/append-key", host, entry.key.span().range(), message, &help);
    } else if let Some(Value::Int(_) | Value::UInt(_) | Value::Float(_)) = entry.value.value() {
        let text = entry.value.text().unwrap_or_default();
        let message = format!("Rancher silently drops the number `{text}` of `{name}`");
        found.remark("rancher/dropped-value", host, at, message, &format!("quote it: `{name}: \"{text}\"`"));
    } else if entry.value.kind() == Kind::Mapping && template_mark(entry.value.source_text()).is_none() {
        let message = format!("Rancher silently drops `{name}`; its value is a map");
        found.remark("rancher/dropped-value", host, at, message, "write a string, a boolean or a list");
    }
}
