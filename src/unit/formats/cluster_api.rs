//! Cluster API's provider for RKE2: the fields of `RKE2ControlPlane` and `RKE2Config`, their templates, and
//! the files that they write.

use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use super::cloud_init::decoded;
use crate::rke2::object::HELM_GROUP;
use crate::rke2::place::{Owner, owner};
use crate::unit::cluster_api::{rejected_values, unknown_fields, unverified_s3};
use crate::unit::{Builder, Format, Found, Host, emit, registries};
use crate::words::{Word, Words};
use crate::yaml::{Kind, NodeRef, template_mark};

/// Objects of the RKE2 provider.
pub const FORMAT: Format = Format {
    name: "cluster-api",
    files: &[],
    marks: &["RKE2ControlPlane", "RKE2Config", HELM_GROUP],
    is_program: false,
    fits,
    read,
};

/// How the provider converts its objects to config.yaml.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    fields: Vec<Field>,
    dropped: Vec<String>,
    /// Keys that the provider may set in addition to those of `fields`.
    adds: Vec<String>,
}

/// A field of the objects, and the key of config.yaml that the provider sets from it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    path: String,
    key: String,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/cluster_api.json"))).unwrap_or_default()
    })
}

fn fits(host: &Host<'_>) -> bool {
    static OBJECT: Word = Word::new("apiVersion");
    static KINDS: Words = Words::new(|| vec!["RKE2", "kind: ConfigMap"]);
    let text = host.text().as_bytes();
    OBJECT.is_in(text) && KINDS.is_in(text)
}

fn read(host: &Host<'_>, found: &mut Found) {
    let roots: Vec<NodeRef<'_>> = host.roots().flat_map(objects).collect();
    for root in &roots {
        let kind = root.get("kind").and_then(NodeRef::text).unwrap_or_default();
        if ADDONS.contains(&kind) {
            found.unseen_by_all(host.view(), root.span().range());
        }
    }
    for root in roots {
        let text = |path: &[&str]| root.at(path).and_then(NodeRef::text).unwrap_or_default();
        let (kind, name) = (text(&["kind"]), text(&["metadata", "name"]));
        if kind == "ConfigMap" && owner(host.path()) != Some(Owner::K3s) {
            config_map(host, root, name, found);
        }
        if !text(&["apiVersion"]).contains("cluster.x-k8s.io/") {
            continue;
        }
        if let Some((kind, spec)) = KINDS.iter().find(|(known, _)| *known == kind) {
            if let Some(spec) = root.at(spec) {
                let key = |path: &str| {
                    let field = table().fields.iter().find(|field| field.key == path)?;
                    Some(field.path.as_str())
                };
                // Older versions of the API have other fields.
                if text(&["apiVersion"]).contains("/v1beta") {
                    unknown_fields(host.view(), spec, key, found);
                    rejected_values(host.view(), spec, found);
                    unverified_s3(host.view(), spec, found);
                }
                provider(host, spec, kind, name, found);
            }
            continue;
        }
        match kind {
            "Cluster" => cluster(host, root, name, found),
            "ClusterClass" => class(root, name, found),
            "MachineDeployment" => {
                if let Some(agents) = referred(root, &["spec", "template", "spec", "bootstrap", "configRef"])
                {
                    found.reference(("Cluster", text(&["spec", "clusterName"])), agents);
                }
            }
            _ => {}
        }
    }
}

/// Kinds of objects that deploy others to clusters.
const ADDONS: &[&str] = &["ClusterResourceSet", "HelmChartProxy"];

/// Kinds of the provider, each with the path of its fields.
const KINDS: &[(&str, &[&str])] = &[
    ("RKE2ControlPlane", &["spec"]),
    ("RKE2Config", &["spec"]),
    ("RKE2ControlPlaneTemplate", &["spec", "template", "spec"]),
    ("RKE2ConfigTemplate", &["spec", "template", "spec"]),
];

/// The provider's object that a reference points to.
fn referred<'a>(root: NodeRef<'a>, path: &[&str]) -> Option<(&'static str, &'a str)> {
    let reference = root.at(path)?;
    let kind = reference.get("kind").and_then(NodeRef::text)?;
    let (kind, _) = KINDS.iter().find(|(known, _)| *known == kind)?;
    Some((kind, reference.get("name").and_then(NodeRef::text)?))
}

