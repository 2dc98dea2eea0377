//! ServiceMonitors that charts ask for, and who brings their definition. This module must not judge.

use super::Cluster;
use super::charts::ChartObject;

impl Cluster<'_> {
    /// Whether an object is applied when a cluster starts for the first time: elsewhere it is applied to one that runs,
    /// and that may have definitions which nobody sees here.
    pub fn is_applied_at_bootstrap(&self, object: &ChartObject<'_>) -> bool {
        let root = self.manifests[object.manifest].root.as_ref();
        root.is_some_and(|root| root.certain || !self.nodes.is_empty())
    }

    /// Whether some manifest defines what the Prometheus operator watches, or may.
    pub fn may_define_monitors(&self) -> bool {
        self.may_hold("CustomResourceDefinition", |name| name.ends_with("monitoring.coreos.com"))
    }
}
