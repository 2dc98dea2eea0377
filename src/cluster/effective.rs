//! The effective values of one packaged chart, and the chart versions that read them. Produces no findings.

use super::Cluster;
use super::charts::ChartObject;
use super::fact::{Datum, Fact};
use crate::catalog::{ChartView, Types, chart_has_change};
use crate::rke2::values::{ValueLayers, Written};
use crate::source::Span;
use crate::yaml::{Kind, NodeRef, Value, template_mark};

/// Keys that enable parts of a chart.
const SWITCHES: &[&str] = &["enabled", "create", "install"];

/// The values of one packaged chart.
#[derive(Debug)]
pub struct Effective<'c, 'a> {
    chart: &'c str,
    layers: ValueLayers<'a>,
    cluster: &'c Cluster<'a>,
}

impl<'a> Cluster<'a> {
    /// The effective values of an object of helm-controller.
    pub fn effective<'c>(&'c self, object: &'c ChartObject<'a>) -> Effective<'c, 'a> {
        Effective { chart: &object.name, layers: self.values(object), cluster: self }
    }

    /// The values of a packaged chart from its only HelmChartConfig. `None` when there is none, or when there are
    /// several, which may be variants.
    pub fn effective_of<'c>(&'c self, chart: &'c str) -> Option<Effective<'c, 'a>> {
        let mut configs = self.chart_configs(chart);
        match (configs.next(), configs.next()) {
            (Some(config), None) if self.is_packaged(chart) && !config.patched => {
                Some(self.effective(config))
            }
            _ => None,
        }
    }
}

impl<'a> Effective<'_, 'a> {
    /// The same values, assuming that nothing outside the tree adds to them.
    pub fn in_view(&self) -> Self {
        let layers = ValueLayers { incomplete: false, ..self.layers.clone() };
        Self { layers, ..*self }
    }

    /// The effective value at a path.
    pub fn fact(&self, path: &[&str]) -> Fact<'a> {
        self.cluster.value_fact(&self.layers, self.chart, path)
    }

    /// The value that the user wrote, without defaults, which may differ between releases.
    pub fn written(&self, path: &[&str]) -> Fact<'a> {
        match self.layers.lookup(path) {
            Written::Entry(entry) => Fact::of_entry(entry),
            Written::Unknown => Fact::Unknown,
            Written::Absent(near) => Fact::Absent(near.map(|entry| entry.key.span())),
            Written::Deleted(entry) => Fact::Absent(Some(entry.label_span())),
        }
    }

    /// Whether a value is true; `None` when it is unknown.
    pub fn is_true(&self, path: &[&str]) -> Option<bool> {
        self.fact(path).is_true()
    }

    /// Whether a template treats a value as empty: missing, null, or an empty string, list or map.
    pub fn is_empty(&self, path: &[&str]) -> Option<bool> {
        match self.fact(path) {
            Fact::Unknown => None,
            Fact::Absent(_) => Some(true),
            Fact::Known(found) => Some(match found.value {
                Datum::Null => true,
                Datum::Text(text) => text.is_empty(),
                Datum::List(items) => items.is_empty(),
                Datum::Map(entries) => entries.is_empty(),
                _ => false,
            }),
        }
    }

    /// Whether all switches of the chart along a path are known to be on.
    pub fn parents_are_on<S: AsRef<str>>(&self, path: &[S]) -> bool {
        let views = self.cluster.views(self.chart);
        (0..=path.len()).all(|length| {
            SWITCHES.iter().all(|switch| {
                let parents = path[..length].iter().map(AsRef::as_ref);
                let place: Vec<&str> = parents.chain(std::iter::once(*switch)).collect();
                // A switch of Cilium may also be null: the chart then decides.
                let has = |view: &ChartView<'_>| {
                    view.lookup(&place)
                        .attr()
                        .is_some_and(|attr| attr.types | Types::NULL == Types::BOOL | Types::NULL)
                };
                !views.iter().any(has) || self.is_true(&place) == Some(true)
            })
        })
    }

    /// Whether something may be disabled by a value other than the one at `place`: some other value is empty, false or
    /// unknown.
    pub fn may_switch_off_besides(&self, place: Span) -> bool {
        let layers = &self.layers;
        layers.incomplete
            || layers.layers.iter().any(|root| holds_off(*root, place))
            || layers.set.iter().any(|(_, entry)| entry.key.span() != place && is_off(entry.value))
    }

    /// Whether a condition holds for the chart versions of all target releases.
    pub fn all_versions(&self, mut condition: impl FnMut(&str) -> bool) -> bool {
        let versions = self.cluster.versions(self.chart);
        !versions.is_empty() && versions.iter().all(|version| version.is_some_and(&mut condition))
    }

    /// Whether the chart has a change of `catalog/kept/changes.jsonl` in all target releases.
    pub fn has_change(&self, name: &str) -> bool {
        self.all_versions(|shipped| chart_has_change(name, self.chart, shipped))
    }

    /// Whether the chart lacks a change in all target releases; see [`Self::has_change`].
    pub fn lacks_change(&self, name: &str) -> bool {
        self.all_versions(|shipped| !chart_has_change(name, self.chart, shipped))
    }
}

/// Whether any value in a map, except that of the key at `place`, is empty or false.
fn holds_off(node: NodeRef<'_>, place: Span) -> bool {
    node.fields().into_iter().filter(|field| field.key.span() != place).any(|field| {
        match field.value.kind() {
            Kind::Mapping if field.value.entries().next().is_some() => holds_off(field.value, place),
            _ => is_off(field.value),
        }
    })
}

/// Whether a template treats a value as empty or false, or may do so because the value is filled in later.
fn is_off(value: NodeRef<'_>) -> bool {
    match (value.kind(), value.value()) {
        (Kind::Mapping, _) => value.entries().next().is_none(),
        (Kind::Sequence, _) => value.items().next().is_none(),
        (Kind::Scalar, Some(Value::Str(text))) => {
            text.is_empty() || text.eq_ignore_ascii_case("false") || template_mark(&text).is_some()
        }
        (Kind::Scalar, Some(Value::Null | Value::Bool(false) | Value::Int(0)) | None) => true,
        (Kind::Scalar, Some(_)) => false,
    }
}
