//! Hand-maintained tables, each row with its source: `catalog/kept`. This module must not look at files.

use serde::{Deserialize, Serialize};

use super::compare_versions;
use crate::release::Release;

/// A value of a packaged chart that has another name or place in newer versions, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovedValue {
    /// The chart.
    pub chart: String,
    /// The value that was removed; `*` matches any key.
    pub from: Vec<String>,
    /// The places that may have taken over, the best first; `*` is replaced by the key that `*` matched. Empty: the
    /// value has no successor.
    pub to: Vec<Vec<String>>,
    /// What to know when the value is removed.
    pub advice: Option<String>,
    /// Whether newer versions of the chart fail to install with the value. Without it, Helm silently ignores the value.
    pub refused: bool,
    /// The first and the last version with whose templates Helm fails on the value, where others ignore it.
    pub fails: Option<(String, String)>,
    /// Where the facts come from.
    pub source: String,
}

impl MovedValue {
    /// Whether Helm fails on the value with a version that has no guard against it.
    pub fn fails_at(&self, version: &str) -> bool {
        self.fails.as_ref().is_some_and(|(first, last)| {
            compare_versions(version, first).is_ge() && compare_versions(version, last).is_le()
        })
    }

    /// The places that may have taken over, with the keys of a written path in place of `*`.
    pub fn successors(&self, written: &[String]) -> impl Iterator<Item = Vec<String>> {
        self.to.iter().map(move |successor| {
            let fill = |(index, key): (usize, &String)| match written.get(index) {
                Some(written) if key == "*" => written.clone(),
                _ => key.clone(),
            };
            successor.iter().enumerate().map(fill).collect()
        })
    }
}

/// An API version of Kubernetes that newer API servers do not serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemovedApi {
    /// `apiVersion`.
    pub api: String,
    /// `kind`.
    pub kind: String,
    /// The first minor of Kubernetes without it.
    pub removed: u16,
    /// What serves the kind since; `None`: nothing does.
    pub served: Option<String>,
    /// Where the facts come from.
    pub source: String,
}

/// The oldest kernel that a packaged chart runs on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kernel {
    /// The chart.
    pub chart: String,
    /// The first version of the chart that needs the kernel.
    pub from: String,
    /// The kernel as its makers state it: 4.19.57 is not a rounding.
    pub kernel: String,
    /// Where the facts come from.
    pub source: String,
}

/// A field of `HelmChart.spec`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChartField {
    /// Its name.
    pub field: String,
    /// The first release of each minor that has it, oldest first; newer minors than the last have it from the start,
    /// older ones than the first never. Empty: every release.
    #[serde(with = "texts")]
    pub since: Vec<Release>,
    /// Whether `HelmChartConfig.spec` has it too, since the same releases.
    pub config: bool,
    /// Where the facts come from.
    pub source: String,
}

impl ChartField {
    /// Whether a release has the field.
    pub fn is_in(&self, release: Release) -> bool {
        is_since(&self.since, release)
    }

    /// The first releases that have the field, newest first, in words; empty when all have it.
    pub fn first_releases(&self) -> String {
        let words = self.since.iter().rev().map(|first| match first.revision {
            1 => format!("v1.{}.{}", first.minor, first.patch),
            _ => first.to_string(),
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

/// Something that RKE2 or a packaged chart does since a release or a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// The first release of each minor with it, as for [`ChartField::since`]; empty for a chart.
    #[serde(with = "texts")]
    pub since: Vec<Release>,
    /// The chart and its first version with it.
    pub chart: Option<(String, String)>,
    /// What it is, in one sentence.
    pub what: String,
    /// Where the facts come from.
    pub source: String,
}

impl Change {
    /// Whether a release has it.
    pub fn is_in(&self, release: Release) -> bool {
        is_since(&self.since, release)
    }
}

/// Whether a release is one of those from the first releases on: each minor has its own, newer minors have what the
/// last one has, and older minors have nothing.
fn is_since(first: &[Release], release: Release) -> bool {
    let Some(oldest) = first.first() else { return true };
    match first.iter().find(|first| first.minor == release.minor) {
        Some(first) => release >= *first,
        None => release.minor > oldest.minor,
    }
}

/// Releases in words.
mod texts {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::release::Release;

    pub fn serialize<S: Serializer>(releases: &[Release], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(releases.iter().map(ToString::to_string))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Release>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> &'static ChartField {
        crate::catalog::chart_fields().iter().find(|field| field.field == name).unwrap()
    }

    #[test]
    fn fields_came_with_backports() {
        let has = |name: &str, release: &str| field(name).is_in(release.parse().unwrap());
        assert!(has("chart", "v1.20.0+rke2r1"));
        assert!(!has("values", "v1.33.10+rke2r1") && has("values", "v1.33.11+rke2r1"));
        assert!(!has("values", "v1.32.99+rke2r1") && has("values", "v1.36.0+rke2r1"));
        assert!(!has("serverSide", "v1.33.13+rke2r1") && has("serverSide", "v1.33.13+rke2r2"));
        assert!(!has("serverSide", "v1.36.2+rke2r1") && has("serverSide", "v1.36.3+rke2r1"));
        assert!(!has("backOffLimit", "v1.24.16+rke2r1") && has("backOffLimit", "v1.24.17+rke2r1"));
        assert!(!has("authSecret", "v1.24.13+rke2r1") && has("authSecret", "v1.24.14+rke2r1"));
        assert!(has("takeOwnership", "v1.35.0+rke2r1") && !has("takeOwnership", "v1.30.14+rke2r1"));
    }
}
