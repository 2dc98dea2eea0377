//! The files of one cluster and their combined meaning. This layer must not produce findings.

mod assemble;
pub mod calico;
pub mod charts;
pub mod chosen;
pub mod cilium;
pub mod coredns;
pub mod deployment;
pub mod effective;
pub mod fact;
pub mod generated;
pub mod grouping;
pub mod host;
pub mod key;
mod monitor;
pub mod named;
mod objects;
pub mod overlay;
pub mod place;
pub mod pod_network;
pub mod server;
pub mod tree;
pub mod verdict;
mod windows;
pub mod workload;

use std::borrow::Cow;
use std::sync::Arc;

pub use assemble::{Layout, Shared, Stated};
pub use grouping::Members;

use charts::{ChartObject, Manifest, layers, value_fact};
use fact::{Datum, Fact, Item};
use generated::Generated;
use host::Host;
use objects::Objects;
use place::ManifestRoot;
use server::{NodeConfig, NodeRole};

use crate::catalog::archive::ArchiveChart;
use crate::catalog::{self, ChartView, Target};
use crate::rke2::file::{Listed, RkeFile};
use crate::rke2::object::HelmKind;
use crate::rke2::values::ValueLayers;
use crate::source::{Span, folder};
use crate::yaml::NodeRef;

/// What settings declare about a cluster.
#[derive(Clone, Debug, Default)]
pub struct Declared<'a> {
    /// The name shown to the user.
    pub name: String,
    /// The release to check against, and where it was taken from.
    pub target: Option<(Target, String)>,
    /// Configuration of its servers that is not in the tree.
    pub config: Option<NodeRef<'a>>,
    /// Its nodes, as far as settings describe them.
    pub hosts: Vec<Host<'a>>,
}

/// How the tree is to be grouped into clusters.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The release for clusters that do not have one, and where it was taken from.
    pub target: (Target, String),
    /// Clusters that settings declare.
    pub clusters: Vec<Declared<'a>>,
    /// For each file, the declared cluster it belongs to.
    pub declared: Vec<Option<usize>>,
    /// Nodes that every cluster has.
    pub hosts: Vec<Host<'a>>,
    /// Folders that settings declare to be manifests directories.
    pub manifest_roots: Vec<String>,
    /// For each file, whether settings declare it to be a configuration; empty when they declare none.
    pub configs: Vec<bool>,
    /// For each file that may be RKE2's, its path inside the repository, if that differs from the path shown.
    pub sites: Vec<Option<Box<str>>>,
    /// The release that clusters with an older one are checked against instead.
    pub upgrade: Option<Target>,
}

/// Names of files with the options that all nodes share.
const FOR_ALL: [&str; 7] = ["all", "base", "common", "default", "defaults", "global", "shared"];

impl Plan<'_> {
    /// Whether settings declare a file to be a configuration.
    pub fn is_config(&self, index: usize) -> bool {
        self.configs.get(index).copied().unwrap_or_default()
    }

    /// The path of a file inside its repository.
    pub fn site<'f>(&'f self, index: usize, file: &'f Listed) -> &'f str {
        self.sites.get(index).and_then(Option::as_deref).unwrap_or(&file.path)
    }
}

/// The release of the files in a folder, as pinned by another file.
#[derive(Clone, Debug)]
pub struct Pin {
    /// The folder that contains the files, wherever the program runs.
    pub folder: String,
    /// Whether it applies to folders below as well.
    pub is_deep: bool,
    /// Whether it is that of some hosts only: it agrees with other pins or contradicts them, but decides nothing alone.
    pub is_partial: bool,
    /// The release, and a description of where it is written; `None` when it is unknown.
    pub target: Option<(Target, String)>,
    /// Whether the pinned release is not in the catalogue.
    pub is_unknown: bool,
}

