//! The `ServiceMonitor`s that charts create, and what installs their CRD. Produces no findings.

use super::Cluster;
use super::charts::ChartObject;
use crate::rke2::object::{HelmKind, Object};

impl Cluster<'_> {
    /// Whether an object is applied when the cluster first starts. Otherwise it is applied to a running cluster, which
    /// may have CRDs that are not in the tree.
    pub fn is_applied_at_bootstrap(&self, object: &ChartObject<'_>) -> bool {
        let root = self.manifests[object.manifest].root.as_ref();
        root.is_some_and(|root| root.certain || !self.nodes.is_empty())
    }

    /// Whether the CRDs of the Prometheus operator may be installed first: by a manifest, or by a bootstrap chart,
    /// which does not wait for the network.
    pub fn may_define_monitors(&self) -> bool {
        let by_chart = || {
            self.objects().any(|object| {
                let bootstrap = object.spec().and_then(|spec| spec.get("bootstrap"));
                object.helm_kind() == Some(HelmKind::Chart)
                    && bootstrap.is_some_and(|node| !node.is_null())
                    && brings_monitoring(object)
            })
        };
        self.may_hold("CustomResourceDefinition", |name| name.ends_with("monitoring.coreos.com"))
            || by_chart()
    }
}

/// Whether the name of a HelmChart suggests that it installs the CRDs of the Prometheus operator.
fn brings_monitoring(chart: Object<'_>) -> bool {
    let source = chart.spec().and_then(|spec| spec.get("chart")?.text()).unwrap_or_default();
    [chart.name().as_deref().unwrap_or_default(), source]
        .iter()
        .any(|name| ["prometheus", "monitoring", "crd"].iter().any(|word| name.contains(word)))
}
