//! Rancher: `provisioning.cattle.io` Clusters and `RKEControlPlane`s, which hold configuration, chart values and
//! manifests as fields.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use crate::rke2::evidence::has_k3s_key;
use crate::unit::rancher::{CREDENTIALS, field_types, machine_selectors, misplaced_fields, registry_fields};
use crate::unit::{Builder, Format, Found, Host, View, emit, emit_fields, no_proxy, registries};
use crate::yaml::{Document, Entry, Kind, NodeRef, Stream, Value, template_mark};

/// Clusters provisioned by Rancher.
pub const FORMAT: Format = Format {
    name: "rancher",
    files: &[],
    marks: &["rkeConfig", "RKEControlPlane", "machineGlobalConfig"],
    is_program: false,
    fits,
    read,
};

/// Fields of `etcd` that become keys of config.yaml.
const ETCD: &[(&str, &str)] = &[
    ("disableSnapshots", "etcd-disable-snapshots"),
    ("snapshotScheduleCron", "etcd-snapshot-schedule-cron"),
    ("snapshotRetention", "etcd-snapshot-retention"),
];

/// Fields of `etcd.s3` that become keys of config.yaml. The others may also be in the cloud credential.
const S3: &[(&str, &str)] = &[("bucket", "etcd-s3-bucket"), ("endpoint", "etcd-s3-endpoint")];

/// Keys that Rancher overwrites on every node, each with where to set them instead.
const OVERWRITTEN: &[(&str, &str)] = &[
    ("agent-token", "remove it; Rancher generates the token"),
    ("node-label", "set `labels` on the machine pool, or labels in the registration command"),
    ("node-taint", "set `taints` on the machine pool, or taints in the registration command"),
    ("token", "remove it; Rancher generates the token"),
];

/// The newest releases in the metadata that `rancher.yaml` was written from, by minor and patch. Whether a key is
/// listed for later patches is not known; older minors get no new releases.
const NEWEST: &[(u32, u32)] = &[(33, 13), (34, 9), (35, 6), (36, 2)];

/// Keys that Rancher's metadata does not list.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    dropped: Vec<Dropped>,
    later: Later,
    /// Keys that Rancher may add to the user's.
    adds: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dropped {
    keys: Vec<String>,
    help: String,
}

/// Keys that are listed only from certain patch releases on.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Later {
    /// Minor, and the first patch that lists the keys.
    patches: Vec<(u32, u32)>,
    keys: Vec<String>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/rancher.json"))).unwrap_or_default()
    })
}

/// What to do about a key that Rancher does not list for a release: the help, and the first release that lists it, if
/// any.
fn unlisted(key: &str, release: Option<&str>) -> Option<(String, Option<String>)> {
    let (minor, patch) = release.and_then(minor_and_patch)?;
    let newest = NEWEST.iter().find(|(known, _)| *known >= minor)?;
    if newest.0 == minor && patch > newest.1 {
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
    host.text().contains("apiVersion") || host.text().contains("/rkeConfig")
}

/// Reports entries of `NO_PROXY` in the environment of the nodes that match no host.
fn exceptions(view: &View, spec: NodeRef<'_>, found: &mut Found) {
    for variable in spec.get("agentEnvVars").into_iter().flat_map(NodeRef::items) {
        let name = variable.get("name").and_then(NodeRef::text).filter(|name| no_proxy::is_variable(name));
        let (Some(name), Some(value)) = (name, variable.get("value")) else { continue };
        for (_, message, help) in no_proxy::remarks(&value.string().unwrap_or_default(), name) {
            found.remark(no_proxy::RULE, view, value.span().range(), message, &help);
        }
    }
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
        // A document with these fields that is not a complete object of this kind patches such an object.
        let is_whole = spec.is_some_and(|spec| spec.get("kubernetesVersion").is_some());
        if !(config.is_some() && is_whole) && root.source_text().contains("rkeConfig") {
            found.patches();
        }
        let (Some(spec), Some(config)) = (spec, config) else { continue };
        // The same kinds are used for K3s clusters.
        let version = spec.get("kubernetesVersion").and_then(NodeRef::text);
        if version.is_some_and(|version| version.contains("k3s")) {
            continue;
        }
        if text("kind") == "Cluster" {
            misplaced_fields(host.view(), spec, config, found);
            field_types(host.view(), spec, found);
            exceptions(host.view(), spec, found);
            machine_selectors(host.view(), config, found);
        }
        if let Some(version) = version {
            found.release("spec.kubernetesVersion", version);
        }
        found.node();
        // A patch of the object does not set the release.
        let adds = version.and_then(|_| adds(config)).filter(|_| found.is_plain());
        if version.is_some() {
            default_cni(host.view(), config, adds.as_ref(), found);
        }
        cluster(host.view(), config, adds.as_ref(), found);
    }
}

