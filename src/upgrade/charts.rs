//! The charts and components that change on an upgrade. This module must not look at files.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::catalog::{self, chart_version};
use crate::rke2::release::Release;

/// A chart of another version at the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChartStep {
    /// The chart.
    pub chart: &'static str,
    /// The versions on the path, each with the release that brings it; `None` where it is not shipped.
    pub versions: Vec<(String, Option<&'static str>)>,
    /// Whether the files choose the chart or set values for it.
    pub chosen: bool,
}

/// Charts of which RKE2 deploys some, as the configuration says: by the part of the name that tells the kind.
const OPTIONAL: &[&str] = &[
    "rke2-calico",
    "rke2-canal",
    "rke2-cilium",
    "rke2-flannel",
    "rke2-ingress-nginx",
    "rke2-multus",
    "rke2-traefik",
    "harvester-cloud-provider",
    "harvester-csi-driver",
    "rancher-vsphere-cpi",
    "rancher-vsphere-csi",
    "rke2-ovirt-csi-driver",
];

/// The charts that change on the path and that the clusters may run. `chosen`: those that the files speak of.
pub fn steps(path: &[Release], chosen: &BTreeSet<&str>) -> Vec<ChartStep> {
    let is_chosen = |chart: &str| chosen.contains(chart.strip_suffix("-crd").unwrap_or(chart));
    let may_run = |chart: &&str| {
        let name = chart.strip_suffix("-crd").unwrap_or(chart);
        is_chosen(chart) || !OPTIONAL.contains(&name)
    };
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
