//! Every object of a cluster's manifests, by what rules ask for, so that looking one up does not look at all. This
//! module must not judge.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Cluster;
use super::charts::{ChartObject, Manifest};
use crate::rke2::object::{HelmKind, Object};

/// The objects of a cluster.
#[derive(Debug, Default)]
pub(super) struct Objects<'a> {
    /// Each with the index of its manifest.
    all: Vec<(Object<'a>, usize)>,
    by_kind: HashMap<Cow<'a, str>, Vec<usize>>,
    by_name: HashMap<Cow<'a, str>, Vec<usize>>,
    /// Indices of helm-controller's objects, by their name.
    charts: HashMap<String, Vec<usize>>,
}

impl<'a> Objects<'a> {
    /// The objects of manifests and, for those of helm-controller, their place among `charts`.
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
            objects.charts.entry(chart.name.clone()).or_default().push(index);
        }
        objects
    }
}

impl<'a> Cluster<'a> {
    /// Every object with its manifest, in the order of the files, patches included.
    pub fn all_objects(&self) -> impl Iterator<Item = (Object<'a>, &Manifest<'a>)> {
        self.objects.all.iter().map(|(object, manifest)| (*object, &self.manifests[*manifest]))
    }

    /// Every object that is not merely a patch.
    pub fn objects(&self) -> impl Iterator<Item = Object<'a>> {
        self.all_objects().filter(|(_, manifest)| !manifest.overlay.patch).map(|(object, _)| object)
    }

    /// The objects of a kind, with their manifests.
    pub fn objects_of(&self, kind: &str) -> impl Iterator<Item = (Object<'a>, &Manifest<'a>)> {
        self.picked(self.objects.by_kind.get(kind))
    }

    /// The objects of a name, of any kind, with their manifests.
    pub fn objects_named(&self, name: &str) -> impl Iterator<Item = (Object<'a>, &Manifest<'a>)> {
        self.picked(self.objects.by_name.get(name))
    }

    fn picked(&self, indices: Option<&Vec<usize>>) -> impl Iterator<Item = (Object<'a>, &Manifest<'a>)> {
        let indices = indices.map_or(&[][..], Vec::as_slice);
        indices.iter().map(|&index| {
            let (object, manifest) = self.objects.all[index];
            (object, &self.manifests[manifest])
        })
    }

    /// The objects of helm-controller of a name, in the order in which they are applied.
    pub fn charts_named(&self, name: &str) -> impl Iterator<Item = &ChartObject<'a>> {
        let indices = self.objects.charts.get(name).map_or(&[][..], Vec::as_slice);
        indices.iter().map(|&index| &self.charts[index])
    }

    /// The HelmChart that a HelmChartConfig changes, or that installs a chart of this name.
    pub fn helm_chart(&self, name: &str, namespace: &str) -> Option<&ChartObject<'a>> {
        self.charts_named(name).find(|chart| chart.kind == HelmKind::Chart && chart.namespace() == namespace)
    }

    /// The HelmChartConfigs of a name.
    pub fn chart_configs(&self, name: &str) -> impl Iterator<Item = &ChartObject<'a>> {
        self.charts_named(name).filter(|chart| chart.kind == HelmKind::Config)
    }
}
