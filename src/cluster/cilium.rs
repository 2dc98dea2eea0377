//! The combined meaning of the values of rke2-cilium. Produces no findings.

use super::Cluster;
use super::effective::Effective;
use super::fact::{Datum, Fact};
use crate::catalog::{self, compare_versions};

/// The packaged chart.
pub const CHART: &str = "rke2-cilium";

/// The values that Cilium's agents accept for routing and tunnels, by key.
pub const ROUTING: [(&str, &[&str]); 2] =
    [("routingMode", &["tunnel", "native"]), ("tunnelProtocol", &["vxlan", "geneve"])];

/// How far Cilium replaces kube-proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KubeProxyReplacement {
    /// For all Services.
    Full,
    /// For some kinds of Services.
    Partial,
    /// Not at all.
    Off,
    /// Unknown.
    Unknown,
}

/// Values that enable the replacement for some kinds of Services only.
const PARTS: [[&str; 2]; 3] = [["nodePort", "enabled"], ["socketLB", "enabled"], ["externalIPs", "enabled"]];

/// Evaluates `kubeProxyReplacement` and the values that affect it.
pub fn kube_proxy_replacement(values: &Effective<'_, '_>) -> KubeProxyReplacement {
    if agent_option(values, "kube-proxy-replacement") != Some(false) {
        return KubeProxyReplacement::Unknown;
    }
    let off = match values.fact(&["kubeProxyReplacement"]) {
        Fact::Unknown => return KubeProxyReplacement::Unknown,
        Fact::Absent(_) => true,
        Fact::Known(found) => match &found.value {
            Datum::Bool(true) => return KubeProxyReplacement::Full,
            Datum::Bool(false) | Datum::Null => true,
            Datum::Text(text) => match text.as_ref() {
                "true" | "strict" => return KubeProxyReplacement::Full,
                "partial" | "probe" => return KubeProxyReplacement::Partial,
                "false" | "disabled" | "" => true,
                _ => false,
            },
            _ => false,
        },
    };
    let parts: Vec<_> = PARTS.iter().map(|path| values.written(path).is_true()).collect();
    // One chart version rendered `probe` by default.
    let probes = !values.all_versions(|version| version != "1.12.001");
    if parts.contains(&Some(true)) {
        KubeProxyReplacement::Partial
    } else if off && !probes && !parts.contains(&None) {
        KubeProxyReplacement::Off
    } else {
        KubeProxyReplacement::Unknown
    }
}

/// Whether `extraConfig` or `extraArgs` pass an option to the agent directly, bypassing the chart's own values.
pub fn agent_option(values: &Effective<'_, '_>, name: &str) -> Option<bool> {
    let config = match values.fact(&["extraConfig", name]) {
        Fact::Unknown => return None,
        Fact::Absent(_) => false,
        Fact::Known(_) => true,
    };
    match values.fact(&["extraArgs"]) {
        Fact::Unknown => None,
        Fact::Absent(_) => Some(config),
        Fact::Known(found) => {
            let mut arguments = found.value.elements().into_iter();
            if arguments.any(|argument| *argument == Datum::Opaque) {
                return None;
            }
            let given = found.value.elements().into_iter().filter_map(Datum::as_text).any(|argument| {
                argument.trim_start_matches('-').split('=').next().is_some_and(|given| given == name)
            });
            Some(config || given)
        }
    }
}

/// Whether native routing is selected: by `routingMode`, or by `tunnel`, which had this purpose before chart 1.15.
pub fn is_native_routing(values: &Effective<'_, '_>) -> Option<bool> {
    let is = |path: &str, word: &str| match values.fact(&[path]) {
        Fact::Unknown => None,
        Fact::Absent(_) => Some(false),
        Fact::Known(found) => Some(found.value.as_text().is_some_and(|text| text == word)),
    };
    let old =
        || if values.has_change("cilium-routing-mode") { Some(false) } else { is("tunnel", "disabled") };
    match is("routingMode", "native") {
        Some(false) => old(),
        known => known,
    }
}

/// Whether pods get their addresses from a cloud, which also determines the routing mode.
pub fn is_cloud_mode(values: &Effective<'_, '_>) -> Option<bool> {
    let enabled = ["eni", "alibabacloud", "azure", "gke"].map(|cloud| values.is_true(&[cloud, "enabled"]));
    let by_mode = match values.fact(&["ipam", "mode"]) {
        Fact::Unknown => None,
        Fact::Absent(_) => Some(false),
        Fact::Known(found) => Some(
            found
                .value
                .as_text()
                .is_some_and(|mode| matches!(mode.as_ref(), "eni" | "alibabacloud" | "azure")),
        ),
    };
    let all: Vec<_> = enabled.into_iter().chain([by_mode]).collect();
    if all.contains(&Some(true)) {
        Some(true)
    } else if all.contains(&None) {
        None
    } else {
        Some(false)
    }
}

/// The oldest kernel that upstream supports for the oldest packaged Cilium among the target releases. The patch number
/// is significant, as in 4.19.57.
pub fn oldest_kernel(cluster: &Cluster<'_>) -> Option<Vec<u64>> {
    let shipped = cluster.versions(CHART);
    let versions: Option<Vec<&str>> = shipped.iter().copied().collect();
    let oldest = versions?.into_iter().min_by(|a, b| compare_versions(a, b))?;
    let rows = catalog::kernels().iter().filter(|row| row.chart == CHART);
    let row = rows.rev().find(|row| compare_versions(oldest, &row.from).is_ge())?;
    row.kernel.split('.').map(|part| part.parse().ok()).collect()
}

/// The version number of a kernel in the usual notation.
pub fn kernel_words(numbers: &[u64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
}
