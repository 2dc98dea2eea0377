//! Packaged charts copied from a node (`manifests/rke2-cilium.yaml`): the values that their archives accept, and the
//! releases that ship them. Archives are decoded on demand. Produces no findings.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::charts::{self, ChartObject};
use crate::catalog::archive::{ArchiveChart, ArchiveError, from_chart_content};
use crate::catalog::{self, Target};
use crate::release::Release;
use crate::rke2::object::HelmKind;
use crate::yaml::{Entry, NodeRef};

/// The annotation with the address of the chart's source.
const CHART_URL: &str = "helm.cattle.io/chart-url";
/// The annotation that controls whether RKE2 writes its own values into `spec.set`.
const INJECT: &str = "rke2.cattle.io/inject-cluster-config";

/// A packaged chart in the tree, as RKE2 wrote it on a node.
#[derive(Debug)]
pub struct Generated<'a> {
    /// The chart's name.
    pub name: String,
    /// Index of its manifest.
    pub manifest: usize,
    /// `spec.chartContent`; `None` when the chart is fetched.
    pub content: Option<Entry<'a>>,
    url: Option<Cow<'a, str>>,
    annotations: Option<NodeRef<'a>>,
    archive: OnceLock<Option<Result<ArchiveChart, ArchiveError>>>,
}

impl<'a> Generated<'a> {
    /// The packaged charts among the objects of a cluster.
    pub fn of(charts: &[ChartObject<'a>]) -> Vec<Self> {
        charts
            .iter()
            .filter(|chart| chart.kind == HelmKind::Chart && charts::is_packaged(&chart.name))
            .filter_map(|chart| {
                let content = chart.object.spec()?.entry("chartContent");
                let annotations: Option<NodeRef<'a>> = chart.object.node.at(&["metadata", "annotations"]);
                let url = match content {
                    Some(_) => annotations.and_then(|node| node.get(CHART_URL)?.string()),
                    None => Some(chart.packaged_url()?),
                };
                let (name, manifest) = (chart.name.clone(), chart.manifest);
                Some(Self { name, manifest, content, url, annotations, archive: OnceLock::new() })
            })
            .collect()
    }

    /// The chart in `spec.chartContent`, decoded on first use; `None` when there is none, or a template fills it in.
    pub fn archive(&self) -> Option<&Result<ArchiveChart, ArchiveError>> {
        let decode = || {
            let text = self.content?.value.string()?;
            let text = text.trim();
            (!text.is_empty() && !self.is_opaque()).then(|| from_chart_content(text.as_bytes()))
        };
        self.archive.get_or_init(decode).as_ref()
    }

    /// Whether a template fills in the chart.
    pub fn is_opaque(&self) -> bool {
        self.content.is_some_and(|content| content.value.is_opaque())
    }

    /// Whether RKE2 writes its own values into `spec.set`, which it does unless the annotation is false.
    pub fn is_injected(&self) -> bool {
        self.annotation(INJECT)
            .is_none_or(|text| !matches!(text.as_ref(), "false" | "False" | "FALSE" | "f" | "F" | "0"))
    }

    /// Whether two copies are known to have the same version.
    pub fn same_version(&self, other: &Self) -> bool {
        let version = self.version_of_url();
        version.is_some() && version == other.version_of_url()
    }

    fn annotation(&self, name: &str) -> Option<Cow<'a, str>> {
        self.annotations?.get(name)?.string()
    }

    /// The version in the address of the chart's source: `…/rke2-cilium-1.19.601.tgz`.
    pub(super) fn version_of_url(&self) -> Option<&str> {
        let file = self.url.as_deref()?.rsplit('/').next()?.strip_suffix(".tgz")?;
        let version = file.strip_prefix(self.name.as_str())?.strip_prefix('-')?;
        // A placeholder is not a version.
        version.contains(|c: char| c.is_ascii_digit()).then_some(version)
    }
}

/// The releases that ship exactly the packaged charts of the tree, and a description of the charts that show it. An
/// archive is decoded for its version only if it is decoded in any case, because a `HelmChartConfig` configures the
/// chart.
pub fn release(generated: &[Generated<'_>], charts: &[ChartObject<'_>]) -> Option<(Target, String)> {
    let mut left: Option<Vec<Release>> = None;
    let mut sources = Vec::new();
    // A chart that is fetched may differ from the one that the release ships.
    for chart in generated.iter().filter(|chart| chart.content.is_some()) {
        let asked = || charts.iter().any(|other| other.kind == HelmKind::Config && other.name == chart.name);
        let version = chart.version_of_url().or_else(|| match asked().then(|| chart.archive()).flatten() {
            Some(Ok(archive)) => Some(archive.version.as_str()),
            _ => None,
        });
        let Some(version) = version else { continue };
        let ships = |release: &Release| catalog::chart_version(*release, &chart.name) == Some(version);
        let releases: Vec<Release> = match &left {
            Some(left) => left.iter().copied().filter(ships).collect(),
            None => catalog::releases().iter().copied().filter(ships).collect(),
        };
        // Charts of a release that is not in the catalogue, or of a node during an upgrade, do not determine a release.
        if releases.is_empty() {
            return None;
        }
        left = Some(releases);
        sources.push(format!("{} {version}", chart.name));
    }
    let target = Target::one_of(left?)?;
    let more =
        if sources.len() > 1 { format!(" and {} more charts", sources.len() - 1) } else { String::new() };
    Some((target, format!("the chart {}{more} in the tree", sources.first()?)))
}