impl Pin {
    /// Whether it applies to a file, by its full path.
    pub fn holds(&self, path: &str) -> bool {
        if !self.is_deep {
            return folder(path) == self.folder;
        }
        path.strip_prefix(&self.folder).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// A `NAME.skip` file that does not match any file of its manifests directory.
#[derive(Clone, Debug)]
pub struct SkipMark<'a> {
    /// The `.skip` file; it has no content.
    pub file: &'a RkeFile,
    /// The directory in which `NAME` was searched for.
    pub root: ManifestRoot,
}

/// One cluster.
#[derive(Debug)]
pub struct Cluster<'a> {
    /// The name shown to the user: the one from the settings, or the common folder.
    pub name: String,
    /// The start of its first file: where a finding about the cluster as a whole is placed.
    pub anchor: Span,
    /// The target releases: those that the cluster may run. A finding must hold for all of them.
    pub target: Target,
    /// Where the release was taken from, as text for the user.
    pub target_source: String,
    /// The releases that the cluster runs today, if `target` is the release of an upgrade.
    pub upgraded_from: Option<Target>,
    /// Whether the release was derived from charts in the tree rather than named.
    is_told: bool,
    /// Configurations of its nodes.
    pub nodes: Vec<NodeConfig<'a>>,
    /// Configuration files that RKE2 skips, so that they do not configure a node.
    pub unread: Vec<&'a RkeFile>,
    /// Its manifest files, sorted by path.
    pub manifests: Vec<Manifest<'a>>,
    /// `NAME.skip` files in its manifests directories that do not match any file there, sorted by path.
    pub skip_marks: Vec<SkipMark<'a>>,
    /// Objects of helm-controller in the manifests, in the order in which they are applied.
    pub charts: Vec<ChartObject<'a>>,
    /// Objects of helm-controller in Kustomize patches: partial objects, of which RKE2 only reads the values.
    pub patches: Vec<ChartObject<'a>>,
    /// All objects of the manifests, by kind and name.
    objects: Objects<'a>,
    /// The indices in `nodes` of the servers whose configuration applies to the whole cluster.
    deciding: Vec<usize>,
    /// Packaged charts that were copied from a node, with their archives.
    pub generated: Vec<Generated<'a>>,
    /// Its registries.yaml files.
    pub registries: Vec<&'a RkeFile>,
    /// Facts about its nodes other than their configuration; may be empty.
    pub hosts: Vec<Host<'a>>,
    /// Files of the tree that configurations refer to, with the key that does so.
    pub named: Vec<named::NamedFile<'a>>,
    /// Whether Edge Image Builder builds its files into an image.
    pub is_image: bool,
    /// Whether its files may belong to several clusters. Then `nodes` holds the nodes of all of them, and a finding
    /// must hold for each.
    pub is_shared: bool,
    /// What the whole tree contains.
    pub tree: Arc<tree::Tree>,
}

impl<'a> Cluster<'a> {
    /// Every file of the cluster, sorted by path, with a description of its role.
    pub fn files(&self) -> Vec<(&'a RkeFile, &'static str)> {
        let mut files = Vec::new();
        for node in self.own_nodes() {
            let role = match node.role {
                NodeRole::Server => "server config",
                NodeRole::Agent => "agent config",
                NodeRole::Unknown => "config",
            };
            files.extend(node.main.map(|file| (file, role)));
            files.extend(node.drop_ins.iter().map(|&file| (file, "config drop-in")));
        }
        files.extend(self.unread.iter().map(|&file| (file, "not read by RKE2")));
        files.extend(self.manifests.iter().enumerate().map(|(index, manifest)| {
            let is_replaced = || self.charts.iter().any(|chart| chart.manifest == index && chart.replaced);
            let role = match &manifest.root {
                _ if !manifest.overlay.patches.is_empty() && is_replaced() => {
                    "chart object (values replaced by patches)"
                }
                Some(root) if root.certain => "manifest",
                Some(_) => "manifest (folder guessed)",
                None => "chart object",
            };
            (manifest.file, role)
        }));
        files.extend(self.skip_marks.iter().map(|mark| (mark.file, "skip marker")));
        files.extend(self.registries.iter().map(|&file| (file, "registries")));
        files.sort_by_key(|(file, _)| file.path());
        files
    }

    /// The nodes of the cluster; empty if its files may belong to several clusters.
    pub fn own_nodes(&self) -> &[NodeConfig<'a>] {
        if self.is_shared { &[] } else { &self.nodes }
    }

