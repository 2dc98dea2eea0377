//! The fields of `HelmChart.spec`, with the first releases that have them. See docs/internals/semantics.md, Fields. Produces no
//! findings.

use super::release::Release;

/// A field of `HelmChart.spec`: its name, and for each minor the first patch and revision that has it; a newer
/// minor than the last has it from the start, an older one than the first never. Empty: every release.
pub type ChartField = (&'static str, &'static [(u16, u16, u16)]);

/// All fields, by name.
pub const CHART_FIELDS: &[ChartField] = &[
    ("authPassCredentials", AUTH),
    ("authSecret", AUTH),
    ("backOffLimit", &[(24, 17, 1), (25, 13, 1), (26, 8, 1), (27, 5, 1), (28, 1, 1)]),
    ("bootstrap", &[]),
    ("chart", &[]),
    ("chartContent", &[]),
    ("createNamespace", &[(24, 15, 1), (25, 11, 1), (26, 6, 1), (27, 3, 1)]),
    ("dockerRegistrySecret", &[(24, 16, 1), (25, 12, 1), (26, 7, 1), (27, 4, 1)]),
    ("driver", DRIVER),
    ("failurePolicy", &[]),
    ("forceConflicts", SERVER_SIDE),
    ("helmVersion", &[]),
    ("insecureSkipTLSVerify", PLAIN_HTTP),
    ("jobImage", &[]),
    ("plainHTTP", PLAIN_HTTP),
    ("podSecurityContext", SECURITY_CONTEXT),
    ("repo", &[]),
    ("repoCA", &[]),
    ("repoCAConfigMap", AUTH),
    ("securityContext", SECURITY_CONTEXT),
    ("serverSide", SERVER_SIDE),
    ("set", &[]),
    ("takeOwnership", &[(31, 14, 1), (32, 10, 1), (33, 6, 1), (34, 2, 1)]),
    ("targetNamespace", &[]),
    ("timeout", &[]),
    ("values", DRIVER),
    ("valuesContent", &[]),
    ("valuesSecrets", &[(30, 12, 1), (31, 8, 1), (32, 4, 1)]),
    ("version", &[]),
];

const AUTH: &[(u16, u16, u16)] = &[(24, 14, 1), (25, 10, 1), (26, 5, 1), (27, 2, 1)];
const DRIVER: &[(u16, u16, u16)] = &[(33, 11, 1), (34, 7, 1), (35, 4, 1)];
const PLAIN_HTTP: &[(u16, u16, u16)] = &[(28, 14, 1), (29, 9, 1), (30, 5, 1), (31, 1, 1)];
const SECURITY_CONTEXT: &[(u16, u16, u16)] = &[(26, 13, 1), (27, 10, 1), (28, 6, 1), (29, 1, 1)];
const SERVER_SIDE: &[(u16, u16, u16)] = &[(33, 13, 2), (34, 10, 1), (35, 7, 1), (36, 3, 1)];

/// The fields that `HelmChartConfig.spec` has too, since the same releases.
pub const CONFIG_FIELDS: &[&str] =
    &["failurePolicy", "forceConflicts", "serverSide", "values", "valuesContent", "valuesSecrets"];

/// Whether a `HelmChartConfig` of a release has a field.
pub fn has_config_field(name: &str, release: Release) -> bool {
    CONFIG_FIELDS.contains(&name) && chart_field(name).is_some_and(|field| has_field(field, release))
}

/// The first releases that have a field, newest first, in words; empty when all have it.
pub fn first_releases((_, first): &ChartField) -> String {
    let words = first.iter().rev().map(|(minor, patch, revision)| match revision {
        1 => format!("v1.{minor}.{patch}"),
        _ => format!("v1.{minor}.{patch}+rke2r{revision}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// A field by its name.
pub fn chart_field(name: &str) -> Option<&'static ChartField> {
    CHART_FIELDS.iter().find(|(known, _)| *known == name)
}

/// Whether a release has a field.
pub fn has_field((_, first): &ChartField, release: Release) -> bool {
    let Some((oldest, ..)) = first.first() else { return true };
    match first.iter().find(|(minor, ..)| *minor == release.minor) {
        Some(&(minor, patch, revision)) => release >= Release::new(minor, patch, revision),
        None => release.minor > *oldest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_came_with_backports() {
        let has = |name: &str, release: &str| has_field(chart_field(name).unwrap(), release.parse().unwrap());
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