/// An object of the provider.
fn provider(host: &Host<'_>, spec: NodeRef<'_>, kind: &'static str, name: &str, found: &mut Found) {
    let version = spec.get("version").and_then(NodeRef::text).filter(|text| !text.is_empty());
    if let Some(version) = version {
        found.release("spec.version", version);
    }
    let is_agent = kind.starts_with("RKE2ConfigT") || kind == "RKE2Config";
    if is_agent {
        found.agent();
    } else {
        found.node();
    }
    found.object(kind, name);
    // A template is patched by its ClusterClass, and a patch of an object does not set the release.
    if kind == "RKE2ControlPlane" && version.is_none() {
        found.patches();
    }
    let adds =
        (kind == "RKE2ControlPlane" && found.is_plain() && version.is_some()).then(|| adds(spec)).flatten();
    object(host, spec, &format!("{kind} {name}"), is_agent, adds.as_ref(), found);
    if let Some(fields) = spec.get("privateRegistriesConfig") {
        registries(host.view(), fields, "privateRegistriesConfig", "authSecret", found);
    }
    if let Some(reference) = spec.get("manifestsConfigMapReference") {
        found.unseen(host.view(), reference.span().range());
    }
    if let Some(map) = spec.at(&["manifestsConfigMapReference", "name"]).and_then(NodeRef::text) {
        found.reference((kind, name), ("ConfigMap", map));
    }
}

/// A Cluster sets the networks of config.yaml and lists the objects that belong to it.
fn cluster(host: &Host<'_>, root: NodeRef<'_>, name: &str, found: &mut Found) {
    let Some(control_plane) = referred(root, &["spec", "controlPlaneRef"]) else { return };
    found.node();
    found.object("Cluster", name);
    found.reference(("Cluster", name), control_plane);
    let mut builder = Builder::new(host.view());
    for (field, key) in [("pods", "cluster-cidr"), ("services", "service-cidr")] {
        let network = root.at(&["spec", "clusterNetwork", field]);
        let Some(blocks) = network.and_then(|network| network.entry("cidrBlocks")) else { continue };
        if blocks.value.kind() == Kind::Sequence && blocks.value.items().len() > 0 {
            builder.replaced(key, blocks.key.span().range());
            builder.made_up(":\n");
            emit(&mut builder, blocks.value, 0);
            builder.made_up("\n");
        }
    }
    if !builder.is_empty() {
        found.config(format!("Cluster {name}"), builder.finish());
    }
}

/// A `ClusterClass` lists the templates that belong together.
fn class(root: NodeRef<'_>, name: &str, found: &mut Found) {
    let of = |node: NodeRef<'_>, found: &mut Found| {
        for field in ["ref", "templateRef"] {
            if let Some(template) = referred(node, &[field]) {
                found.reference(("ClusterClass", name), template);
            }
        }
    };
    if let Some(control_plane) = root.at(&["spec", "controlPlane"]) {
        of(control_plane, found);
    }
    let workers = root.at(&["spec", "workers", "machineDeployments"]);
    for worker in workers.into_iter().flat_map(NodeRef::items) {
        for path in [&["template", "bootstrap"][..], &["bootstrap"]] {
            if let Some(bootstrap) = worker.at(path) {
                of(bootstrap, found);
            }
        }
    }
}

