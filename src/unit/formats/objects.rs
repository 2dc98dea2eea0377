//! Objects inside objects: those that Crossplane composes or applies, and resources of Pulumi programs in YAML.

use super::rancher::{part_of_text, values_of_charts};
use crate::rke2::object::HELM_GROUP;
use crate::unit::mask::{Dialect, masked};
use crate::unit::{Builder, Format, Found, Host, Kind as UnitKind, View, emit};
use crate::yaml::{Document, Kind, NodeRef, Stream};

/// Crossplane compositions and objects, and Pulumi programs.
pub const FORMAT: Format = Format {
    name: "objects",
    files: &[],
    marks: &["crossplane.io", "kubernetes:helm.cattle.io", "rancher2:"],
    is_program: true,
    fits,
    read,
};

/// Nodes nested deeper are not searched.
const MAX_DEPTH: usize = 24;
/// Types of Rancher clusters in Pulumi programs.
const CLUSTERS: &[&str] =
    &["rancher2:ClusterV2", "rancher2:index:ClusterV2", "rancher2:index/clusterV2:ClusterV2"];
/// The prefix of types of Kubernetes objects in Pulumi programs: `kubernetes:GROUP/VERSION:KIND`.
const OBJECT: &str = "kubernetes:";
/// Where Rancher writes `additionalManifest`.
const ADDONS: &str = "/var/lib/rancher/rke2/server/manifests/rancher/addons.yaml";

fn fits(host: &Host<'_>) -> bool {
    !host.is_nested() && host.has_extension(&["yaml", "yml"])
}

fn read(host: &Host<'_>, found: &mut Found) {
    for root in host.roots() {
        let group =
            root.get("apiVersion").and_then(NodeRef::text).and_then(|version| version.split('/').next());
        if group.is_some_and(|group| group.ends_with("crossplane.io")) {
            walk(host, root, "", false, found, 0);
        } else if root.get("resources").is_some() && root.get("kind").is_none() {
            program(host, root, found);
        }
    }
}

/// Searches for objects inside a Crossplane object. `patched`: patches around them change their fields.
fn walk(host: &Host<'_>, node: NodeRef<'_>, at: &str, patched: bool, found: &mut Found, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    let patched = patched || node.get("patches").is_some_and(|patches| patches.items().any(reaches_manifest));
    match node.kind() {
        Kind::Scalar => {}
        Kind::Sequence => {
            for (index, item) in node.items().enumerate() {
                walk(host, item, &format!("{at}[{index}]"), patched, found, depth + 1);
            }
        }
        Kind::Mapping if depth > 0 && node.get("kind").is_some() && is_of_rke2(node) => {
            let mut builder = Builder::new(host.view());
            emit(&mut builder, node, 0);
            builder.made_up("\n");
            if patched && group(node) == HELM_GROUP {
                found.unread(at, "patches change it");
            } else {
                object(at, &builder.finish(), group(node) == HELM_GROUP, found);
            }
        }
        Kind::Mapping => {
            for entry in node.entries() {
                let name = entry.name();
                let below = if at.is_empty() { name.to_string() } else { format!("{at}.{name}") };
                if below.ends_with("inline.template") {
                    template(host, entry.value, &below, found);
                } else {
                    walk(host, entry.value, &below, patched, found, depth + 1);
                }
            }
        }
    }
}

/// Whether a patch may change the manifest inside a Crossplane object. A set of patches is elsewhere.
fn reaches_manifest(patch: NodeRef<'_>) -> bool {
    let target = patch.get("toFieldPath").or_else(|| patch.get("fromFieldPath")).and_then(NodeRef::text);
    target.is_none_or(|field| field.contains("manifest"))
}

/// Whether an object configures RKE2: an object of helm-controller, Rancher or Cluster API.
fn is_of_rke2(object: NodeRef<'_>) -> bool {
    let kind = object.get("kind").and_then(NodeRef::text).unwrap_or_default();
    match group(object) {
        HELM_GROUP | "provisioning.cattle.io" | "rke.cattle.io" => true,
        group => group.ends_with("cluster.x-k8s.io") && kind.starts_with("RKE2"),
    }
}

