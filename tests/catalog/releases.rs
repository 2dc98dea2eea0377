//! From a release as it is written to the facts that count.

use rke2_lint::catalog::{self, Basis, Target, resolve};
use rke2_lint::rke2::release::{Release, ReleaseSpec};

fn spec(text: &str) -> ReleaseSpec {
    text.parse().unwrap()
}

#[test]
fn every_spelling_is_resolved() {
    for (text, data, basis) in [
        ("v1.34.2+rke2r1", "v1.34.2+rke2r1", Basis::Exact),
        ("1.34.2", "v1.34.2+rke2r1", Basis::Exact),
        ("v1.34.2-rke2r1", "v1.34.2+rke2r1", Basis::Exact),
        ("1.36", "v1.36.3+rke2r1", Basis::NewestPatch),
        ("v1.36.1", "v1.36.1+rke2r1", Basis::Exact),
        ("v1.36.1+rke2r2", "v1.36.1+rke2r2", Basis::Exact),
        ("v1.36.1-rc2+rke2r1", "v1.36.1+rke2r1", Basis::Candidate),
        ("v1.33.13-rc7+rke2r2", "v1.33.13+rke2r2", Basis::Candidate),
        ("v1.33.13-rc7+rke2r1", "v1.33.13+rke2r1", Basis::Candidate),
        ("v1.36.9", "v1.36.3+rke2r1", Basis::Newer),
        ("v1.36.9-rc1+rke2r1", "v1.36.3+rke2r1", Basis::Newer),
        ("v1.36.3+rke2r7", "v1.36.3+rke2r1", Basis::Newer),
        ("1.37", "v1.36.3+rke2r1", Basis::Newer),
        ("1.99.5", "v1.36.3+rke2r1", Basis::Newer),
    ] {
        let resolved = resolve(spec(text)).unwrap();
        assert_eq!((resolved.data.to_string().as_str(), resolved.basis), (data, basis), "{text}");
        let warned = matches!(basis, Basis::Newer | Basis::Candidate);
        assert_eq!(resolved.warning().is_some(), warned, "{text}");
    }
}

#[test]
fn unknown_releases_name_the_nearest() {
    for (text, nearest) in [
        ("1.18", "v1.24.1+rke2r1"),
        ("v1.30.99", "v1.30.14+rke2r1"),
        ("v1.24.5+rke2r1", "v1.24.4+rke2r1"),
        ("v1.34.2+rke2r9", "v1.34.2+rke2r1"),
    ] {
        let error = resolve(spec(text)).unwrap_err();
        assert_eq!(error.nearest.to_string(), nearest, "{text}");
        assert!(error.to_string().contains("the nearest known one is `v1."), "{error}");
    }
}

#[test]
fn a_target_is_a_set() {
    let unknown = Target::unknown();
    assert_eq!(unknown.releases().first().map(|release| release.minor), Some(33));
    assert!(unknown.resolved().is_none());
    assert!(unknown.to_string().contains("releases of v1.33 to v1.36"), "{unknown}");
    assert!(unknown.all(|release| catalog::chart_version(release, "rke2-cilium").is_some()));
    assert!(unknown.any(|release| release.minor == 34) && !unknown.all(|release| release.minor == 34));
    assert_eq!(unknown.views("rke2-cilium").len(), unknown.chart_versions("rke2-cilium").len());

    let one = Target::one(resolve(spec("1.34.2")).unwrap());
    assert_eq!((one.to_string().as_str(), one.releases().len()), ("v1.34.2+rke2r1", 1));
    assert_eq!(one.newest(), Some(Release::new(34, 2, 1)));

    let patch = Target::of(spec("v1.33.13")).unwrap();
    assert_eq!(patch.releases(), [Release::new(33, 13, 1), Release::new(33, 13, 2)]);
    assert_eq!((patch.to_string().as_str(), patch.beyond_catalogue()), ("v1.33.13", None));
    let newer = Target::of(spec("v1.37.0")).unwrap();
    assert_eq!(newer.with_asked().last(), Some(Release::new(37, 0, 1)));
    assert!(newer.beyond_catalogue().is_some() && unknown.beyond_catalogue().is_none());
    assert_eq!(catalog::newest_minors(0), []);
    assert_eq!(catalog::newest_minors(99).len(), catalog::releases().len());
}

#[test]
fn a_chart_that_is_not_shipped_has_no_version() {
    let old = Release::new(24, 1, 1);
    assert_eq!(catalog::chart_version(old, "rke2-traefik"), None);
    assert_eq!(catalog::chart_version(old, "no-such-chart"), None);
    assert_eq!(catalog::chart_version(Release::new(99, 1, 1), "rke2-cilium"), None);
    assert!(catalog::chart("no-such-chart").is_none());
    let listed = catalog::list_release(Release::new(36, 3, 1));
    assert!(listed.iter().any(|row| row.chart == "rke2-cilium" && row.version == "1.19.601"));
}
