//! From a release as written to its facts.

use rke2_lint::catalog::{self, Basis, Target, resolve};
use rke2_lint::release::{Release, ReleaseSpec};

fn spec(text: &str) -> ReleaseSpec {
    text.parse().unwrap()
}

#[test]
fn every_spelling_is_resolved() {
    for (text, data, basis) in [
        ("v1.34.2+rke2r1", "v1.34.2+rke2r1", Basis::Exact),
        ("1.34.2", "v1.34.2+rke2r1", Basis::Exact),
        ("v1.34.2-rke2r1", "v1.34.2+rke2r1", Basis::Exact),
        ("v1.36.1", "v1.36.1+rke2r1", Basis::Exact),
        ("v1.36.1+rke2r2", "v1.36.1+rke2r2", Basis::Exact),
        ("v1.36.1-rc2+rke2r1", "v1.36.1+rke2r1", Basis::Candidate),
        ("v1.33.13-rc7+rke2r2", "v1.33.13+rke2r2", Basis::Candidate),
        ("v1.33.13-rc7+rke2r1", "v1.33.13+rke2r1", Basis::Candidate),
    ] {
        let resolved = resolve(spec(text)).unwrap();
        assert_eq!((resolved.data.to_string().as_str(), resolved.basis), (data, basis), "{text}");
        let warned = matches!(basis, Basis::Newer | Basis::Candidate);
        assert_eq!(resolved.warning().is_some(), warned, "{text}");
    }
}

#[test]
fn what_is_newer_than_the_catalogue_has_the_facts_of_the_newest() {
    let newest = *catalog::releases().last().unwrap();
    let Release { minor, patch, revision, .. } = newest;
    let text = newest.to_string();
    for (text, data, basis) in [
        (format!("1.{minor}"), text.as_str(), Basis::NewestPatch),
        (format!("v1.{minor}.99"), &text, Basis::Newer),
        (format!("v1.{minor}.99-rc1+rke2r1"), &text, Basis::Newer),
        (format!("v1.{minor}.{patch}+rke2r{}", revision + 7), &text, Basis::Newer),
        (format!("1.{}", minor + 1), &text, Basis::Newer),
        ("1.99.5".to_owned(), &text, Basis::Newer),
    ] {
        let text = text.as_str();
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
    let newest = catalog::releases().last().unwrap().minor;
    assert_eq!(unknown.releases().first().map(|release| release.minor), Some(newest - 3));
    assert!(unknown.resolved().is_none());
    assert!(unknown.to_string().contains(&format!("v1.{}–v1.{newest}", newest - 3)), "{unknown}");
    assert!(unknown.all(|release| catalog::chart_version(release, "rke2-cilium").is_some()));
    assert!(
        unknown.any(|release| release.minor == newest) && !unknown.all(|release| release.minor == newest)
    );
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

#[test]
fn channels_name_releases() {
    let stable = catalog::stable().unwrap();
    assert!(catalog::releases().contains(&stable));
    for (word, release) in [("stable", Some(stable)), ("latest", catalog::latest())] {
        let resolved = resolve(catalog::spec(word).unwrap()).unwrap();
        assert_eq!((Some(resolved.data), resolved.basis), (release, Basis::Exact), "{word}");
    }
    assert!(catalog::spec("testing").is_err());
}

#[test]
fn a_pulled_release_is_named_with_the_one_to_take() {
    let pulled = resolve(spec("v1.26.0+rke2r1")).unwrap();
    let warning = pulled.warning().unwrap();
    assert!(warning.contains("was withdrawn") && warning.contains("use `v1.26.0+rke2r2`"), "{warning}");
    assert_eq!(resolve(spec("v1.26.0+rke2r2")).unwrap().warning(), None);
    assert!(!catalog::latest().is_some_and(catalog::is_pulled));
}

#[test]
fn candidates_stand_for_the_release_they_become() {
    for candidate in catalog::candidates() {
        assert!(candidate.is_candidate() && !catalog::releases().contains(&candidate));
        assert!(catalog::shipped(candidate).count() > 10, "{candidate}");
        let exact = resolve(spec(&candidate.to_string())).unwrap();
        assert_eq!((exact.data, exact.basis), (candidate, Basis::Exact));
        assert!(exact.warning().is_some_and(|warning| warning.contains("candidate")));
        let last = Release::new(candidate.minor, candidate.patch, candidate.revision);
        let target = Target::of(spec(&last.to_string())).unwrap();
        assert_eq!(target.releases(), [candidate]);
        // The charts of a nearby release are used instead of its own.
        assert_eq!(target.beyond_catalogue(), Some(last));
    }
}

#[test]
fn releases_have_dates_and_components() {
    let release = Release::new(34, 2, 1);
    assert_eq!(catalog::date(release).unwrap().to_string(), "2025-11-20");
    let components = catalog::components_of(release);
    for pair in [("containerd", "2.1.5-k3s1"), ("etcd", "3.6.5-k3s1"), ("kubernetes", "1.34.2")] {
        assert!(components.contains(&pair), "{components:?}");
    }
    assert_eq!(catalog::date(Release::new(99, 0, 1)), None);
    for release in catalog::releases() {
        let names: Vec<&str> = catalog::components_of(*release).into_iter().map(|(name, _)| name).collect();
        for name in ["containerd", "coredns", "etcd", "klipper-helm", "kubernetes", "runc"] {
            assert!(names.contains(&name), "{release}: {names:?}");
        }
    }
}

#[test]
fn what_changes_between_releases_is_told() {
    let (from, to) = (Release::new(34, 2, 1), Release::new(36, 3, 1));
    let diff = catalog::ReleaseDiff::between(from, to, None);
    let containerd = diff.components.iter().find(|change| change.name == "containerd").unwrap();
    assert_eq!((containerd.before, containerd.after), (Some("2.1.5-k3s1"), Some("2.3.3-k3s1")));
    let traefik = diff.charts.iter().find(|change| change.chart == "rke2-traefik").unwrap();
    let values = traefik.values.as_ref().unwrap();
    assert!(values.gone.contains(&vec!["service".to_owned(), "type".to_owned()]), "{:?}", values.gone);
    let only = catalog::ReleaseDiff::between(from, to, Some("rke2-traefik"));
    assert_eq!((only.charts, only.components.len()), (vec![traefik.clone()], 0));
    assert!(catalog::ReleaseDiff::between(to, to, None).charts.is_empty());
}
