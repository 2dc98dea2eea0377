//! The rows of `rke2-lint catalog` as plain data for renderers. This module must not format tables.

use std::collections::BTreeMap;

use serde::Serialize;

use super::attr::{Attr, Scalar, Types};
use super::history::{ReleaseSpan, path_history};
use super::{chart, chart_version, shipped};
use crate::release::Release;

/// A chart that a release ships.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShippedChart {
    /// The chart's name.
    pub chart: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// An accepted value of a chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueRow {
    /// The elements of the path; `*` is any key or list index.
    pub path: Vec<String>,
    /// The types of the value; empty when they are unknown.
    pub types: Types,
    /// The default, if it is a known scalar.
    pub default: Option<Scalar>,
    /// The only accepted values; empty if any value is accepted.
    #[serde(rename = "enum")]
    pub enum_values: Vec<Scalar>,
    /// Whether all keys under it are accepted.
    pub open: bool,
    /// Whether RKE2 sets the value, so that a `HelmChartConfig` cannot.
    pub injected: bool,
    /// The releases that accept it.
    pub releases: Vec<ReleaseSpan>,
}

/// The charts that a known release ships.
pub fn list_release(release: Release) -> Vec<ShippedChart> {
    shipped(release).map(|(chart, version)| ShippedChart { chart, version }).collect()
}

/// The values of a chart at and under a path: those of a known release, or those of all versions, each as in the newest
/// version that has it. `None` if the chart is unknown or the release does not ship it.
pub fn list_values<S: AsRef<str>>(name: &str, path: &[S], release: Option<Release>) -> Option<Vec<ValueRow>> {
    let values = chart(name)?;
    let mut rows: BTreeMap<Vec<&str>, &Attr> = BTreeMap::new();
    let versions: Vec<&str> = match release {
        Some(release) => vec![chart_version(release, name)?],
        None => values.versions().collect(),
    };
    for view in versions.into_iter().filter_map(|version| values.at(version)) {
        let below = view.paths().into_iter().filter(|(known, attr)| {
            let starts = path.iter().zip(known).all(|(wanted, key)| wanted.as_ref() == *key || *key == "*");
            starts && known.len() >= path.len() && !attr.is_guard_only()
        });
        rows.extend(below);
    }
    let row = |(path, attr): (Vec<&str>, &Attr)| ValueRow {
        types: attr.types,
        default: attr.default_value(),
        enum_values: attr.enum_values.clone(),
        open: attr.is_open(),
        injected: attr.flags.contains(super::Flags::INJECTED),
        releases: path_history(name, &path).map_or_else(Vec::new, |history| history.spans()),
        path: path.into_iter().map(str::to_owned).collect(),
    };
    Some(rows.into_iter().map(row).collect())
}
