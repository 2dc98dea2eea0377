//! The charts of a cluster: objects of helm-controller and their effective values.

use std::borrow::Cow;

use super::fact::{Datum, Fact};
use super::overlay::Overlay;
use super::place::ManifestRoot;
use super::server::scalar;
use crate::catalog::{self, Attr, ChartView, Memo};
use crate::rke2::file::RkeFile;
use crate::rke2::object::{HelmKind, Object};
use crate::rke2::values::{ValueLayers, Written, set_path};
use crate::source::Span;
use crate::yaml::{Kind, NodeRef};

/// The namespace of every packaged chart.
pub const SYSTEM_NAMESPACE: &str = "kube-system";

/// Where RKE2 gets its charts from.
const PACKAGED_CHARTS: &str = "rke2-charts.rancher.io/assets/";

/// A manifest file of a cluster.
#[derive(Clone, Debug)]
pub struct Manifest<'a> {
    /// The file.
    pub file: &'a RkeFile,
    /// The manifests directory that contains it; `None` for a chart object elsewhere.
    pub root: Option<ManifestRoot>,
    /// What a kustomization or Fleet may change in it.
    pub overlay: Overlay,
}

/// An object of helm-controller.
#[derive(Clone, Debug)]
pub struct ChartObject<'a> {
    /// Its kind.
    pub kind: HelmKind,
    /// The object.
    pub object: Object<'a>,
    /// `metadata.name`; empty when it is missing.
    pub name: String,
    /// Index of its manifest.
    pub manifest: usize,
    /// Whether a patch may complete or change the object.
    pub patched: bool,
    /// Whether patches replace `spec.valuesContent` on every way to a cluster, so that nothing reads the text here.
    pub replaced: bool,
}

impl<'a> ChartObject<'a> {
    /// The objects of helm-controller in a file.
    pub fn of_file(manifest: usize, file: &'a RkeFile) -> Vec<Self> {
        file.objects()
            .filter_map(|object| {
                let name = object.name().unwrap_or_default().into_owned();
                let kind = object.helm_kind()?;
                Some(Self { kind, object, name, manifest, patched: false, replaced: false })
            })
            .collect()
    }

    /// The objects of helm-controller in a manifest of a cluster; `index` is the manifest's.
    pub fn of_manifest(index: usize, manifest: &Manifest<'a>) -> Vec<Self> {
        let mut objects = Self::of_file(index, manifest.file);
        for object in &mut objects {
            object.patched = manifest.is_patched(object.object);
            let kind = object.object.kind();
            object.replaced = object.patched
                && manifest.overlay.replaces_values(kind.as_deref().unwrap_or_default(), &object.name);
        }
        objects
    }

    /// Whether a template fills in the identity of the chart or its namespace.
    pub fn is_open(&self) -> bool {
        self.object.is_open() || self.object.is_namespace_open()
    }

    /// Whether it is the packaged chart of this name: copied from a node, or fetched from the place where RKE2 gets it.
    pub fn is_generated(&self) -> bool {
        self.object.spec().is_some_and(|spec| spec.get("chartContent").is_some())
            || self.packaged_url().is_some()
    }

    /// The address of the packaged chart, if `spec.chart` is one.
    pub fn packaged_url(&self) -> Option<Cow<'a, str>> {
        let url = self.object.spec()?.get("chart")?.string()?;
        url.contains(&format!("{PACKAGED_CHARTS}{}/", self.name)).then_some(url)
    }

    /// The span of `spec.valuesContent` with its text, if patches replace it on every way to a cluster.
    pub fn replaced_text(&self) -> Option<Span> {
        let entry = self.object.spec().filter(|_| self.replaced)?.entry("valuesContent")?;
        let (key, value) = (entry.key.span(), entry.value.span());
        Some(Span { end: value.end, ..key })
    }

    /// The namespace; `default` if it is not set.
    pub fn namespace(&self) -> String {
        self.object.namespace().map_or_else(|| "default".to_owned(), Into::into)
    }
}

