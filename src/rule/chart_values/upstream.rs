//! Values of upstream charts that RKE2 repackages: a HelmChart of `cilium` is checked against the versions of
//! rke2-cilium that were built from it. The packaged charts have other defaults and images, so only mistakes that do not
//! depend on defaults are reported.

use super::{Verdict, walk};
use crate::catalog::{self, ChartView};
use crate::cluster::Cluster;
use crate::cluster::charts::ChartObject;
use crate::finding::Severity;
use crate::rke2::object::HelmKind;
use crate::rule::Draft;
use crate::yaml::{NodeRef, template_mark};

/// An upstream chart that RKE2 repackages.
struct Upstream {
    /// Its name.
    chart: &'static str,
    /// Where it is published: repository addresses, and OCI references that include its name.
    places: &'static [&'static str],
    /// The packaged chart.
    packaged: &'static str,
    /// The first minor version with a schema that rejects unknown keys; RKE2 removes the schema.
    strict: Option<(u64, u64)>,
    /// Values that RKE2 removes from the chart.
    own: &'static [&'static [&'static str]],
}

/// Sources: `url` in `packages/*/package.yaml` of rancher/rke2-charts, and the installation guide of each project.
const UPSTREAM: [Upstream; 6] = [
    Upstream {
        chart: "cilium",
        places: &["helm.cilium.io", "quay.io/cilium/charts/cilium"],
        packaged: "rke2-cilium",
        strict: None,
        own: &[],
    },
    Upstream {
        chart: "traefik",
        places: &["traefik.github.io/charts", "helm.traefik.io/traefik", "ghcr.io/traefik/helm/traefik"],
        packaged: "rke2-traefik",
        strict: Some((31, 1)),
        own: &[],
    },
    Upstream {
        chart: "coredns",
        places: &["coredns.github.io/helm", "ghcr.io/coredns/charts/coredns"],
        packaged: "rke2-coredns",
        strict: None,
        own: &[&["service", "clusterIPs"]],
    },
    Upstream {
        chart: "ingress-nginx",
        places: &["kubernetes.github.io/ingress-nginx"],
        packaged: "rke2-ingress-nginx",
        strict: None,
        own: &[],
    },
    Upstream {
        chart: "tigera-operator",
        places: &[
            "docs.tigera.io/calico/charts",
            "docs.projectcalico.org/charts",
            "projectcalico.docs.tigera.io/charts",
        ],
        packaged: "rke2-calico",
        strict: None,
        own: &[],
    },
    Upstream {
        chart: "metrics-server",
        places: &["kubernetes-sigs.github.io/metrics-server"],
        packaged: "rke2-metrics-server",
        strict: None,
        own: &[],
    },
];

/// RKE2's own chart repository. A HelmChart with any name can install a packaged chart from it.
const PACKAGED_CHARTS: &str = "rke2-charts.rancher.io";

/// The chart that a HelmChart installs, if it is a packaged chart or the upstream of one.
#[derive(Debug)]
pub struct Source {
    /// The packaged chart.
    pub(super) packaged: &'static str,
    /// The installed chart with its version, for messages.
    pub(super) label: String,
    /// The packaged versions with the same minor version; all versions if there is none.
    pub(super) views: Vec<ChartView<'static>>,
    /// Whether the chart may have a schema with which Helm rejects unknown keys.
    pub(super) may_reject: bool,
    /// Values of the chart that the packaged one does not have.
    own: &'static [&'static [&'static str]],
}

impl Source {
    /// The chart that a HelmChart installs; `None` if no packaged chart is built from it.
    fn of(object: &ChartObject<'_>) -> Option<Self> {
        let spec = object.object.spec()?;
        let text = |field: &str| spec.get(field).and_then(NodeRef::text).filter(|text| !text.is_empty());
        let chart = text("chart")?;
        let (place, name) = match text("repo") {
            Some(repo) => (address(repo), chart),
            None => (address(chart), chart.rsplit('/').next()?),
        };
        let upstream = UPSTREAM.iter().find(|known| known.chart == name);
        let packaged = match upstream {
            Some(known) => known.places.contains(&place).then_some(known.packaged)?,
            None => catalog::charts().find(|packaged| *packaged == name && place == PACKAGED_CHARTS)?,
        };
        let version = text("version").filter(|version| template_mark(version).is_none());
        let values = catalog::chart(packaged)?;
        let views = || values.versions().filter_map(|version| values.at(version));
        let wanted = version.and_then(minor);
        let mut same: Vec<ChartView<'static>> =
            views().filter(|view| wanted.is_some() && minor(view.version()) == wanted).collect();
        if same.is_empty() {
            same = views().collect();
        }
        let label = match version {
            Some(version) => format!("{name} {version}"),
            None => name.to_owned(),
        };
        let strict = upstream.and_then(|known| known.strict);
        let may_reject = strict.is_some_and(|since| wanted.is_none_or(|version| version >= since));
        let own = upstream.map_or(&[][..], |known| known.own);
        Some(Self { packaged, label, views: same, may_reject, own })
    }

