//! What RKE2 will use: the merged configuration of each node and the user's values for each chart, all with their
//! origin, and the charts and AddOns that a cluster gets. Plain data for `rke2-lint show`. Must not print.

mod charts;
mod facts;
mod node;
mod origin;

use std::path::PathBuf;

use serde::Serialize;

pub use charts::{Chart, ChartState, Source};
pub use facts::{Host, Registries, Value};
pub use node::{Node, Setting};
pub use origin::{Known, Origin};

use crate::cluster::Cluster;
use crate::cluster::charts::Manifest;
use crate::cluster::fact::Fact;
use crate::cluster::server::NodeConfig;
use crate::engine::{Options, Workspace};
use crate::finding::Problem;
use crate::rke2::addon::{addon_name, disable_name};
use crate::rke2::file::RkeFile;
use origin::Places;

/// The effective configuration of one cluster.
#[derive(Clone, Debug, Serialize)]
pub struct View {
    /// The cluster's name: its common folder, or the name from the settings.
    pub name: String,
    /// The release; `None` if it is not known, in which case only what all maintained releases have in common is shown.
    pub release: Option<String>,
    /// The source of the release, for display.
    pub release_from: String,
    /// Its files, sorted.
    pub files: Vec<String>,
    /// The components that the servers select: `cni`, `multus` and `ingress-controller`.
    pub selected: Vec<Selected>,
    /// Its nodes.
    pub nodes: Vec<Node>,
    /// Its registries.yaml files.
    pub registries: Vec<Registries>,
    /// The facts about its nodes, from the settings or `--host`.
    pub hosts: Vec<Host>,
    /// The packaged charts, and those that manifests install.
    pub charts: Vec<Chart>,
    /// The manifest files that become AddOns.
    pub addons: Vec<AddOn>,
}

/// A component that the servers' configuration selects.
#[derive(Clone, Debug, Serialize)]
pub struct Selected {
    /// The key that selects it.
    pub name: &'static str,
    /// The selected value.
    #[serde(flatten)]
    pub known: Known,
}

/// A manifest file that becomes an AddOn.
#[derive(Clone, Debug, Serialize)]
pub struct AddOn {
    /// The AddOn's name.
    pub name: String,
    /// The file.
    pub path: String,
    /// Whether RKE2 certainly reads the file. A directory that merely looks like a manifests directory is not certain.
    pub certain: bool,
    /// The objects in it: `Kind/name`.
    pub objects: Vec<String>,
    /// The entry of `disable` that prevents its deployment.
    pub disabled_by: Option<Origin>,
}

/// The views of all clusters of a tree. Also returns the files that could not be read, and patterns of the settings
/// that match no file.
pub fn views(paths: &[PathBuf], options: &Options) -> (Vec<View>, Vec<Problem>) {
    let mut workspace = Workspace::open(paths, options);
    let views = workspace.visit(|cluster, outside| View::of(cluster, &Places::of(cluster, outside)));
    (views, workspace.problems())
}

impl View {
    fn of(cluster: &Cluster<'_>, places: &Places<'_>) -> Self {
        let select = |name, known| Selected { name, known };
        let charts = charts::charts(cluster, places);
        let mut files: Vec<String> =
            cluster.files().into_iter().map(|(file, _)| places.name(file).0).collect();
        let is_unit = |file: &RkeFile| places.name(file).1.is_some();
        let host =
            files.first().cloned().filter(|_| cluster.files().first().is_some_and(|(file, _)| is_unit(file)));
        files.sort();
        files.dedup();
        Self {
            name: host.unwrap_or_else(|| cluster.name.clone()),
            release: cluster.target.resolved().map(|resolved| resolved.asked.to_string()),
            release_from: cluster.target_source.clone(),
            files,
            selected: vec![
                select("cni", agreed(cluster, places, |server| cluster.cni(Some(server)))),
                select("multus", agreed(cluster, places, |server| cluster.multus(Some(server)))),
                select("ingress-controller", agreed(cluster, places, |server| cluster.ingress(Some(server)))),
            ],
            nodes: cluster.own_nodes().iter().map(|node| Node::of(node, cluster, places)).collect(),
            registries: cluster.registries.iter().map(|file| Registries::of(file, places)).collect(),
            hosts: cluster.hosts.iter().map(|host| Host::of(host, places)).collect(),
            charts,
            addons: cluster
                .manifests
                .iter()
                .filter_map(|manifest| AddOn::of(manifest, cluster, places))
                .collect(),
        }
    }
}

impl AddOn {
    fn of(manifest: &Manifest<'_>, cluster: &Cluster<'_>, places: &Places<'_>) -> Option<Self> {
        let file = manifest.file;
        if !manifest.is_deployed_as_is() || file.unit.is_some() {
            return None;
        }
        let object = |object: crate::rke2::object::Object<'_>| {
            let kind = object.kind()?;
            let name = object.name();
            Some(name.map_or_else(|| kind.to_string(), |name| format!("{kind}/{name}")))
        };
        Some(Self {
            name: addon_name(file.name()).to_owned(),
            path: file.path().to_owned(),
            certain: manifest.is_certain(),
            objects: file.objects().filter_map(object).collect(),
            disabled_by: Disabled::of(cluster, places, disable_name(file.name())).place(),
        })
    }
}

/// The value on which all deciding servers of the cluster agree.
fn agreed<'c, 'a>(
    cluster: &'c Cluster<'a>,
    places: &Places<'_>,
    ask: impl Fn(&'c NodeConfig<'a>) -> Fact<'a>,
) -> Known {
    let mut each = cluster.servers().into_iter().map(|server| Known::of(&ask(server), places));
    let Some(first) = each.next() else { return Known::unknown() };
    if each.all(|other| other.value == first.value && other.known == first.known) {
        first
    } else {
        Known::unknown()
    }
}

/// Whether the deciding servers list a name in `disable`.
#[derive(Clone, Debug)]
enum Disabled {
    /// They do; the first one at this place.
    At(Origin),
    /// They do not.
    No,
    /// They differ, or it is not known.
    Unknown,
}

impl Disabled {
    fn of(cluster: &Cluster<'_>, places: &Places<'_>, name: &str) -> Self {
        let mut each = cluster.servers().into_iter().map(|server| Self::on(server, places, name));
        let first = each.next().unwrap_or(Self::Unknown);
        let is_same = |other: Self| std::mem::discriminant(&other) == std::mem::discriminant(&first);
        if each.all(is_same) { first } else { Self::Unknown }
    }

    fn on(server: &NodeConfig<'_>, places: &Places<'_>, name: &str) -> Self {
        let Some(setting) = server.setting("disable") else {
            return if server.is_complete() { Self::No } else { Self::Unknown };
        };
        match setting.parts().into_iter().find(|(_, part)| part == name) {
            Some((node, _)) => Self::At(places.origin(node.span())),
            None if setting.is_literal() => Self::No,
            None => Self::Unknown,
        }
    }

    fn place(self) -> Option<Origin> {
        if let Self::At(origin) = self { Some(origin) } else { None }
    }
}