/// The API group of an object.
fn group(object: NodeRef<'_>) -> &str {
    let version = object.get("apiVersion").and_then(NodeRef::text).unwrap_or_default();
    version.split('/').next().unwrap_or_default()
}

/// Adds an object as a separate text. Patches may change it, so missing fields are not reported.
fn object(part: &str, view: &View, is_helm: bool, found: &mut Found) {
    found.apart(|found| {
        if is_helm {
            found.add(part.to_owned(), UnitKind::Manifests, "/object.yaml", view.clone(), true);
        } else {
            found.patches();
            found.look("/object.yaml", view);
        }
    });
}

/// The Go template of a composition function, which renders to objects.
fn template(host: &Host<'_>, node: NodeRef<'_>, part: &str, found: &mut Found) {
    let Some(view) = host.view().of_scalar(node).filter(|view| view.text().contains(HELM_GROUP)) else {
        return;
    };
    match masked(&view, Dialect::Go) {
        Ok(masked) => found.ways("/object.yaml", masked.ways, |found, path, way| {
            found.add(part.to_owned(), UnitKind::Manifests, path, way.clone(), true);
        }),
        Err(reason) => found.unread(part, reason),
    }
}

/// Reads the resources of a Pulumi program.
fn program(host: &Host<'_>, root: NodeRef<'_>, found: &mut Found) {
    for resource in root.get("resources").into_iter().flat_map(NodeRef::entries) {
        let kind = resource.value.get("type").and_then(NodeRef::text).unwrap_or_default();
        let Some(properties) = resource.value.get("properties").filter(|node| node.kind() == Kind::Mapping)
        else {
            continue;
        };
        let part = format!("resources.{}", resource.name());
        if CLUSTERS.contains(&kind) {
            found.apart(|found| cluster(host, properties, &part, found));
        } else if let Some((version, kind)) = kind.strip_prefix(OBJECT).and_then(|rest| rest.rsplit_once(':'))
            && version.starts_with(HELM_GROUP)
        {
            let mut builder = Builder::new(host.view());
            builder.made_up(&format!("apiVersion: {version}\nkind: {kind}\n"));
            emit(&mut builder, properties, 0);
            builder.made_up("\n");
            object(&part, &builder.finish(), true, found);
        }
    }
}

/// Reads a cluster of the Rancher provider, whose settings are strings in YAML.
fn cluster(host: &Host<'_>, properties: NodeRef<'_>, part: &str, found: &mut Found) {
    if let Some(version) = properties.get("kubernetesVersion").and_then(NodeRef::text) {
        found.release("kubernetesVersion", version);
    }
    let Some(config) = properties.get("rkeConfig") else { return };
    let text = |node: NodeRef<'_>| host.view().of_scalar(node).filter(|view| !view.text().trim().is_empty());
    if let Some(view) = config.get("machineGlobalConfig").and_then(text) {
        part_of_text(&view, &format!("{part}.machineGlobalConfig"), found);
    }
    let selectors = config.get("machineSelectorConfigs").into_iter().flat_map(NodeRef::items);
    for (index, item) in selectors.enumerate() {
        if let Some(view) = item.get("config").and_then(text) {
            part_of_text(&view, &format!("{part}.machineSelectorConfigs[{index}]"), found);
        }
    }
    if let Some(view) = config.get("chartValues").and_then(text) {
        let stream = Stream::parse(View::id(), &view.shared_text());
        for root in stream.documents().filter_map(Document::root) {
            values_of_charts(&view, root, &format!("{part}.chartValues"), false, found);
        }
    }
    if let Some(view) = config.get("additionalManifest").and_then(text) {
        found.file(format!("{part}.additionalManifest"), ADDONS, view);
    }
}
