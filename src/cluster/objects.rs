//! An index of the objects of a cluster's manifests by kind and by name, so that rules do not scan the whole
//! cluster. Produces no findings.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::Cluster;
use super::charts::{ChartObject, Manifest, creates_namespace};
use crate::catalog;
use crate::rke2::object::{HelmKind, Object};
use crate::yaml::NodeRef;

/// The objects of a cluster.
#[derive(Debug, Default)]
pub(super) struct Objects<'a> {
    /// Each object with the index of its manifest.
    all: Vec<(Object<'a>, usize)>,
    by_kind: HashMap<Cow<'a, str>, Vec<usize>>,
    by_name: HashMap<Cow<'a, str>, Vec<usize>>,
    /// Indices of helm-controller's objects, by name.
    charts: HashMap<String, Named>,
    /// Objects whose kind or name a template fills in, collected on demand.
    open: OnceLock<Vec<usize>>,
    /// The namespaces created by the install jobs of HelmCharts, collected on demand.
    created: OnceLock<HashSet<String>>,
}

/// Indices of the objects of one name.
#[derive(Debug, Default)]
struct Named {
    charts: Vec<usize>,
    configs: Vec<usize>,
}

impl<'a> Objects<'a> {
    /// Indexes the objects of manifests. Those of helm-controller are also indexed by their position in `charts`.
    pub(super) fn of(manifests: &[Manifest<'a>], charts: &[ChartObject<'a>]) -> Self {
        let mut objects = Self::default();
        for (index, manifest) in manifests.iter().enumerate() {
            for object in manifest.file.objects() {
                let at = objects.all.len();
                objects.all.push((object, index));
                if let Some(kind) = object.kind() {
                    objects.by_kind.entry(kind).or_default().push(at);
                }
                if let Some(name) = object.name() {
                    objects.by_name.entry(name).or_default().push(at);
                }
            }
        }
        for (index, chart) in charts.iter().enumerate() {
            let named = objects.charts.entry(chart.name.clone()).or_default();
            match chart.kind {
                HelmKind::Chart => named.charts.push(index),
                HelmKind::Config => named.configs.push(index),
            }
        }
        objects
    }
}

impl<'a> Cluster<'a> {
    /// All objects, patches included, with their manifests in the order of the files.
    pub fn all_objects(&self) -> impl Iterator<Item = (Object<'a>, &Manifest<'a>)> {
        self.objects.all.iter().map(|(object, manifest)| (*object, &self.manifests[*manifest]))
    }

    /// All objects except patches.
    pub fn objects(&self) -> impl Iterator<Item = Object<'a>> {
        self.all_objects().filter(|(_, manifest)| !manifest.overlay.patch).map(|(object, _)| object)
    }

    /// The objects of a kind, with their manifests.
    pub fn objects_of(&self, kind: &str) -> impl Iterator<Item = (Object<'a>, &Manifest<'a>)> {
        self.picked(self.objects.by_kind.get(kind))
    }

    /// The objects with a name, of any kind, with their manifests.
    pub fn objects_named(&self, name: &str) -> impl Iterator<Item = (Object<'a>, &Manifest<'a>)> {
        self.picked(self.objects.by_name.get(name))
    }

    /// Whether the tree contains, or may contain, an object of a kind whose name satisfies `is_named`. It may be an
    /// object that a template fills in, in a manifest that cannot be read, or outside the tree.
    pub fn may_hold(&self, kind: &str, is_named: impl Fn(&str) -> bool) -> bool {
        let unread = |manifest: &Manifest<'_>| manifest.file.stream.first_error().is_some();
        self.objects_of(kind).any(|(object, _)| object.may_be(kind, &is_named))
            || self.open().any(|object| object.may_be(kind, &is_named))
            || self.manifests.iter().any(unread)
            || self.may_have_unseen_objects()
    }

    /// Whether a template fills in the identity of some HelmChart.
    pub fn may_install_any_chart(&self) -> bool {
        self.open().any(|object| object.may_be("HelmChart", |_| true))
    }

    /// The objects whose identity a template fills in.
    fn open(&self) -> impl Iterator<Item = Object<'a>> {
        let all = &self.objects.all;
        let find = || (0..all.len()).filter(|&at| all[at].0.is_open()).collect();
        self.objects.open.get_or_init(find).iter().map(|&at| all[at].0)
    }

    fn picked(&self, indices: Option<&Vec<usize>>) -> impl Iterator<Item = (Object<'a>, &Manifest<'a>)> {
        let indices = indices.map_or(&[][..], Vec::as_slice);
        indices.iter().map(|&index| {
            let (object, manifest) = self.objects.all[index];
            (object, &self.manifests[manifest])
        })
    }

    /// The HelmCharts with a name, in the order in which they are applied.
    pub fn helm_charts(&self, name: &str) -> impl Iterator<Item = &ChartObject<'a>> {
        let indices = self.objects.charts.get(name).map_or(&[][..], |named| &named.charts);
        indices.iter().map(|&index| &self.charts[index])
    }

    /// The chart that an object of this cluster installs or configures.
    pub fn chart_of(&self, object: Object<'_>) -> Option<&ChartObject<'a>> {
        let (name, at) = (object.name().unwrap_or_default(), object.node.span());
        let all = self.objects.charts.get(&*name)?;
        let mut charts = all.charts.iter().chain(&all.configs).map(|&index| &self.charts[index]);
        charts.find(|chart| chart.object.node.span() == at)
    }

    /// The HelmChartConfigs with a name, in the order in which they are applied.
    pub fn chart_configs(&self, name: &str) -> impl DoubleEndedIterator<Item = &ChartObject<'a>> {
        let indices = self.objects.charts.get(name).map_or(&[][..], |named| &named.configs);
        indices.iter().map(|&index| &self.charts[index])
    }

    /// The HelmChart with a name and namespace, which a HelmChartConfig with the same ones configures.
    pub fn helm_chart(&self, name: &str, namespace: &str) -> Option<&ChartObject<'a>> {
        self.helm_charts(name).find(|chart| chart.namespace() == namespace)
    }

    /// Whether some object of helm-controller has the name of a packaged chart.
    pub fn has_packaged_name(&self) -> bool {
        catalog::charts().any(|chart| self.objects.charts.contains_key(chart))
    }

    /// Whether the install job of some HelmChart creates this namespace.
    pub fn is_created_by_chart(&self, namespace: &str) -> bool {
        let created = || {
            let charts = self.charts.iter().filter(|chart| chart.kind == HelmKind::Chart);
            charts.filter_map(|chart| created_namespace(chart.object.spec()?)).map(Cow::into_owned).collect()
        };
        self.objects.created.get_or_init(created).contains(namespace)
    }
}

/// The namespace that the install job of a HelmChart creates.
fn created_namespace(spec: NodeRef<'_>) -> Option<Cow<'_, str>> {
    spec.get("targetNamespace").filter(|_| creates_namespace(spec))?.string()
}
