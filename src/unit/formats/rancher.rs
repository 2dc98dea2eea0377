//! Rancher: `provisioning.cattle.io` Clusters and `RKEControlPlane`s, which hold configuration, chart values and
//! manifests as fields.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::unit::{Builder, Format, Found, Host, View, emit};
use crate::yaml::{Document, Entry, Kind, NodeRef, Stream, Value, template_mark};

/// Clusters that Rancher provisions.
pub const FORMAT: Format =
    Format { name: "rancher", marks: &["rkeConfig", "RKEControlPlane", "machineGlobalConfig"], fits, read };

/// Fields of `etcd` that become keys of config.yaml.
const ETCD: &[(&str, &str)] = &[
    ("disableSnapshots", "etcd-disable-snapshots"),
    ("snapshotScheduleCron", "etcd-snapshot-schedule-cron"),
    ("snapshotRetention", "etcd-snapshot-retention"),
];

/// Keys that Rancher sets on every node after it has copied the user's, and where the user sets them instead.
const OVERWRITTEN: &[(&str, &str)] = &[
    ("agent-token", "remove it; Rancher generates the token"),
    ("node-label", "set `labels` on the machine pool, or labels in the registration command"),
    ("node-taint", "set `taints` on the machine pool, or taints in the registration command"),
    ("token", "remove it; Rancher generates the token"),
];

/// The newest minor release of Kubernetes 1 whose metadata `rancher.yaml` was made from.
const NEWEST: u32 = 33;

/// Keys that Rancher's metadata leaves out.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    dropped: Vec<Dropped>,
    later: Later,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dropped {
    keys: Vec<String>,
    help: String,
}

/// Keys that are listed from some patch releases on.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Later {
    /// Minor and patch.
    patches: Vec<(u32, u32)>,
    keys: Vec<String>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| serde_yaml::from_str(include_str!("rancher.yaml")).unwrap_or_default())
}

/// What becomes of a key that Rancher does not list for a release: the advice, and the release that lists it.
fn unlisted(key: &str, release: Option<&str>) -> Option<(String, Option<String>)> {
    let (minor, patch) = release.and_then(minor_and_patch)?;
    if minor > NEWEST {
        return None;
    }
    let table = table();
    if let Some(group) = table.dropped.iter().find(|group| group.keys.iter().any(|known| known == key)) {
        return Some((group.help.clone(), None));
    }
    let is_listed = |from: &(u32, u32)| from.0 != minor || patch >= from.1;
    let (_, first) = table.later.patches.iter().find(|from| !is_listed(from))?;
    let from = format!("v1.{minor}.{first}+rke2r1");
    let is_later = table.later.keys.iter().any(|known| known == key);
    is_later.then(|| (format!("upgrade to {from} or newer"), Some(from)))
}

/// `v1.33.4+rke2r1` is 33 and 4.
fn minor_and_patch(release: &str) -> Option<(u32, u32)> {
    let (minor, rest) = release.strip_prefix("v1.")?.split_once('.')?;
    let patch = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    Some((minor.parse().ok()?, patch.parse().ok()?))
}

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
        // A patch of the object does not name the release.
        if version.is_some() {
            default_cni(host.view(), config, found);
        }
        cluster(host.view(), config, found);
    }
}

fn cluster(view: &View, config: NodeRef<'_>, found: &mut Found) {
    if let Some(global) = config.get("machineGlobalConfig") {
        part(view, global, "machineGlobalConfig", found);
    }
    if let Some(etcd) = config.get("etcd").filter(|etcd| etcd.kind() == Kind::Mapping) {
        snapshots(view, etcd, found);
    }
    if let Some(charts) = config.get("chartValues") {
        values_of_charts(view, charts, "chartValues", found);
    }
    if let Some(manifest) = config.get("additionalManifest")
        && let Some(text) = view.of_scalar(manifest)
    {
        found.file("additionalManifest", "/var/lib/rancher/rke2/server/manifests/rancher/addons.yaml", text);
    }
    for (index, selector) in
        config.get("machineSelectorConfig").into_iter().flat_map(NodeRef::items).enumerate()
    {
        if let Some(config) = selector.get("config") {
            // For some machines only: a node of its own.
            found.apart(|found| part(view, config, &format!("machineSelectorConfig[{index}]"), found));
        }
    }
}