/// The objects of a document: the document itself, or the items of a list.
fn objects(root: NodeRef<'_>) -> Vec<NodeRef<'_>> {
    match root.get("items") {
        Some(items) if items.kind() == Kind::Sequence => items.items().collect(),
        _ => vec![root],
    }
}

/// The keys that the provider may add to those of the fields. `None` where any key may be added, because files or
/// commands that are not read as parts of config.yaml may write to it.
fn adds(spec: NodeRef<'_>) -> Option<Arc<[String]>> {
    let speaks = |node: NodeRef<'_>| node.source_text().contains("rancher/rke2/config");
    let is_hidden = |file: NodeRef<'_>| file.get("contentFrom").is_some() && speaks(file);
    let writers = ["preRKE2Commands", "postRKE2Commands", "agentConfig"];
    let is_open = writers.into_iter().filter_map(|key| spec.get(key)).any(speaks)
        || spec.get("files").into_iter().flat_map(NodeRef::items).any(is_hidden);
    let parts = [Some(spec), spec.get("serverConfig"), spec.get("agentConfig")];
    let is_filled_in = parts
        .into_iter()
        .flatten()
        .flat_map(NodeRef::entries)
        .any(|entry| entry.is_merge() || template_mark(&entry.name()).is_some());
    (!is_open && !is_filled_in).then(|| table().adds.iter().cloned().collect())
}

/// Kubernetes components that can be disabled, each with its key.
const COMPONENTS: &[(&str, &str)] = &[
    ("kubeProxy", "disable-kube-proxy"),
    ("scheduler", "disable-scheduler"),
    ("cloudController", "disable-cloud-controller"),
];

fn disabled_components(spec: NodeRef<'_>, builder: &mut Builder<'_>) {
    let components = spec.at(&["serverConfig", "disableComponents", "kubernetesComponents"]);
    for component in components.into_iter().flat_map(NodeRef::items) {
        if let Some((_, key)) = COMPONENTS.iter().find(|(name, _)| component.text() == Some(name)) {
            builder.replaced(&format!("{key}: true"), component.span().range());
            builder.made_up("\n");
        }
    }
}

fn object(
    host: &Host<'_>,
    spec: NodeRef<'_>,
    name: &str,
    is_agent: bool,
    adds: Option<&Arc<[String]>>,
    found: &mut Found,
) {
    let mut builder = Builder::new(host.view());
    for Field { path, key } in &table().fields {
        let Some((entry, value)) = field(spec, path) else { continue };
        // The provider leaves empty values out.
        if value.kind() == Kind::Mapping || value.is_null() || value.text() == Some("") {
            continue;
        }
        builder.replaced(key, entry.span().range());
        builder.made_up(": ");
        if value.kind() == Kind::Sequence {
            builder.made_up("\n");
        }
        emit(&mut builder, value, 0);
        builder.made_up("\n");
    }
    cni(spec, &mut builder);
    disabled_components(spec, &mut builder);
    for path in &table().dropped {
        if let Some((key, _)) = field(spec, path).filter(|(_, value)| !is_empty(*value)) {
            let message = format!("the provider silently ignores `{path}`");
            let help =
                "set the config.yaml key in a file of `files`, under `/etc/rancher/rke2/config.yaml.d`";
            found.remark("cluster-api/dropped-field", host.view(), key.span().range(), message, help);
        }
    }
    if !builder.is_empty() {
        let view = builder.finish();
        match adds {
            Some(adds) => found.whole_config(name, view, adds),
            None if is_agent => found.agent_config(name, view),
            None => found.config(name, view),
        }
    }
    for (index, file) in spec.get("files").into_iter().flat_map(NodeRef::items).enumerate() {
        let Some(path) = file.get("path").and_then(NodeRef::text) else { continue };
        let part = format!("{name} files[{index}]");
        let Some(content) = file.get("content").filter(|content| content.kind() == Kind::Scalar) else {
            if file.get("contentFrom").is_some() && path.contains("rancher/rke2") {
                found.unread(format!("{part} {path}"), "its content is in a Secret or ConfigMap");
                if path.contains("server/manifests") {
                    found.unseen(host.view(), file.span().range());
                }
            }
            continue;
        };
        match decoded(host, content, file.get("encoding").and_then(NodeRef::text)) {
            Ok(view) => found.file(part, path, view),
            Err(reason) => found.unread(format!("{part} {path}"), reason.to_string()),
        }
    }
    if let Some(data) = spec.at(&["agentConfig", "additionalUserData", "config"])
        && let Some(view) = host.view().of_scalar(data)
    {
        found.text(format!("{name} additionalUserData"), "user-data", view);
    }
    for key in ["preRKE2Commands", "postRKE2Commands"] {
        for (index, command) in spec.get(key).into_iter().flat_map(NodeRef::items).enumerate() {
            if let Some(view) = host.view().of_scalar(command) {
                found.text(format!("{name} {key}[{index}]"), "command.sh", view);
            }
        }
    }
}

/// Whether a value is missing, empty or unknown.
fn is_empty(node: NodeRef<'_>) -> bool {
    if template_mark(node.source_text()).is_some() {
        return true;
    }
    match node.kind() {
        // Guides use this name where a later step fills in the real one.
        Kind::Scalar => node.is_null() || matches!(node.text(), None | Some("" | "localhost.localdomain")),
        Kind::Mapping => node.entries().len() == 0,
        Kind::Sequence => node.items().len() == 0,
    }
}

/// The key and value at a dotted path.
fn field<'a>(spec: NodeRef<'a>, path: &str) -> Option<(NodeRef<'a>, NodeRef<'a>)> {
    let mut entry = None;
    let mut node = spec;
    for key in path.split('.') {
        let found = node.entry(key)?;
        entry = Some(found.key);
        node = found.value;
    }
    Some((entry?, node))
}

/// `cni` and `cniMultusEnable` are combined into one list.
fn cni(spec: NodeRef<'_>, builder: &mut Builder<'_>) {
    let Some((key, value)) = field(spec, "serverConfig.cni") else { return };
    if value.kind() != Kind::Scalar || value.is_null() {
        return;
    }
    builder.replaced("cni", key.span().range());
    builder.made_up(":\n");
    if let Some((key, multus)) = field(spec, "serverConfig.cniMultusEnable")
        && multus.text() == Some("true")
    {
        builder.made_up("- ");
        builder.replaced("multus", key.span().range());
        builder.made_up("\n");
    }
    builder.made_up("- ");
    emit(builder, value, 0);
    builder.made_up("\n");
}

/// The manifests in a ConfigMap that a control plane may refer to.
fn config_map(host: &Host<'_>, root: NodeRef<'_>, name: &str, found: &mut Found) {
    let Some(data) = root.get("data") else { return };
    found.node();
    found.object("ConfigMap", name);
    for entry in data.entries().filter(|entry| entry.value.kind() == Kind::Scalar) {
        if let Some(view) = host.view().of_scalar(entry.value)
            && view.text().contains(HELM_GROUP)
        {
            let file = entry.name();
            let path = format!("/var/lib/rancher/rke2/server/manifests/{file}");
            found.file(format!("ConfigMap {name} data.{file}"), &path, view);
        }
    }
}