fn cluster(view: &View, config: NodeRef<'_>, adds: Option<&Arc<[String]>>, found: &mut Found) {
    if let Some(global) = config.get("machineGlobalConfig") {
        part(view, global, "machineGlobalConfig", adds, found);
    }
    if let Some(etcd) = config.get("etcd").filter(|etcd| etcd.kind() == Kind::Mapping) {
        snapshots(view, etcd, adds, found);
    }
    if let Some(charts) = config.get("chartValues") {
        // Further manifests may override the values.
        let is_whole = adds.is_some() && config.get("additionalManifest").is_none();
        values_of_charts(view, charts, "chartValues", is_whole, found);
    }
    if let Some(manifest) = config.get("additionalManifest")
        && let Some(text) = view.of_scalar(manifest)
    {
        found.file("additionalManifest", "/var/lib/rancher/rke2/server/manifests/rancher/addons.yaml", text);
    }
    let files = config.get("machineSelectorFiles");
    if let Some(files) = files.filter(|files| files.source_text().contains("server/manifests")) {
        found.unseen(view, files.span().range());
    }
    for (index, selector) in
        config.get("machineSelectorConfig").into_iter().flat_map(NodeRef::items).enumerate()
    {
        if let Some(config) = selector.get("config") {
            // Applies to some machines only, so to a separate node.
            found.apart(|found| part(view, config, &format!("machineSelectorConfig[{index}]"), None, found));
        }
    }
    for (index, pool) in config.get("machinePools").into_iter().flat_map(NodeRef::items).enumerate() {
        found.apart(|found| labels_and_taints(view, pool, &format!("machinePools[{index}]"), found));
    }
    if let Some(fields) = config.get("registries") {
        registries(view, fields, "registries", CREDENTIALS, found);
        registry_fields(view, fields, found);
    }
    replaced_lists(view, config, found);
}

/// The labels and taints of a machine pool, which Rancher writes as `node-label` and `node-taint`.
fn labels_and_taints(view: &View, pool: NodeRef<'_>, part: &str, found: &mut Found) {
    let mut builder = Builder::new(view);
    let mut item = |list: &str, is_first: bool, text: &str, place: NodeRef<'_>| {
        if is_first {
            builder.made_up(&format!("{list}:\n"));
        }
        builder.made_up("- ");
        builder.replaced(&format!("{text:?}"), place.span().range());
        builder.made_up("\n");
    };
    let is_plain = |text: &str| template_mark(text).is_none();
    let labels = pool.get("labels").into_iter().flat_map(NodeRef::entries);
    let labels = labels.filter_map(|label| Some((label.key, label.name().into_owned(), label.value.text()?)));
    for (index, (key, name, value)) in
        labels.filter(|(_, name, value)| is_plain(name) && is_plain(value)).enumerate()
    {
        item("node-label", index == 0, &format!("{name}={value}"), key);
    }
    let taints = pool.get("taints").into_iter().flat_map(NodeRef::items).filter_map(|taint| {
        let text = |key: &str| taint.get(key).and_then(NodeRef::text).unwrap_or_default();
        let (key, value, effect) = (text("key"), text("value"), text("effect"));
        let taint_text =
            if value.is_empty() { format!("{key}:{effect}") } else { format!("{key}={value}:{effect}") };
        (!key.is_empty() && is_plain(&taint_text)).then(|| Some((taint_text, taint.get("key")?)))?
    });
    for (index, (text, place)) in taints.enumerate() {
        item("node-taint", index == 0, &text, place);
    }
    if !builder.is_empty() {
        found.config(part, builder.finish());
    }
}

/// The keys that may be set in addition to those of `machineGlobalConfig`: those that Rancher adds and those set by
/// selectors. `None` where any key may be set, because the user writes further files or a value is filled in later.
fn adds(config: NodeRef<'_>) -> Option<Arc<[String]>> {
    if config.get("machineSelectorFiles").is_some_and(|files| files.items().len() > 0) {
        return None;
    }
    let global = config.get("machineGlobalConfig");
    let parts: Vec<NodeRef<'_>> = selectors(config).filter_map(|one| one.get("config")).collect();
    let all = [Some(config), global, config.get("etcd")].into_iter().flatten().chain(parts.iter().copied());
    let is_plain = |part: NodeRef<'_>| {
        let is_plain = |entry: Entry<'_>| !entry.is_merge() && template_mark(&entry.name()).is_none();
        part.kind() == Kind::Mapping && part.entries().all(is_plain)
    };
    if !all.into_iter().all(is_plain) {
        return None;
    }
    let of_selectors = parts.into_iter().flat_map(NodeRef::entries).map(|entry| entry.name().into_owned());
    Some(table().adds.iter().cloned().chain(of_selectors).collect())
}