/// Rancher writes `cni: calico` where nobody chooses a plugin. It has no key, so its place is that of the whole object.
fn default_cni(view: &View, config: NodeRef<'_>, found: &mut Found) {
    let selectors = || config.get("machineSelectorConfig").into_iter().flat_map(NodeRef::items);
    let parts =
        config.get("machineGlobalConfig").into_iter().chain(selectors().filter_map(|one| one.get("config")));
    // What fills in a key may fill in this one.
    let may_choose = |part: NodeRef<'_>| {
        part.kind() != Kind::Mapping
            || part.entries().any(|entry| {
                let name = entry.name();
                name == "cni" || entry.is_merge() || template_mark(&name).is_some()
            })
    };
    let has_charts = config.get("chartValues").is_some_and(|charts| charts.entries().len() > 0);
    let is_plain = template_mark(config.source_text()).is_none();
    if has_charts && is_plain && !parts.into_iter().any(may_choose) {
        let Some(charts) = config.entry("chartValues") else { return };
        let mut builder = Builder::new(view);
        builder.replaced("cni: calico", charts.key.span().range());
        builder.made_up("\n");
        found.config("the defaults of Rancher", builder.finish());
    }
}

/// The values of charts by their names. `root` is of a document that was parsed from the text of `view`.
pub fn values_of_charts(view: &View, root: NodeRef<'_>, part: &str, found: &mut Found) {
    for chart in root.entries() {
        if chart.value.kind() == Kind::Mapping && chart.value.entries().len() > 0 {
            let mut builder = Builder::new(view);
            emit(&mut builder, chart.value, 0);
            let name = chart.name();
            let key = chart.key.span().range();
            found.values(format!("{part}.{name}"), view, &name, key, &builder.finish());
        }
    }
}

fn snapshots(view: &View, etcd: NodeRef<'_>, found: &mut Found) {
    let mut builder = Builder::new(view);
    for (field, key) in ETCD {
        let Some(entry) = etcd.entry(field).filter(|entry| entry.value.kind() == Kind::Scalar) else {
            continue;
        };
        if entry.value.is_null() {
            continue;
        }
        builder.replaced(key, entry.key.span().range());
        builder.made_up(": ");
        emit(&mut builder, entry.value, 0);
        builder.made_up("\n");
    }
    if !builder.is_empty() {
        found.config("etcd", builder.finish());
    }
}

fn part(view: &View, config: NodeRef<'_>, name: &str, found: &mut Found) {
    for entry in config.entries() {
        remark(view, entry, found);
    }
    if config.kind() == Kind::Mapping && config.entries().len() > 0 {
        let mut builder = Builder::new(view);
        emit(&mut builder, config, 0);
        builder.made_up("\n");
        found.config(name, builder.finish());
    }
}

/// What Rancher does with the keys of a text that is a part of config.yaml.
pub fn remarks(view: &View, found: &mut Found) {
    let stream = Stream::parse(View::id(), &view.shared_text());
    for entry in stream.documents().filter_map(Document::root).flat_map(NodeRef::entries) {
        remark(view, entry, found);
    }
}

/// Rancher keeps strings, booleans and lists, of keys that it finds by their exact names, and overwrites some of them.
fn remark(view: &View, entry: Entry<'_>, found: &mut Found) {
    let name = entry.name();
    if template_mark(&name).is_some() {
        return;
    }
    let (at, key) = (entry.label_span().range(), entry.key.span().range());
    if let Some(base) = name.strip_suffix('+') {
        let message = format!("Rancher silently drops `{name}`; it does not know keys that end in `+`");
        found.remark(
            "rancher/append-key",
            view,
            key,
            message,
            &format!("write `{base}` with the whole list"),
        );
    } else if let Some((_, help)) = OVERWRITTEN.iter().find(|(known, _)| *known == name) {
        if !entry.value.is_null() {
            found.remark("rancher/overwritten-key", view, key, format!("Rancher overwrites `{name}`"), help);
        }
    } else if name == "data-dir" {
        let message = "Rancher silently drops `data-dir`".to_owned();
        let help = "set `spec.rkeConfig.dataDirectories.k8sDistro`";
        found.remark("rancher/dropped-key", view, key, message, help);
    } else if let Some((help, from)) =
        unlisted(&name, found.release_text()).filter(|_| !entry.value.is_null())
    {
        let words = from.map_or_else(String::new, |from| format!(" before {from}"));
        let message = format!("Rancher silently drops `{name}`{words}");
        found.remark("rancher/dropped-key", view, key, message, &help);
    } else if let Some(Value::Int(_) | Value::UInt(_) | Value::Float(_)) = entry.value.value() {
        let text = entry.value.text().unwrap_or_default();
        let message = format!("Rancher silently drops the number `{text}` of `{name}`");
        found.remark("rancher/dropped-value", view, at, message, &format!("quote it: `{name}: \"{text}\"`"));
    } else if entry.value.kind() == Kind::Mapping && template_mark(entry.value.source_text()).is_none() {
        let message = format!("Rancher silently drops `{name}`; its value is a map");
        found.remark("rancher/dropped-value", view, at, message, "write a string, a boolean or a list");
    }
}
