//! The charts of a cluster: which are deployed, and the user's values for them. Produces no findings.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value as Json;

use super::facts::Value;
use super::origin::{Known, Origin, Places};
use super::{Disabled, agreed};
use crate::cluster::Cluster;
use crate::cluster::charts::{ChartObject, SYSTEM_NAMESPACE, is_packaged};
use crate::cluster::chosen::{Selector, selector};
use crate::cluster::fact::Datum;
use crate::rke2::object::HelmKind;
use crate::rke2::values::{ValueLayers, Written};
use crate::yaml::Kind;

/// A chart.
#[derive(Clone, Debug, Serialize)]
pub struct Chart {
    /// Its name.
    pub name: String,
    /// Whether RKE2 packages it. Otherwise a manifest installs it.
    pub packaged: bool,
    /// The versions that the releases ship, oldest first; a single one if the release is known.
    pub versions: Vec<String>,
    /// Whether it is deployed.
    pub state: ChartState,
    /// The setting that decides whether it is deployed.
    pub decided_by: Option<Decision>,
    /// The objects that set its values, in the order in which they are applied.
    pub sources: Vec<Source>,
}

/// Whether a chart is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChartState {
    /// It is deployed.
    Deployed,
    /// `disable` lists it.
    Disabled,
    /// Another chart is selected.
    NotSelected,
    /// No chart has this name, so the values have no effect.
    Missing,
    /// Not known from the files.
    Unknown,
}

/// The setting that decides whether a chart is deployed.
#[derive(Clone, Debug, Serialize)]
pub struct Decision {
    /// The key of config.yaml.
    pub key: &'static str,
    /// Where it is written; [`Origin::Default`] if it is not.
    pub origin: Origin,
}

/// An object that sets values of a chart.
#[derive(Clone, Debug, Serialize)]
pub struct Source {
    /// `HelmChart` or `HelmChartConfig`.
    pub kind: &'static str,
    /// Where it is.
    pub origin: Origin,
    /// Its namespace.
    pub namespace: String,
    /// Whether some values are not known: they are in a Secret, or a template or patch changes them.
    pub incomplete: bool,
    /// Why the object has no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<&'static str>,
    /// The effective values, sorted by path.
    pub values: Vec<Value>,
}

/// The packaged charts of the cluster's releases, and those that its manifests install.
pub fn charts(cluster: &Cluster<'_>, places: &Places<'_>) -> Vec<Chart> {
    let releases = cluster.target.releases();
    let shipped = releases.iter().flat_map(|&release| crate::catalog::shipped(release)).map(|(name, _)| name);
    let mut names: BTreeSet<&str> =
        if cluster.servers().is_empty() { BTreeSet::new() } else { shipped.collect() };
    names.extend(cluster.charts.iter().map(|chart| chart.name.as_str()).filter(|name| !name.is_empty()));
    names.into_iter().map(|name| Chart::of(name, cluster, places)).collect()
}

impl Chart {
    fn of(name: &str, cluster: &Cluster<'_>, places: &Places<'_>) -> Self {
        let packaged = cluster.is_packaged(name);
        let (state, decided_by) = match packaged {
            true => state(name, cluster, places),
            // A manifest of the tree installs it.
            false if cluster.helm_charts(name).next().is_some() => (ChartState::Deployed, None),
            false if is_packaged(name) || cluster.may_install_any_chart() => (ChartState::Unknown, None),
            false => (ChartState::Missing, None),
        };
        let versions = if packaged {
            cluster.versions(name).iter().flatten().map(ToString::to_string).collect()
        } else {
            Vec::new()
        };
        let objects = cluster.charts.iter().filter(|object| object.name == name);
        Self {
            name: name.to_owned(),
            packaged,
            versions,
            state,
            decided_by,
            sources: objects.map(|object| Source::of(object, cluster, places)).collect(),
        }
    }
}