fn selectors(config: NodeRef<'_>) -> impl Iterator<Item = NodeRef<'_>> {
    config.get("machineSelectorConfig").into_iter().flat_map(NodeRef::items)
}

/// Reports lists that an entry of `machineSelectorConfig` replaces as a whole.
fn replaced_lists(view: &View, config: NodeRef<'_>, found: &mut Found) {
    let mut before: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    if let Some(global) = config.get("machineGlobalConfig") {
        before.extend(global.entries().filter_map(arguments));
    }
    for selector in selectors(config) {
        let Some(config) = selector.get("config") else { continue };
        for entry in config.entries() {
            let Some((name, own)) = arguments(entry) else { continue };
            let stays = |lost: &&&str| own.iter().any(|own| argument(own) == argument(lost));
            let lost: Vec<&str> =
                before.get(&name).into_iter().flatten().filter(|lost| !stays(lost)).copied().collect();
            if !own.is_empty() && !lost.is_empty() {
                let message = format!(
                    "`{name}` replaces the list for all machines; these machines lose `{}`",
                    lost.join("`, `")
                );
                let help = "repeat the elements that are still needed";
                found.remark("rancher/list-replaced", view, entry.key.span().range(), message, help);
            }
        }
        // An entry without a selector applies to all machines as well.
        if selector.get("machineLabelSelector").is_none_or(NodeRef::is_null) {
            before.extend(config.entries().filter_map(arguments));
        }
    }
}

/// The name of a list of arguments or certificate names, with its elements; `None` for any other entry, or if an
/// element is filled in later.
fn arguments(entry: Entry<'_>) -> Option<(String, Vec<&str>)> {
    let name = entry.name();
    let adds_up =
        name == "tls-san" || ["-arg", "-extra-env", "-extra-mount"].iter().any(|end| name.ends_with(end));
    if !adds_up || entry.value.kind() != Kind::Sequence || template_mark(entry.value.source_text()).is_some()
    {
        return None;
    }
    let elements = entry.value.items().map(NodeRef::text).collect::<Option<Vec<&str>>>()?;
    Some((name.into_owned(), elements))
}

fn is_empty(node: NodeRef<'_>) -> bool {
    let is_empty_list = node.kind() == Kind::Sequence && node.items().len() == 0;
    node.is_null() || node.text() == Some("") || is_empty_list
}

/// The name of an argument such as `--max-pods=200`.
fn argument(text: &str) -> &str {
    let bare = text.trim_start_matches('-');
    bare.split_once('=').map_or(bare, |(name, _)| name)
}

/// Rancher writes `cni: calico` if no CNI is selected. The key is not in the file, so its place is that of the whole
/// object.
fn default_cni(view: &View, config: NodeRef<'_>, adds: Option<&Arc<[String]>>, found: &mut Found) {
    let parts = config
        .get("machineGlobalConfig")
        .into_iter()
        .chain(selectors(config).filter_map(|one| one.get("config")));
    // A template that fills in a key may fill in `cni`.
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
        whole("the defaults of Rancher", builder.finish(), adds, found);
    }
}

/// The values of charts by chart name. `root` is from a document that was parsed from the text of `view`.
pub fn values_of_charts(view: &View, root: NodeRef<'_>, part: &str, is_whole: bool, found: &mut Found) {
    for chart in root.entries() {
        if chart.value.kind() == Kind::Mapping && chart.value.entries().len() > 0 {
            let mut builder = Builder::new(view);
            emit(&mut builder, chart.value, 0);
            let name = chart.name();
            let key = chart.key.span().range();
            found.values(format!("{part}.{name}"), view, &name, key, &builder.finish());
            if is_whole {
                found.whole_values();
            }
        }
    }
}

