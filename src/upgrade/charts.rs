//! The charts and components that change on an upgrade. Must not look at files.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::catalog::{self, chart_version};
use crate::cluster::chosen::selector;
use crate::release::Release;

/// A chart whose version at the target differs from today's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChartStep {
    /// The chart.
    pub chart: &'static str,
    /// The versions on the path, each with the first release of the path that ships it; `None` where it is not shipped.
    pub versions: Vec<(String, Option<&'static str>)>,
    /// Whether the files choose the chart or set values for it.
    pub chosen: bool,
}

/// The charts that change on the path and that the clusters may run. `chosen` are those that the files mention.
pub fn steps(path: &[Release], chosen: &BTreeSet<&str>) -> Vec<ChartStep> {
    let is_chosen = |chart: &str| chosen.contains(chart.strip_suffix("-crd").unwrap_or(chart));
    let may_run = |chart: &&str| is_chosen(chart) || selector(chart).is_none();
    let step = |chart: &'static str| {
        let mut versions: Vec<(String, Option<&'static str>)> = Vec::new();
        for release in path {
            let version = chart_version(*release, chart);
            if versions.last().is_none_or(|(_, last)| *last != version) {
                versions.push((release.to_string(), version));
            }
        }
        (versions.len() > 1).then(|| ChartStep { chart, versions, chosen: is_chosen(chart) })
    };
    catalog::charts().filter(may_run).filter_map(step).collect()
}