/// Whether a packaged chart is deployed, and the setting that decides this.
fn state(name: &str, cluster: &Cluster<'_>, places: &Places<'_>) -> (ChartState, Option<Decision>) {
    let decision = |key, origin| Some(Decision { key, origin });
    // If `disable` is unknown, it may list the chart.
    let is_kept = match Disabled::of(cluster, places, name) {
        Disabled::At(origin) => return (ChartState::Disabled, decision("disable", origin)),
        Disabled::No => true,
        Disabled::Unknown => false,
    };
    let Some(Selector { key, word }) = selector(name) else {
        return (if is_kept { ChartState::Deployed } else { ChartState::Unknown }, None);
    };
    let (known, word) = match (key, word) {
        ("cni", "multus") => {
            (agreed(cluster, places, |server| cluster.multus(Some(server))), Json::Bool(true))
        }
        ("cni", _) => (agreed(cluster, places, |server| cluster.cni(Some(server))), Json::from(word)),
        ("ingress-controller", _) => {
            (agreed(cluster, places, |server| cluster.ingress(Some(server))), Json::from(word))
        }
        _ => (agreed(cluster, places, |server| server.fact(key)), Json::from(word)),
    };
    let Known { value, known: true, origin } = known else { return (ChartState::Unknown, None) };
    let is_selected = match &value {
        Json::Array(words) => words.contains(&word),
        value => *value == word,
    };
    let state = match is_selected {
        true if !is_kept => return (ChartState::Unknown, None),
        true => ChartState::Deployed,
        false => ChartState::NotSelected,
    };
    (state, decision(key, origin.unwrap_or(Origin::Default)))
}

impl Source {
    fn of<'a>(object: &ChartObject<'a>, cluster: &Cluster<'a>, places: &Places<'_>) -> Self {
        let layers = cluster.values(object);
        let mut values = Vec::new();
        flatten(&layers, &mut Vec::new(), places, &mut values);
        for (path, entry) in &layers.set {
            values.retain(|value: &Value| value.path != *path);
            values.push(Value::of(path, &Datum::of(entry.value), places.origin(entry.label_span())));
        }
        let views =
            if cluster.is_packaged(&object.name) { cluster.views(&object.name) } else { Cow::default() };
        for value in values.iter_mut().filter(|_| !views.is_empty()) {
            let is_read = views.iter().any(|view| view.lookup(&value.path).is_accepted());
            value.ignored = (!is_read).then_some("not a value of the chart");
        }
        Self {
            kind: match object.kind {
                HelmKind::Chart => "HelmChart",
                HelmKind::Config => "HelmChartConfig",
            },
            origin: places.origin(object.object.label_span()),
            namespace: object.namespace(),
            incomplete: layers.incomplete,
            ignored: ignored(object, cluster),
            values,
        }
    }
}

/// Why an object has no effect. helm-controller finds the HelmChart of a HelmChartConfig by name and namespace.
fn ignored(object: &ChartObject<'_>, cluster: &Cluster<'_>) -> Option<&'static str> {
    let namespace = object.namespace();
    let is_elsewhere = object.kind == HelmKind::Config
        && !object.is_open()
        && !object.patched
        && cluster.is_packaged(&object.name)
        && namespace != SYSTEM_NAMESPACE
        && cluster.helm_chart(&object.name, &namespace).is_none();
    is_elsewhere.then_some("the chart is in kube-system")
}

/// The leaves under a path after Helm merges the layers.
fn flatten(layers: &ValueLayers<'_>, path: &mut Vec<String>, places: &Places<'_>, values: &mut Vec<Value>) {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    for name in layers.children(&names) {
        path.push(name.to_string());
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        match layers.lookup(&names) {
            Written::Entry(entry)
                if entry.value.kind() == Kind::Mapping && entry.value.entries().next().is_some() =>
            {
                flatten(layers, path, places, values);
            }
            Written::Entry(entry) => {
                values.push(Value::of(path, &Datum::of(entry.value), places.origin(entry.label_span())));
            }
            Written::Absent(_) | Written::Deleted(_) | Written::Unknown => {}
        }
        path.pop();
    }
}