fn snapshots(view: &View, etcd: NodeRef<'_>, adds: Option<&Arc<[String]>>, found: &mut Found) {
    let mut builder = Builder::new(view);
    let own = ETCD.iter().map(|(field, key)| (etcd.entry(field), key));
    let s3 = etcd.get("s3").filter(|s3| s3.kind() == Kind::Mapping);
    let s3 = s3.into_iter().flat_map(|s3| S3.iter().map(move |(field, key)| (s3.entry(field), key)));
    for (entry, key) in own.chain(s3) {
        let Some(entry) = entry.filter(|entry| entry.value.kind() == Kind::Scalar) else {
            continue;
        };
        if is_empty(entry.value) {
            continue;
        }
        builder.replaced(key, entry.key.span().range());
        builder.made_up(": ");
        emit(&mut builder, entry.value, 0);
        builder.made_up("\n");
    }
    if !builder.is_empty() {
        whole("etcd", builder.finish(), adds, found);
    }
}

/// Adds a part of config.yaml.
fn whole(name: &str, text: View, adds: Option<&Arc<[String]>>, found: &mut Found) {
    match adds {
        Some(adds) => found.whole_config(name, text, adds),
        None => found.config(name, text),
    }
}

fn part(view: &View, config: NodeRef<'_>, name: &str, adds: Option<&Arc<[String]>>, found: &mut Found) {
    for entry in config.entries() {
        remark(view, entry, found);
    }
    if config.kind() == Kind::Mapping && config.entries().len() > 0 && !may_be_of_k3s(config, name, found) {
        let mut builder = Builder::new(view);
        // Rancher removes empty values. A key without a value stays, because an editor completes it.
        emit_fields(&mut builder, config, |entry| entry.value.is_null() || !is_empty(entry.value));
        builder.made_up("\n");
        whole(name, builder.finish(), adds, found);
    }
}

/// A text in an attribute of the Terraform provider that is a part of config.yaml.
pub fn part_of_text(view: &View, name: &str, found: &mut Found) {
    let stream = Stream::parse(View::id(), &view.shared_text());
    let roots = || stream.documents().filter_map(Document::root);
    for entry in roots().flat_map(NodeRef::entries) {
        remark(view, entry, found);
    }
    if !roots().any(|root| may_be_of_k3s(root, name, found)) {
        found.config(name, view.clone());
    }
}

/// Whether this may be a K3s cluster, because its version is filled in later and it has a K3s key.
fn may_be_of_k3s(config: NodeRef<'_>, name: &str, found: &mut Found) -> bool {
    let is_rke2 = found.release_text().is_some_and(|release| release.contains("rke2"));
    let may_be = !is_rke2 && (has_k3s_key(config) || disables_k3s_item(config));
    if may_be {
        found.unread(name, "it has options of K3s, and the version does not say which distribution it is");
    }
    may_be
}

/// Whether `disable` lists a component that only K3s has under this name.
fn disables_k3s_item(config: NodeRef<'_>) -> bool {
    let is_of_k3s = |node: NodeRef<'_>| node.text().is_some_and(|text| K3S_ITEMS.contains(&text));
    config.get("disable").is_some_and(|disable| is_of_k3s(disable) || disable.items().any(is_of_k3s))
}

/// Components of K3s that RKE2 never had, so that users do not disable them in RKE2.
const K3S_ITEMS: &[&str] = &["local-storage", "servicelb"];

/// Options whose values Rancher writes into separate files: `fileParams` of `pkg/capr/planner/planner.go`.
const FILES: &[&str] = &["audit-policy-file", "cloud-provider-config", "flannel-conf"];

/// Reports what Rancher does with an entry: it keeps only strings, booleans and lists, drops keys that it does not know
/// by their exact name, and overwrites some keys.
fn remark(view: &View, entry: Entry<'_>, found: &mut Found) {
    let name = entry.name();
    // A merge is applied before Rancher gets the object.
    if entry.is_merge() || template_mark(&name).is_some() {
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
        if !is_empty(entry.value) {
            found.remark("rancher/overwritten-key", view, key, format!("Rancher overwrites `{name}`"), help);
        }
    } else if name == "data-dir" {
        let message = "Rancher silently drops `data-dir`".to_owned();
        let help = "set `spec.rkeConfig.dataDirectories.k8sDistro`";
        found.remark("rancher/dropped-key", view, key, message, help);
    } else if let Some((help, from)) =
        unlisted(&name, found.release_text()).filter(|_| !is_empty(entry.value))
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
        let help = if FILES.contains(&&*name) {
            format!("write the content of the file as a block scalar: `{name}: |`")
        } else {
            "write a string, a boolean or a list".to_owned()
        };
        found.remark("rancher/dropped-value", view, at, message, &help);
    }
}
