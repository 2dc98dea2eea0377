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

pub use assemble::{Layout, Shared};
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
use crate::source::Span;
use crate::yaml::NodeRef;

/// What settings say of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Declared<'a> {
    /// The name shown to the user.
    pub name: String,
    /// The release to check against, with where it was taken from.
    pub target: Option<(Target, String)>,
    /// What its servers' configuration says, as far as it is not in the tree.
    pub config: Option<NodeRef<'a>>,
    /// Its nodes, as far as the settings describe them.
    pub hosts: Vec<Host<'a>>,
}

/// How the tree is to be put together.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The release for clusters that have none of their own, with where it was taken from.
    pub target: (Target, String),
    /// Clusters that settings declare.
    pub clusters: Vec<Declared<'a>>,
    /// For each file, the declared cluster it belongs to.
    pub declared: Vec<Option<usize>>,
    /// Nodes of every cluster.
    pub hosts: Vec<Host<'a>>,
    /// Folders that settings declare to be manifests directories.
    pub manifest_roots: Vec<String>,
    /// For each file, whether settings declare it to be a configuration; empty when they declare none.
    pub configs: Vec<bool>,
    /// For each file that may be RKE2's, its path inside the repository, where that is not the one shown.
    pub sites: Vec<Option<Box<str>>>,
    /// The release that the clusters are checked against in place of an older one of their own.
    pub upgrade: Option<Target>,
}

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

/// The release of the files in a folder, which another file names.
#[derive(Clone, Debug)]
pub struct Pin {
    /// The folder, by the path shown.
    pub folder: String,
    /// The release, with the words for where it is written; `None` when it is not known.
    pub target: Option<(Target, String)>,
    /// A release is named that the catalogue does not have.
    pub is_unknown: bool,
}

impl Pin {
    /// Whether a file lies in the folder, by the path shown.
    pub fn holds(&self, path: &str) -> bool {
        path.strip_prefix(&self.folder).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// A `NAME.skip` file that names no file of its manifests directory.
#[derive(Clone, Debug)]
pub struct SkipMark<'a> {
    /// The file, without a text.
    pub file: &'a RkeFile,
    /// The directory in which it is looked for.
    pub root: ManifestRoot,
}

/// One cluster.
#[derive(Debug)]
pub struct Cluster<'a> {
    /// The name shown to the user: the one that settings give, or the common folder.
    pub name: String,
    /// The start of its first file: where a finding about the cluster as a whole is placed.
    pub anchor: Span,
    /// The releases that a finding must hold for.
    pub target: Target,
    /// Where the release was taken from, in words.
    pub target_source: String,
    /// The releases that the cluster runs today, where `target` is what it is upgraded to.
    pub upgraded_from: Option<Target>,
    /// The release was told by charts in the tree, not named.
    is_told: bool,
    /// Configurations of its nodes.
    pub nodes: Vec<NodeConfig<'a>>,
    /// Configuration files that RKE2 skips: they configure no node.
    pub unread: Vec<&'a RkeFile>,
    /// Its manifest files, sorted by path.
    pub manifests: Vec<Manifest<'a>>,
    /// `NAME.skip` files in its manifests directories that name no file there, sorted by path.
    pub skip_marks: Vec<SkipMark<'a>>,
    /// Objects of helm-controller in them, in the order in which they are applied.
    pub charts: Vec<ChartObject<'a>>,
    /// Those in patches of Kustomize: parts of objects, of which the values are all that RKE2 reads.
    pub patches: Vec<ChartObject<'a>>,
    /// All of their objects, by kind and name.
    objects: Objects<'a>,
    /// Which of `nodes` decide for the cluster.
    deciding: Vec<usize>,
    /// Packaged charts that were pulled from a node, with their archives.
    pub generated: Vec<Generated<'a>>,
    /// Its registries.yaml files.
    pub registries: Vec<&'a RkeFile>,
    /// What is known of its nodes in addition to their configuration; empty when nothing is.
    pub hosts: Vec<Host<'a>>,
    /// Files of the tree that configurations name, by the key that names them.
    pub named: Vec<named::NamedFile<'a>>,
    /// Its files are built into an image by Edge Image Builder.
    pub is_image: bool,
    /// Its files may belong to several clusters: `nodes` are those of all, and each has to agree with a finding.
    pub is_shared: bool,
    /// What the whole tree holds.
    pub tree: Arc<tree::Tree>,
}

impl<'a> Cluster<'a> {
    /// Every file of the cluster, sorted by path, with its role in words.
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

    /// The nodes that are one cluster; none where the files here may belong to several.
    pub fn own_nodes(&self) -> &[NodeConfig<'a>] {
        if self.is_shared { &[] } else { &self.nodes }
    }

