//! The `ServiceMonitor`s that charts create, and what installs their CRD. Produces no findings.

use std::net::IpAddr;

use super::Cluster;
use super::charts::{ChartObject, is_packaged};
use crate::rke2::object::{HelmKind, Object};
use crate::rke2::url::JoinUrl;
use crate::yaml::{NodeRef, template_mark};

impl Cluster<'_> {
    /// Whether an object is applied when the cluster first starts. Otherwise it is applied to a running cluster, which
    /// may have CRDs that are not in the tree.
    pub fn is_applied_at_bootstrap(&self, object: &ChartObject<'_>) -> bool {
        let root = self.manifests[object.manifest].root.as_ref();
        root.is_some_and(|root| root.certain || !self.nodes.is_empty())
    }

    /// Whether the CRDs of the Prometheus operator may be installed in a cluster with DNS: by a manifest, a chart that is
    /// not RKE2's, or another tool. The name of a chart does not count, because it may depend on others.
    pub fn may_define_monitors(&self) -> bool {
        let is_own = |object: Object<'_>| object.name().is_none_or(|name| !is_packaged(&name));
        self.defines_monitors()
            || self.has_delivery()
            || self.objects().any(Object::is_open)
            || self.helm_objects().any(is_own)
    }

    /// Whether the CRDs may be installed while pods cannot resolve names: by a manifest, or by a chart that Helm can
    /// fetch nevertheless.
    pub fn may_define_monitors_without_dns(&self) -> bool {
        let by_chart = |object: Object<'_>| {
            let is_inside = || object.spec().is_some_and(|spec| spec.get("chartContent").is_some());
            is_early(object) && (may_bring_monitoring(object) || is_inside())
        };
        self.defines_monitors() || self.helm_objects().any(by_chart)
    }

    fn defines_monitors(&self) -> bool {
        self.may_hold("CustomResourceDefinition", |name| name.ends_with("monitoring.coreos.com"))
    }

    fn helm_objects(&self) -> impl Iterator<Item = Object<'_>> {
        self.objects().filter(|object| object.helm_kind() == Some(HelmKind::Chart))
    }
}

/// Whether a chart may be installable before pods can resolve names: it is a part of the object, or comes from an
/// address that needs no DNS or is filled in.
fn is_early(chart: Object<'_>) -> bool {
    let Some(spec) = chart.spec() else { return false };
    let text = |key: &str| spec.get(key).and_then(NodeRef::text).unwrap_or_default();
    let needs_no_dns = |url: &str| {
        let is_near = |host: &str| host.contains("KUBERNETES_API") || host.parse::<IpAddr>().is_ok();
        // An image of the job may contain a chart under a path.
        template_mark(url).is_some()
            || url.starts_with('/')
            || JoinUrl::parse(url).is_some_and(|url| url.scheme.is_some() && is_near(url.host))
    };
    spec.get("bootstrap").is_some_and(|node| !node.is_null())
        || spec.get("chartContent").is_some()
        || ["chart", "repo"].iter().any(|key| needs_no_dns(text(key)))
}

/// Whether the name of a HelmChart suggests, or may suggest, that it installs the CRDs of the Prometheus operator.
fn may_bring_monitoring(chart: Object<'_>) -> bool {
    let source = chart.spec().and_then(|spec| spec.get("chart")?.text()).unwrap_or_default();
    [chart.name().as_deref().unwrap_or_default(), source].iter().any(|name| {
        template_mark(name).is_some()
            || ["prometheus", "monitoring", "crd"].iter().any(|word| name.contains(word))
    })
}
