//! The keys of config.yaml and their values.

use rke2_lint::catalog::{self, KeyState, KeyType, Role, Scalar};
use rke2_lint::release::Release;

const NEWEST: Release = Release::new(36, 3, 1);

#[test]
fn keys_have_types_and_defaults() {
    let key = catalog::config_key("data-dir").unwrap();
    assert_eq!(
        (key.kind, key.default.clone()),
        (KeyType::String, Some(Scalar::String("/var/lib/rancher/rke2".into())))
    );
    assert_eq!(catalog::config_key("d").map(|key| key.name.as_str()), Some("data-dir"));
    assert_eq!(catalog::config_key("tls-san").unwrap().kind, KeyType::List);
    assert_eq!(catalog::config_key("secrets-encryption-provider").unwrap().values, ["aescbc", "secretbox"]);
    assert!(catalog::config_key("no-such-key").is_none());
    assert!(catalog::config_keys().len() > 160);
    assert!(catalog::config_keys().is_sorted_by_key(|key| &key.name));
}

#[test]
fn acceptance_goes_by_role_and_release() {
    for (name, role, release, state) in [
        ("cni", Role::Server, NEWEST, KeyState::Rke2),
        ("cni", Role::Agent, NEWEST, KeyState::Absent),
        ("flannel-backend", Role::Server, NEWEST, KeyState::Dropped),
        ("embedded-registry", Role::Server, Release::new(26, 12, 1), KeyState::Absent),
        ("embedded-registry", Role::Server, Release::new(26, 13, 1), KeyState::K3s),
        ("embedded-registry", Role::Server, Release::new(29, 0, 1), KeyState::Absent),
        ("multi-cluster-cidr", Role::Server, Release::new(28, 1, 1), KeyState::Hidden),
        ("multi-cluster-cidr", Role::Server, NEWEST, KeyState::Absent),
        ("write-kubeconfig-name", Role::Server, NEWEST, KeyState::Absent),
        ("write-kubeconfig-name", Role::Server, Release::new(37, 0, 1), KeyState::K3s),
    ] {
        assert_eq!(catalog::config_key(name).unwrap().state(role, release), state, "{name} {release}");
        assert_eq!(catalog::accepts_config_key(name, role, release), state.is_accepted());
    }
}

#[test]
fn near_names_are_suggested() {
    for (written, meant) in
        [("tls_san", "tls-san"), ("node-lable", "node-label"), ("CNI", "cni"), ("tls-sans", "tls-san")]
    {
        let near = catalog::suggest_config_key(written, Role::Server, NEWEST);
        assert_eq!(near.first().map(|key| key.name.as_str()), Some(meant), "{written}");
    }
}

#[test]
fn value_sets_go_by_release() {
    let newest = catalog::config_values(NEWEST).unwrap();
    assert!(newest.cni.contains(&"flannel".to_owned()) && newest.ingress_default.is_none());
    let old = catalog::config_values(Release::new(26, 9, 1)).unwrap();
    assert!(
        !old.cni.contains(&"flannel".to_owned()) && old.profile == ["cis-1.23"] && old.ingress.is_empty()
    );
    let later = catalog::config_values(Release::new(26, 10, 1)).unwrap();
    assert_eq!((later.profile[0].as_str(), later.profile_deprecated[0].as_str()), ("cis", "cis-1.23"));
}
