//! How `rke2 server` and `rke2 agent` treat a name as a key of config.yaml. Produces no findings.

use crate::catalog::{self, ConfigKey, Role, Target};

/// How RKE2 treats a name as a key of config.yaml.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyUse {
    /// Some target release accepts it on such a node.
    Accepted,
    /// Only the other role accepts it.
    OtherRole(&'static ConfigKey),
    /// No target release accepts it, but another release does.
    OtherRelease(&'static ConfigKey),
    /// K3s accepts it, but no release of RKE2 does.
    K3sOnly(&'static ConfigKey),
    /// Only `rke2 etcd-snapshot`, which reads the same file, accepts it.
    SnapshotCommand,
    /// An unknown key.
    Unknown,
}

/// How RKE2 treats a name, without a trailing `+`, on a node that may have these roles.
pub fn key_use(name: &str, roles: &[Role], target: &Target) -> KeyUse {
    let Some(key) = catalog::config_key(name) else {
        return if is_snapshot_key(name) { KeyUse::SnapshotCommand } else { KeyUse::Unknown };
    };
    let both = [Role::Server, Role::Agent];
    // A release newer than the catalogue accepts the keys that are known to be in later releases.
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

/// Keys of `rke2 etcd-snapshot` that `rke2 server` does not have.
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
