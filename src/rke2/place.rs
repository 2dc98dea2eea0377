//! The owner of a file according to its path: whole path components, relative to the repository. Must not look into
//! files.

use super::evidence::{Evidence, Leaning};

/// Words in folder names that describe the contents rather than the owner.
const ROLES: &[&str] = &[
    "agent",
    "agents",
    "conf",
    "config",
    "configs",
    "configuration",
    "control",
    "controlplane",
    "cp",
    "etc",
    "files",
    "host",
    "hosts",
    "init",
    "join",
    "main",
    "manifests",
    "master",
    "masters",
    "node",
    "nodes",
    "os",
    "plane",
    "rancher",
    "rke2",
    "rootfs",
    "server",
    "servers",
    "static",
    "templates",
    "var",
    "vm",
    "vms",
    "worker",
    "workers",
];

/// The program that the files of a place belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// RKE2.
    Rke2,
    /// K3s.
    K3s,
}

/// The owner of a file according to its path: the deepest folder named for either program. For RKE2, only folders named
/// for roles may be below it.
pub fn owner(path: &str) -> Option<Owner> {
    let mut parts = path.rsplit('/');
    if parts.next().is_some_and(names_k3s) {
        return Some(Owner::K3s);
    }
    let mut only_roles = true;
    for part in parts {
        if names_k3s(part) {
            return Some(Owner::K3s);
        }
        if part == "rke2" && only_roles {
            return Some(Owner::Rke2);
        }
        only_roles &= is_role(part);
    }
    None
}

/// Whether a map is an RKE2 configuration according to its keys and path only, when there are no files next to it.
pub fn is_config_alone(evidence: Evidence, path: &str) -> bool {
    let owner = owner(path);
    match evidence.leaning() {
        Leaning::Rke2Only => true,
        Leaning::Rke2 => owner != Some(Owner::K3s),
        Leaning::K3s | Leaning::JoinsApiPort => owner == Some(Owner::Rke2),
        Leaning::Unsure => owner == Some(Owner::Rke2) && evidence.fits_named_place(),
        Leaning::Other => false,
    }
}

/// Whether `k3s` is a word in a name: `k3s`, `k3s-agents`.
fn names_k3s(name: &str) -> bool {
    has_word(name, "k3s")
}

/// Whether the name of a file mentions RKE2: `rke2-cilium-config.yaml`.
pub fn names_rke2(path: &str) -> bool {
    has_word(path.rsplit('/').next().unwrap_or(path), "rke2")
}

fn has_word(name: &str, word: &str) -> bool {
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part.eq_ignore_ascii_case(word))
}

/// Whether a path is that of a configuration for Edge Image Builder, which adds `server` and `token` to it.
pub fn is_of_image_builder(path: &str) -> bool {
    ["kubernetes/config/server.yaml", "kubernetes/config/agent.yaml"]
        .iter()
        .any(|place| path.strip_suffix(place).is_some_and(|rest| rest.is_empty() || rest.ends_with('/')))
}

/// The folder of a cluster, given a folder of one node or role in it: `site` for `site/agents/w1`.
pub fn above_roles(folder: &str) -> &str {
    let mut folder = folder;
    while !folder.is_empty() {
        let (above, name) = folder.rsplit_once('/').unwrap_or(("", folder));
        if !is_role(name) {
            break;
        }
        folder = above;
    }
    folder
}

/// `agent`, `worker-2`, `control-plane`, `node03`, `m1`.
fn is_role(name: &str) -> bool {
    let mut words = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()))
        .filter(|word| !word.is_empty());
    let is_role_word = |word: &str| {
        ROLES.iter().any(|role| role.eq_ignore_ascii_case(word))
            || (name.len() <= 4 && name.len() > 1 && matches!(word, "m" | "n" | "s" | "w"))
    };
    words.clone().next().is_some() && words.all(is_role_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_components() {
        for path in [
            "rke2/config.yaml",
            "apps/rke2/config/master-init.yaml",
            "x/etc/rancher/rke2/config.yaml",
            "rke2/server/config.yaml",
        ] {
            assert_eq!(owner(path), Some(Owner::Rke2), "{path}");
        }
        for path in ["clusters/rke2-prod/apps/shop/values.yaml", "rke2/apps/shop/values.yaml", "rke2.yaml"] {
            assert_eq!(owner(path), None, "{path}");
        }
        for path in
            ["k3s/config.yaml", "rke2/k3s-edge/config.yaml", "etc/rancher/k3s/config.yaml", "k3s.yaml"]
        {
            assert_eq!(owner(path), Some(Owner::K3s), "{path}");
        }
        assert_eq!(owner("k3s-to-rke2/rke2/config.yaml"), Some(Owner::Rke2));
        assert_eq!(owner("disk3sets/config.yaml"), None);
    }

    #[test]
    fn folders_of_nodes_are_part_of_a_cluster() {
        for (folder, above) in [
            ("agent", ""),
            ("site/agents/w1", "site"),
            ("site/control-plane-1", "site"),
            ("nodes/node03", ""),
            ("edge", "edge"),
            ("prod1/server", "prod1"),
        ] {
            assert_eq!(above_roles(folder), above, "{folder}");
        }
    }

    #[test]
    fn image_builder_has_one_folder() {
        assert!(is_of_image_builder("eib/kubernetes/config/agent.yaml"));
        assert!(!is_of_image_builder("mykubernetes/config/agent.yaml"));
        assert!(!is_of_image_builder("kubernetes/config/worker.yaml"));
    }
}