    /// Whether the chart has a value that the packaged one does not have.
    pub(super) fn has_own(&self, path: &[String]) -> bool {
        self.own.iter().any(|own| own.iter().eq(path))
    }
}

/// A repository or chart without scheme and trailing slash.
fn address(text: &str) -> &str {
    text.split_once("://").map_or(text, |(_, rest)| rest).trim_end_matches('/')
}

/// The major and minor of a version; `None` for a range.
fn minor(version: &str) -> Option<(u64, u64)> {
    let mut parts = version.strip_prefix('v').unwrap_or(version).splitn(3, '.');
    let mut number = || parts.next()?.parse().ok();
    let found = (number()?, number()?);
    parts.next()?.starts_with(|c: char| c.is_ascii_digit()).then_some(found)
}

/// Checks the values of an upstream chart in a HelmChart and in the HelmChartConfig of the same name.
pub fn drafts(cluster: &Cluster<'_>, chart: &ChartObject<'_>) -> Vec<Draft> {
    if chart.kind != HelmKind::Chart || chart.patched || chart.is_open() {
        return Vec::new();
    }
    let Some(source) = Source::of(chart) else { return Vec::new() };
    let namespace = chart.namespace();
    let of_chart = |config: &&ChartObject<'_>| config.namespace() == namespace && !config.patched;
    let objects = std::iter::once(chart).chain(cluster.chart_configs(&chart.name).filter(of_chart));
    let faults = objects.flat_map(|object| walk::faults(cluster, object, Some(&source)));
    let reported = faults.filter(|fault| {
        let certain = matches!(fault.draft.severity, None | Some(Severity::Error));
        let by_name = !matches!(
            fault.verdict,
            Verdict::ForeignValues
                | Verdict::ListReplaced
                | Verdict::DefaultsDeleted
                | Verdict::Unread
                | Verdict::Injected
                // RKE2 did not rename the key in the same version as the upstream chart.
                | Verdict::TraefikNginx
        );
        certain && by_name
    });
    reported.map(|fault| Draft { severity: None, ..fault.draft }).collect()
}

/// Whether a path is part of an image setting. RKE2 replaces all of these in its charts.
pub(super) fn is_of_image<S: AsRef<str>>(path: &[S]) -> bool {
    path.iter().any(|key| key.as_ref().to_ascii_lowercase().ends_with("image"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_packaged_chart_of_the_table_exists() {
        for known in UPSTREAM {
            assert!(catalog::chart(known.packaged).is_some(), "{}", known.packaged);
        }
    }

    #[test]
    fn only_a_whole_version_has_a_minor() {
        assert_eq!(minor("v1.17.3"), Some((1, 17)));
        assert_eq!(minor("34.2.002"), Some((34, 2)));
        assert_eq!(minor("1.17.x"), None);
        assert_eq!(minor(">=1.17.0"), None);
        assert_eq!(minor("1.17"), None);
    }
}