    /// The servers whose configuration applies to the whole cluster: those that do not join another server, or else all
    /// servers.
    pub fn servers(&self) -> Vec<&NodeConfig<'a>> {
        self.deciding.iter().map(|&index| &self.nodes[index]).collect()
    }

    /// Whether some configuration in the tree contains a token. If so, a configuration without one does not merely keep
    /// secrets out of the repository.
    pub fn keeps_tokens(&self) -> bool {
        // A deployment tool adds a file with one of these names to those of all nodes.
        let is_for_all = |node: &NodeConfig<'_>| {
            let name = node.main.map(RkeFile::name).unwrap_or_default();
            FOR_ALL.contains(&name.split('.').next().unwrap_or_default())
        };
        let keeps =
            |node: &NodeConfig<'_>| ["token", "token-file"].iter().any(|key| node.setting(key).is_some());
        self.nodes.iter().any(|node| keeps(node) && !is_for_all(node))
    }

    /// Whether a chart with this name is the packaged one: nothing in the tree installs another chart with this name,
    /// and no template may do so.
    pub fn is_packaged(&self, name: &str) -> bool {
        charts::is_packaged(name)
            && self.helm_charts(name).all(ChartObject::is_generated)
            && !self.may_install_any_chart()
    }

    /// The copy of a packaged chart in the tree: the one that RKE2 applies, or else any copy if all have the same
    /// version. Copies that RKE2 does not apply are ignored if the release is named.
    pub fn generated(&self, name: &str) -> Option<&Generated<'a>> {
        let mut copies = self.generated.iter().filter(|generated| generated.name == name);
        let first = copies.next()?;
        if self.manifests[first.manifest].is_certain() {
            return Some(first);
        }
        let named = self.target.resolved().is_some() && !self.is_told;
        (!named && copies.all(|copy| copy.same_version(first))).then_some(first)
    }

    /// What the versions of a packaged chart that may be installed accept: the one in the tree, or else those of the
    /// target releases. Empty if no release ships the chart, or a template fills it in. Versions in the catalogue are
    /// taken from there; an archive is read only for other versions.
    pub fn views(&self, name: &str) -> Cow<'_, [ChartView<'_>]> {
        let Some(generated) = self.generated(name) else { return Cow::Borrowed(self.target.views(name)) };
        let version = self.version_in_tree(name);
        if let Some(view) = version.and_then(|version| catalog::chart(name)?.at(version)) {
            return Cow::Owned(vec![view]);
        }
        if generated.is_opaque() {
            return Cow::Borrowed(&[]);
        }
        match (version, self.archive_in_tree(name)) {
            (_, Some(archive)) => archive.values.newest().into_iter().collect(),
            // The chart is fetched, and the catalogue does not have this version.
            (Some(_), None) if generated.content.is_none() => Cow::Borrowed(&[]),
            _ => Cow::Borrowed(self.target.views(name)),
        }
    }

    /// The version of the packaged chart in the tree: from the address of its source, or else from its archive. `None`
    /// when there is no such chart, or its version is unknown.
    fn version_in_tree(&self, name: &str) -> Option<&str> {
        let of_url = self.generated(name)?.version_of_url();
        of_url.or_else(|| Some(self.archive_in_tree(name)?.version.as_str()))
    }

    /// The archive of the packaged chart in the tree, decoded only if a `HelmChartConfig` configures it.
    fn archive_in_tree(&self, name: &str) -> Option<&ArchiveChart> {
        let generated = self.generated(name)?;
        let asked = self.chart_configs(name).next().is_some();
        asked.then(|| generated.archive())??.as_ref().ok()
    }

    /// The versions of a packaged chart that may be installed, determined as in [`Self::views`]. An element is `None`
    /// if a release does not ship the chart.
    pub fn versions(&self, name: &str) -> Cow<'_, [Option<&str>]> {
        match self.version_in_tree(name) {
            Some(version) => Cow::Owned(vec![Some(version)]),
            None => Cow::Borrowed(self.target.chart_versions(name)),
        }
    }

    /// The values that the user wrote for the chart of an object, including those of the HelmChart that it configures.
    pub fn values(&self, object: &ChartObject<'a>) -> ValueLayers<'a> {
        let base = match object.kind {
            HelmKind::Config => self.helm_chart(&object.name, &object.namespace()),
            HelmKind::Chart => None,
        };
        let mut layers = layers(object, base);
        layers.incomplete |= object.patched || base.is_some_and(|base| base.patched);
        layers
    }

    /// A value of a packaged chart: the user's, or else the default of the versions that may be installed.
    pub fn value_fact(&self, layers: &ValueLayers<'a>, chart: &str, path: &[&str]) -> Fact<'a> {
        value_fact(layers, path, || self.views(chart))
    }

    /// A value of a packaged chart from its only HelmChartConfig. Unknown if there is none, or several, which may be
    /// variants.
    pub fn chart_value(&self, chart: &str, path: &[&str]) -> Fact<'a> {
        let mut configs = self.chart_configs(chart);
        let (Some(config), None) = (configs.next(), configs.next()) else { return Fact::Unknown };
        if !self.is_packaged(chart) || config.patched {
            return Fact::Unknown;
        }
        self.value_fact(&self.values(config), chart, path)
    }

    /// The primary CNI according to a server's configuration.
    pub fn cni(&self, server: Option<&NodeConfig<'a>>) -> Fact<'a> {
        let Some(server) = server else { return Fact::Unknown };
        match server.setting("cni") {
            None if server.is_complete() => Fact::default(Datum::Text(Cow::Borrowed("canal"))),
            None => Fact::Unknown,
            Some(setting) => {
                if !setting.is_literal() {
                    return Fact::Unknown;
                }
                let parts = setting.parts();
                let Some(last) = setting.entries.last() else { return Fact::Unknown };
                match parts.iter().find(|(_, part)| part != "multus") {
                    Some((node, part)) => Fact::written(Datum::text(Cow::Owned(part.clone())), node.span()),
                    None if setting.values.is_empty() => Fact::default(Datum::Text(Cow::Borrowed("canal"))),
                    None => Fact::Absent(Some(last.label_span())),
                }
            }
        }
    }

    /// Whether a server's configuration selects Multus in addition to its primary CNI.
    pub fn multus(&self, server: Option<&NodeConfig<'a>>) -> Fact<'a> {
        let Some(server) = server else { return Fact::Unknown };
        let Some(setting) = server.setting("cni") else {
            return if server.is_complete() { Fact::default(Datum::Bool(false)) } else { Fact::Unknown };
        };
        if !setting.is_literal() {
            return Fact::Unknown;
        }
        let parts = setting.parts();
        match (parts.first(), setting.entries.last()) {
            (Some((node, part)), _) if part == "multus" && parts.len() > 1 => {
                Fact::written(Datum::Bool(true), node.span())
            }
            (_, Some(last)) => Fact::written(Datum::Bool(false), last.label_span()),
            (_, None) => Fact::default(Datum::Bool(false)),
        }
    }

    /// Whether the files show that there is a Windows agent; absent when nothing shows it.
    pub fn windows(&self) -> Fact<'a> {
        match self.own_nodes().iter().find_map(NodeConfig::windows_sign) {
            Some(at) => Fact::written(Datum::Bool(true), at),
            None => Fact::Absent(None),
        }
    }

    /// The ingress controllers according to a server's configuration.
    pub fn ingress(&self, server: Option<&NodeConfig<'a>>) -> Fact<'a> {
        let Some(server) = server else { return Fact::Unknown };
        let Some(setting) = server.setting("ingress-controller") else {
            if !server.is_complete() {
                return Fact::Unknown;
            }
            let mut defaults = self.target.releases().iter().map(|&release| {
                catalog::config_values(release).and_then(|values| values.ingress_default.as_deref())
            });
            return match defaults.next().flatten() {
                Some(first) if defaults.all(|default| default == Some(first)) => {
                    Fact::default(Datum::List(vec![Item {
                        value: Datum::Text(Cow::Borrowed(first)),
                        at: None,
                    }]))
                }
                // From 1.36 on, the default depends on what the cluster already runs.
                _ => Fact::Unknown,
            };
        };
        let parts = setting.parts().into_iter();
        let items = parts.map(|(node, part)| Item { value: Datum::text(part.into()), at: Some(node.span()) });
        let items = items.collect();
        match setting.entries.last().filter(|_| setting.is_literal()) {
            Some(last) => Fact::written(Datum::List(items), last.label_span()),
            None => Fact::Unknown,
        }
    }

    /// The folder that contains all files; `.` for the working directory.
    fn common_folder(&self) -> String {
        let mut files = self.files().into_iter().map(|(file, _)| file.folder());
        let Some(first) = files.next() else { return ".".to_owned() };
        let mut common: Vec<&str> = first.split('/').collect();
        for folder in files {
            let shared = common.iter().zip(folder.split('/')).take_while(|(a, b)| *a == b).count();
            common.truncate(shared);
        }
        let name = common.join("/");
        if name.is_empty() { ".".to_owned() } else { name }
    }
}
