//! Lookups, histories, failing keys and defaults.

use rke2_lint::catalog::{self, Attr, Lookup, Presence, Scalar};
use rke2_lint::release::Release;

const NEWEST: Release = Release::new(36, 3, 1);

#[test]
fn lookups_tell_known_open_and_unknown() {
    let view = catalog::chart_at(NEWEST, "rke2-cilium").unwrap();
    assert!(matches!(view.lookup(&["kubeProxyReplacement"]), Lookup::Known(_)));
    assert!(matches!(view.lookup(&["global", "whatever", "deep"]), Lookup::Open));
    assert!(matches!(view.lookup(&["hubble", "relay", "nope"]), Lookup::Unknown { depth: 2, .. }));
    assert!(matches!(view.lookup(&["nope", "relay"]), Lookup::Unknown { depth: 0, .. }));
    assert!(view.lookup::<&str>(&[]).is_accepted());
    // The elements of a list are not keys.
    assert!(view.lookup(&["monitor", "eventTypes", "0"]).is_accepted());
    let multus = catalog::chart_at(NEWEST, "rke2-multus").unwrap();
    assert!(matches!(multus.lookup(&["manifests", "nope"]), Lookup::Unknown { .. }));
    assert!(view.children(&["hubble"]).any(|(key, _)| key == "relay"));
    assert_eq!(view.children(&["nope"]).count(), 0);
}

#[test]
fn known_types_and_defaults() {
    let canal = catalog::chart_at(NEWEST, "rke2-canal").unwrap();
    assert_eq!(catalog::default_value(canal, &["flannel", "backend"]), Some(Scalar::String("vxlan".into())));
    assert_eq!(catalog::default_value(canal, &["flannel", "nope"]), None);
    let calico = catalog::chart("rke2-calico").unwrap().newest().unwrap();
    assert!(calico.paths().iter().any(|(_, attr)| !attr.enum_values.is_empty()));
    assert!(calico.paths().iter().any(|(_, attr)| attr.default_value() == Some(Scalar::Null)));
}

#[test]
fn histories_compare_releases_not_chart_versions() {
    let history = catalog::path_history("rke2-cilium", &["externalWorkloads"]).unwrap();
    // Removed by Cilium 1.18, which all maintained minors adopted in the same week.
    assert_eq!(history.at(Release::new(33, 4, 1)), Some(Presence::Absent));
    assert_eq!(history.at(Release::new(33, 3, 1)), Some(Presence::Accepted));
    assert_eq!(history.at(Release::new(32, 7, 1)), Some(Presence::Accepted));
    assert_eq!(history.at(Release::new(32, 8, 1)), Some(Presence::Absent));
    assert_eq!(history.last_before(NEWEST).map(|release| (release.minor, release.patch)), Some((33, 3)));
    assert_eq!(history.next_after(Release::new(32, 8, 1)).map(|release| release.minor), Some(33));
    assert!(history.spans().len() > 1);

    let traefik = catalog::path_history("rke2-traefik", &["ports"]).unwrap();
    assert_eq!(traefik.at(Release::new(24, 1, 1)), Some(Presence::NotShipped));
    assert!(catalog::path_history("no-such-chart", &["a"]).is_none());
}

#[test]
fn failing_keys() {
    let tunnel = catalog::hard_fail("rke2-cilium", &["tunnel"]).unwrap();
    assert_eq!((tunnel.last_valid, tunnel.first_fail), ("1.14.400", "1.16.201"));
    assert!(tunnel.silent_versions.contains(&"1.16.000") && tunnel.is_silent_at("1.15.100"));
    assert!(tunnel.fails_at("1.16.201") && tunnel.fails_at("1.19.601"));
    assert!(!tunnel.fails_at("1.16.000") && !tunnel.fails_at("no-version"));
    let first: Vec<String> =
        tunnel.first_fail_releases("rke2-cilium").iter().map(ToString::to_string).collect();
    assert_eq!(first[..3], ["v1.28.15+rke2r1", "v1.29.10+rke2r1", "v1.30.6+rke2r1"]);
    assert!(tunnel.fails_with(&Scalar::String("vxlan".into())) && !tunnel.fails_with(&Scalar::Bool(false)));
    assert!(catalog::hard_fail("rke2-cilium", &["proxy"]).unwrap().is_parent);
    assert!(catalog::hard_fail("rke2-cilium", &["hubble"]).is_none());
    let history = catalog::path_history("rke2-cilium", &["tunnel"]).unwrap();
    assert_eq!(history.at(NEWEST), Some(Presence::Fails));

    // The newest version no longer tests for the key.
    let pool = catalog::hard_fail("rke2-cilium", &["ipam", "operator", "clusterPoolIPv4PodCIDR"]).unwrap();
    assert!(pool.fails_at("1.18.601") && !pool.fails_at("1.19.601"));
}

#[test]
fn failing_keys_agree_with_the_guards_of_the_charts() {
    let mut keys = 0;
    for name in catalog::charts() {
        for fails in catalog::hard_fails(name) {
            keys += 1;
            let path = &fails.path;
            for version in catalog::chart(name).unwrap().versions() {
                let lookup = catalog::chart(name).unwrap().at(version).unwrap().lookup(path);
                let guarded = lookup.attr().is_some_and(Attr::is_guard_only);
                assert_eq!(guarded, fails.fails_at(version), "{name} {path:?} {version}");
                assert!(!fails.is_silent_at(version) || !lookup.is_accepted(), "{name} {path:?} {version}");
            }
        }
    }
    assert_eq!(keys, 24);
}

#[test]
fn values_of_other_charts_are_found() {
    let charts = catalog::charts_accepting(NEWEST, &["hubble", "relay", "enabled"]);
    assert_eq!(charts, ["rke2-cilium"]);
}

#[test]
fn unread_keys_are_told_only_when_sure() {
    for name in catalog::charts() {
        let view = catalog::chart(name).unwrap().newest().unwrap();
        for (path, attr) in view.paths() {
            assert!(!(view.is_unread(&path) && attr.is_read()), "{name} {path:?}");
        }
    }
}

#[test]
fn listings_carry_types_defaults_and_releases() {
    let rows = catalog::list_values("rke2-canal", &["flannel"], Some(NEWEST)).unwrap();
    let backend = rows.iter().find(|row| row.path == ["flannel", "backend"]).unwrap();
    let newest = catalog::releases().last().unwrap().to_string();
    let json = serde_json::to_value(backend).unwrap();
    assert_eq!(json["types"], serde_json::json!(["string"]));
    assert_eq!(json["default"], "vxlan");
    assert_eq!(json["releases"], serde_json::json!([["v1.24.1+rke2r1", newest]]));
    assert!(rows.iter().all(|row| row.path[0] == "flannel"));
    let all = catalog::list_values::<&str>("rke2-canal", &[], None).unwrap();
    assert!(all.len() > catalog::list_values::<&str>("rke2-canal", &[], Some(NEWEST)).unwrap().len());
    assert!(catalog::list_values::<&str>("rke2-traefik", &[], Some(Release::new(24, 1, 1))).is_none());
    assert!(catalog::list_values::<&str>("nope", &[], None).is_none());
}
