//! How `rke2 server` and `rke2 agent` treat a name as a key of config.yaml. Produces no findings.

use crate::catalog::{self, ConfigKey, Role, Target};

/// What a name is as a key of config.yaml.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyUse {
    /// Some release of the target accepts it on such a node.
    Accepted,
    /// Only the other kind of node accepts it.
    OtherRole(&'static ConfigKey),
    /// No release of the target accepts it, but another one does.
    OtherRelease(&'static ConfigKey),
    /// K3s has it; no release of RKE2 accepts it.
    K3sOnly(&'static ConfigKey),
    /// Only `rke2 etcd-snapshot`, which reads the same file, accepts it.
    SnapshotCommand,
    /// Nothing knows it.
    Unknown,
}

/// Says what a name, without a trailing `+`, is on a node that may have these roles.
pub fn key_use(name: &str, roles: &[Role], target: &Target) -> KeyUse {
    let Some(key) = catalog::config_key(name) else {
        return if is_snapshot_key(name) { KeyUse::SnapshotCommand } else { KeyUse::Unknown };
    };
    let both = [Role::Server, Role::Agent];
    // What is known of a key's future holds for a release newer than the catalogue too.
    let asked = target.beyond_catalogue();
    let accepted = |roles: &[Role]| {
        let mut releases = target.releases().iter().copied().chain(asked);
        releases.any(|release| roles.iter().any(|&role| key.is_accepted(role, release)))
    };
    if accepted(roles) {
        KeyUse::Accepted
    } else if accepted(&both) {
        KeyUse::OtherRole(key)
    } else if both.iter().any(|&role| key.steps(role).iter().any(|(_, state)| state.is_accepted())) {
        KeyUse::OtherRelease(key)
    } else {
        KeyUse::K3sOnly(key)
    }
}

/// Keys that `rke2 etcd-snapshot` has and `rke2 server` has not.
fn is_snapshot_key(name: &str) -> bool {
    name == "s3"
        || name.starts_with("s3-")
        || ["dir", "name", "snapshot-compress", "snapshot-retention", "etcd-token", "etcd-server"]
            .contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        let target = Target::unknown();
        let server = |name| key_use(name, &[Role::Server], &target);
        let agent = |name| key_use(name, &[Role::Agent], &target);
        assert_eq!(server("cni"), KeyUse::Accepted);
        assert_eq!(server("t"), KeyUse::Accepted);
        assert!(matches!(agent("cni"), KeyUse::OtherRole(_)));
        assert!(matches!(server("cluster-init"), KeyUse::K3sOnly(_)));
        assert!(matches!(server("multi-cluster-cidr"), KeyUse::OtherRelease(_)));
        assert_eq!(server("s3-bucket"), KeyUse::SnapshotCommand);
        assert_eq!(server("kublet-arg"), KeyUse::Unknown);
    }
}