/// The values that the user wrote for an object, including those of the HelmChart that it configures.
pub fn layers<'a>(object: &ChartObject<'a>, base: Option<&ChartObject<'a>>) -> ValueLayers<'a> {
    let mut layers = ValueLayers::default();
    for object in base.into_iter().chain(Some(object)) {
        add_layers(&mut layers, object);
    }
    layers
}

fn add_layers<'a>(layers: &mut ValueLayers<'a>, object: &ChartObject<'a>) {
    layers.incomplete |= object.object.file.is_open() && !object.object.file.is_all();
    let Some(spec) = object.object.spec() else { return };
    match object.object.values_document() {
        Some(_) if object.replaced => layers.incomplete = true,
        Some(document) => {
            layers.layers.extend(document.roots());
            layers.incomplete |= document.is_incomplete();
        }
        None => layers.incomplete |= spec.get("valuesContent").is_some_and(|node| !node.is_null()),
    }
    let values = spec.get("values").filter(|values| values.kind() == Kind::Mapping && !values.is_opaque());
    layers.layers.extend(values);
    layers.incomplete |= spec.get("valuesSecrets").is_some_and(|secrets| secrets.items().next().is_some());
    layers.incomplete |=
        ["values", "valuesSecrets"].iter().any(|key| spec.get(key).is_some_and(NodeRef::is_opaque));
    if object.kind == HelmKind::Chart {
        let set = spec.get("set").map(NodeRef::fields).unwrap_or_default();
        layers.set.extend(set.into_iter().map(|entry| (set_path(&entry.name()), entry)));
    }
}

/// A value of a packaged chart: the user's, or else the default of the chart versions that may be installed.
pub fn value_fact<'a, 'v>(
    layers: &ValueLayers<'a>,
    path: &[&str],
    views: impl FnOnce() -> Cow<'v, [ChartView<'v>]>,
) -> Fact<'a> {
    match layers.lookup(path) {
        Written::Entry(entry) => {
            if entry.value.is_opaque() {
                Fact::Unknown
            } else {
                Fact::of_entry(entry)
            }
        }
        Written::Unknown => Fact::Unknown,
        Written::Deleted(entry) => Fact::Absent(Some(entry.label_span())),
        Written::Absent(near) => {
            let views = views();
            // The defaults of an unknown chart are unknown.
            if views.is_empty() {
                return Fact::Unknown;
            }
            default_fact(path, &views).unwrap_or(Fact::Absent(near.map(|entry| entry.key.span())))
        }
    }
}

/// The default of a packaged chart's value, if all versions share it; `None` when no version has a default.
fn default_fact(path: &[&str], views: &[ChartView<'_>]) -> Option<Fact<'static>> {
    let lookups = ChartView::lookup_each(views, path, &Memo::default());
    let attr = lookups.first()?.attr()?;
    let first = attr.default_value()?;
    let agrees = |other: &Attr| std::ptr::eq(other, attr) || other.default_value().as_ref() == Some(&first);
    if lookups.iter().all(|lookup| lookup.attr().is_some_and(agrees)) {
        return Some(Fact::default(scalar(&first)));
    }
    Some(Fact::Unknown)
}

/// Whether the install job of a HelmChart creates the namespace that it installs to.
pub fn creates_namespace(spec: NodeRef<'_>) -> bool {
    spec.get("createNamespace").is_some_and(|node| node.text() != Some("false"))
}

/// The names of packaged charts that some release of the catalogue ships.
pub fn is_packaged(name: &str) -> bool {
    catalog::charts().any(|chart| chart == name)
}

/// The scalars in a list value, as strings.
pub fn texts(datum: &Datum<'_>) -> Vec<String> {
    datum.elements().into_iter().filter_map(|element| element.as_text().map(Into::into)).collect()
}