    /// The servers whose configuration decides for the cluster: those that join no other; else all servers.
    pub fn servers(&self) -> Vec<&NodeConfig<'a>> {
        self.deciding.iter().map(|&index| &self.nodes[index]).collect()
    }

    /// Whether some configuration in the tree holds a token: then one that lacks it is not merely kept clean.
    pub fn keeps_tokens(&self) -> bool {
        self.nodes.iter().any(|node| ["token", "token-file"].iter().any(|key| node.setting(key).is_some()))
    }

    /// Whether a chart of this name is the one that RKE2 packages: nothing in the tree installs another, or may.
    pub fn is_packaged(&self, name: &str) -> bool {
        charts::is_packaged(name)
            && self.helm_charts(name).all(ChartObject::is_generated)
            && !self.may_install_any_chart()
    }

    /// The packaged chart of a name as it was pulled from a node, if it is in the tree: the one that RKE2 applies,
    /// else one that all copies agree with. Loose copies say nothing where the release is named.
    pub fn generated(&self, name: &str) -> Option<&Generated<'a>> {
        let mut copies = self.generated.iter().filter(|generated| generated.name == name);
        let first = copies.next()?;
        if self.manifests[first.manifest].is_certain() {
            return Some(first);
        }
        let named = self.target.resolved().is_some() && !self.is_told;
        (!named && copies.all(|copy| copy.same_version(first))).then_some(first)
    }

    /// What the versions of a packaged chart that the cluster may run accept: the one in the tree, else those
    /// of the releases. None where no release ships it, or where a template is to fill in the chart. What the
    /// catalogue knows of a version counts; an archive is read only for a version that it lacks.
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
            // It is fetched, and nothing is known of it.
            (Some(_), None) if generated.content.is_none() => Cow::Borrowed(&[]),
            _ => Cow::Borrowed(self.target.views(name)),
        }
    }

    /// The version of the packaged chart in the tree: from the address that it was packaged or is fetched from, else
    /// from its archive. `None` when there is no such chart, or nothing tells its version.
    fn version_in_tree(&self, name: &str) -> Option<&str> {
        let of_url = self.generated(name)?.version_of_url();
        of_url.or_else(|| Some(self.archive_in_tree(name)?.version.as_str()))
    }

    /// The archive of the packaged chart in the tree. It is decoded only where a `HelmChartConfig` asks.
    fn archive_in_tree(&self, name: &str) -> Option<&ArchiveChart> {
        let generated = self.generated(name)?;
        let asked = self.chart_configs(name).next().is_some();
        asked.then(|| generated.archive())??.as_ref().ok()
    }

    /// The versions of a packaged chart that the cluster may run, in the same way; `None` among them where some
    /// release does not ship it.
    pub fn versions(&self, name: &str) -> Cow<'_, [Option<&str>]> {
        match self.version_in_tree(name) {
            Some(version) => Cow::Owned(vec![Some(version)]),
            None => Cow::Borrowed(self.target.chart_versions(name)),
        }
    }

    /// What the user wrote for the chart of an object, with the HelmChart it changes.
    pub fn values(&self, object: &ChartObject<'a>) -> ValueLayers<'a> {
        let base = match object.kind {
            HelmKind::Config => self.helm_chart(&object.name, &object.namespace()),
            HelmKind::Chart => None,
        };
        let mut layers = layers(object, base);
        layers.incomplete |= object.patched || base.is_some_and(|base| base.patched);
        layers
    }

    /// What is known of a value of a packaged chart: the user's, else the default of the versions it may have.
    pub fn value_fact(&self, layers: &ValueLayers<'a>, chart: &str, path: &[&str]) -> Fact<'a> {
        value_fact(layers, path, || self.views(chart))
    }

    /// A value of a packaged chart, as far as one HelmChartConfig of the cluster tells. With none, or with
    /// several that may be variants, it is unknown.
    pub fn chart_value(&self, chart: &str, path: &[&str]) -> Fact<'a> {
        let mut configs = self.chart_configs(chart);
        let (Some(config), None) = (configs.next(), configs.next()) else { return Fact::Unknown };
        if !self.is_packaged(chart) || config.patched {
            return Fact::Unknown;
        }
        self.value_fact(&self.values(config), chart, path)
    }

    /// The primary network plugin by a server's configuration.
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

    /// Whether a server's configuration puts Multus before its primary network plugin.
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

    /// Whether the files announce a Windows agent; absent when nothing does.
    pub fn windows(&self) -> Fact<'a> {
        match self.own_nodes().iter().find_map(NodeConfig::windows_sign) {
            Some(at) => Fact::written(Datum::Bool(true), at),
            None => Fact::Absent(None),
        }
    }

    /// The ingress controllers as a server's configuration decides them.
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
                // From 1.36 on it depends on what the cluster runs already.
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

    /// The folder that all files share, `.` for the working directory.
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
