//! The fields of a HelmChartConfig by release: what the CRD of each helm-controller has. See semantics.md 4.1.
//! This module must not judge.

use std::sync::LazyLock;

use super::release::{Release, ReleaseRange};

/// A field of `spec` with the releases that have it.
struct Field {
    name: &'static str,
    /// Alternatives; empty: always.
    releases: &'static [&'static str],
}

const FIELDS: &[Field] = &[
    Field { name: "valuesContent", releases: &[] },
    Field { name: "failurePolicy", releases: &[] },
    Field {
        name: "valuesSecrets",
        releases: &[">=1.33.0", ">=1.32.4 <1.33", ">=1.31.8 <1.32", ">=1.30.12 <1.31"],
    },
    Field { name: "values", releases: &[">=1.36.0", ">=1.35.4 <1.36", ">=1.34.7 <1.35", ">=1.33.11 <1.34"] },
    Field { name: "serverSide", releases: SERVER_SIDE },
    Field { name: "forceConflicts", releases: SERVER_SIDE },
];

const SERVER_SIDE: &[&str] = &[">=1.36.3", ">=1.35.7 <1.36", ">=1.34.10 <1.35", ">=v1.33.13+rke2r2 <1.34"];

/// Fields that a HelmChart has and a HelmChartConfig has not.
pub const CHART_ONLY: &[&str] = &[
    "set",
    "chart",
    "version",
    "repo",
    "repoCA",
    "repoCAConfigMap",
    "targetNamespace",
    "createNamespace",
    "bootstrap",
    "takeOwnership",
    "helmVersion",
    "chartContent",
    "jobImage",
    "timeout",
    "backOffLimit",
    "driver",
    "authSecret",
    "authPassCredentials",
    "insecureSkipTLSVerify",
    "plainHTTP",
    "dockerRegistrySecret",
    "podSecurityContext",
    "securityContext",
];

static RANGES: LazyLock<Vec<(&'static str, Option<ReleaseRange>)>> = LazyLock::new(|| {
    let range = |field: &Field| ReleaseRange::parse(field.releases.iter().copied()).ok();
    FIELDS.iter().map(|field| (field.name, range(field).filter(|_| !field.releases.is_empty()))).collect()
});

/// The names of all fields that some release has.
pub fn config_fields() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|field| field.name)
}

/// Whether a HelmChartConfig of a release has a field; `None` when no release does.
pub fn has_field(name: &str, release: Release) -> Option<bool> {
    let (_, range) = RANGES.iter().find(|(known, _)| *known == name)?;
    Some(range.as_ref().is_none_or(|range| range.contains(release)))
}

/// The first release of each maintained minor that has a field, in words.
pub fn field_since(name: &str) -> Option<String> {
    let field = FIELDS.iter().find(|field| field.name == name)?;
    let firsts = field.releases.iter().filter_map(|range| range.split_whitespace().next());
    let words: Vec<String> =
        firsts.map(|first| format!("v{}", first.trim_start_matches(['>', '=', 'v']))).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_came_with_helm_controller() {
        let has = |name, text: &str| has_field(name, text.parse().unwrap());
        assert_eq!(has("values", "v1.34.6+rke2r1"), Some(false));
        assert_eq!(has("values", "v1.34.7+rke2r1"), Some(true));
        assert_eq!(has("serverSide", "v1.33.13+rke2r1"), Some(false));
        assert_eq!(has("serverSide", "v1.33.13+rke2r2"), Some(true));
        assert_eq!(has("valuesContent", "v1.20.0+rke2r1"), Some(true));
        assert_eq!(has("set", "v1.36.0+rke2r1"), None);
        assert_eq!(field_since("values").unwrap(), "v1.36.0, v1.35.4, v1.34.7, v1.33.11");
    }
}
