//! Hand-maintained tables, each row with its source: `catalog/kept`. This module must not look at files.

use serde::{Deserialize, Serialize};

use super::compare_versions;
use crate::release::Release;

/// A value of a packaged chart that newer versions have moved, renamed or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovedValue {
    /// The chart.
    pub chart: String,
    /// The path of the removed value; `*` matches any key.
    pub from: Vec<String>,
    /// Paths of possible successors, best first; `*` is replaced by the key that `*` matched. Empty if there is no
    /// successor.
    pub to: Vec<Vec<String>>,
    /// Advice for users of the removed value.
    pub advice: Option<String>,
    /// Whether newer versions of the chart fail to install with the value. Otherwise, Helm silently ignores the value.
    pub refused: bool,
    /// The first and last version whose templates fail on the value, although they have no guard against it.
    pub fails: Option<(String, String)>,
    /// Where the facts come from.
    pub source: String,
}

impl MovedValue {
    /// Whether the templates of a version fail on the value, although they have no guard against it.
    pub fn fails_at(&self, version: &str) -> bool {
        self.fails.as_ref().is_some_and(|(first, last)| {
            compare_versions(version, first).is_ge() && compare_versions(version, last).is_le()
        })
    }

    /// The paths of possible successors, with `*` replaced by the keys of the written path.
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

/// A Kubernetes API version that newer API servers no longer serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemovedApi {
    /// `apiVersion`.
    pub api: String,
    /// `kind`.
    pub kind: String,
    /// The first Kubernetes minor without it.
    pub removed: u16,
    /// The API version that replaces it; `None` if there is none.
    pub served: Option<String>,
    /// Where the facts come from.
    pub source: String,
}

/// The oldest kernel that a packaged chart supports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kernel {
    /// The chart.
    pub chart: String,
    /// The first version of the chart that requires the kernel.
    pub from: String,
    /// The kernel version as documented by upstream; its patch number is significant, as in 4.19.57.
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
    /// The first release of each minor that has it, oldest first. Minors newer than the last one have it from the
    /// start, those older than the first one never. Empty if every release has it.
    #[serde(with = "texts")]
    pub since: Vec<Release>,
    /// Whether `HelmChartConfig.spec` also has it, since the same releases.
    pub config: bool,
    /// Where the facts come from.
    pub source: String,
}

impl ChartField {
    /// Whether a release has the field.
    pub fn is_in(&self, release: Release) -> bool {
        is_since(&self.since, release)
    }

    /// The first releases that have the field, newest first, as text; empty if all releases have it.
    pub fn first_releases(&self) -> String {
        let words = self.since.iter().rev().map(|first| match first.revision {
            1 => format!("v1.{}.{}", first.minor, first.patch),
            _ => first.to_string(),
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

/// A behaviour of RKE2 or a packaged chart that was introduced in some release or version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// The first release of each minor with it, as in [`ChartField::since`]; empty for a chart.
    #[serde(with = "texts")]
    pub since: Vec<Release>,
    /// The chart, and its first version with the change.
    pub chart: Option<(String, String)>,
    /// A description in one sentence.
    pub what: String,
    /// Where the facts come from.
    pub source: String,
}

impl Change {
    /// Whether a release has the change.
    pub fn is_in(&self, release: Release) -> bool {
        is_since(&self.since, release)
    }
}

/// Whether a release is at or after the first release of its minor. Minors newer than the last one always are, those
/// older than the first one never.
fn is_since(first: &[Release], release: Release) -> bool {
    let Some(oldest) = first.first() else { return true };
    match first.iter().find(|first| first.minor == release.minor) {
        Some(first) => release >= *first,
        None => release.minor > oldest.minor,
    }
}

/// Releases as strings.
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
