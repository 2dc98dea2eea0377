//! Words in paths: folder names that describe contents, names of environments, and names of unused files. Must not look
//! at files.

use crate::rke2::addon::copy_mark;
use crate::source::{file_name, folder};
use crate::unit::MODELS;

/// Words in folder names that describe the contents rather than the cluster: `config` and `manifests` next to each
/// other belong to one cluster, `prod` and `test` to two.
const ROLES: &[&str] = &[
    "agent",
    "agents",
    "compute",
    "conf",
    "config",
    "configs",
    "configuration",
    "control",
    "control-plane",
    "controlplane",
    "etc",
    "files",
    "helm",
    "host",
    "k8s",
    "kubernetes",
    "lib",
    "linux",
    "manifests",
    "master",
    "masters",
    "node",
    "nodes",
    "os",
    "os-files",
    "plane",
    "rancher",
    "rke2",
    "rootfs",
    "server",
    "servers",
    "static",
    "var",
    "win",
    "windows",
    "worker",
    "workers",
];

/// Names of folders in kustomize's layout that describe contents, as [`ROLES`] do.
const BASES: &[&str] = &["base", "bases", "deploy", "deployment", "gitops", "kustomize"];

/// Words that name an environment, each with the canonical word for it.
const ENVIRONMENTS: &[(&str, &str)] = &[
    ("acc", "acceptance"),
    ("acceptance", "acceptance"),
    ("blue", "blue"),
    ("dev", "dev"),
    ("devel", "dev"),
    ("development", "dev"),
    ("dr", "dr"),
    ("edge", "edge"),
    ("green", "green"),
    ("int", "int"),
    ("integration", "int"),
    ("lab", "lab"),
    ("mgmt", "mgmt"),
    ("management", "mgmt"),
    ("nonprod", "nonprod"),
    ("preprod", "preprod"),
    ("prod", "prod"),
    ("prd", "prod"),
    ("production", "prod"),
    ("qa", "qa"),
    ("sandbox", "sandbox"),
    ("stage", "staging"),
    ("staging", "staging"),
    ("stg", "staging"),
    ("test", "test"),
    ("testing", "test"),
    ("tst", "test"),
    ("uat", "uat"),
];

/// Words that indicate that a file is not in use.
const RETIRED: &[&str] = &[
    "archive",
    "archived",
    "attic",
    "backup",
    "backups",
    "bak",
    "copy",
    "deprecated",
    "disabled",
    "export",
    "fixtures",
    "legacy",
    "obsolete",
    "off",
    "old",
    "optional",
    "orig",
    "original",
    "unused",
];

/// The words of a name in lower case: its runs of letters and digits.
pub fn words(name: &str) -> impl Iterator<Item = String> {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
}

/// Whether the name of a folder describes its contents rather than the cluster that it belongs to.
pub fn is_role(part: &str) -> bool {
    let lower = part.to_ascii_lowercase();
    ROLES.contains(&lower.as_str()) || words(&lower).all(|word| ROLES.contains(&word.as_str()))
}

/// The home of a place: its folder without the trailing parts that describe contents. Files with the same home belong
/// to the same cluster or clusters.
pub fn home(mut place: &str) -> &str {
    while !place.is_empty() && place != "/" && is_role(file_name(place)) {
        place = folder(place);
    }
    place
}

/// The home of a folder with a kustomization, without the trailing folders of kustomize's layout.
pub fn home_of_base(mut place: &str) -> &str {
    while !place.is_empty()
        && place != "/"
        && (is_role(file_name(place)) || BASES.contains(&file_name(place)))
    {
        place = folder(place);
    }
    place
}

/// Whether a folder is a kustomize base by its name: an overlay may be for a cluster that is not in the tree.
pub fn is_base(place: &str) -> bool {
    home_of_base(place) != home(place)
}

/// The environments in a name, sorted.
pub fn environments(name: &str) -> Vec<&'static str> {
    let meaning = |word: String| Some(ENVIRONMENTS.iter().find(|(known, _)| *known == word)?.1);
    let mut found: Vec<&str> = words(name).filter_map(meaning).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The word in a name that indicates that the file is not in use, or not as it is.
pub fn retired(name: &str) -> Option<String> {
    let known = words(name).find(|word| [RETIRED, MODELS].iter().any(|all| all.contains(&word.as_str())));
    known.or_else(|| copy_mark(name).map(str::to_owned))
}

/// Whether the contents of a folder below a manifests directory may be meant for another cluster, or be unused.
pub fn is_set_apart(part: &str) -> bool {
    retired(part).is_some() || !environments(part).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_are_what_is_left_without_roles() {
        for (place, expected) in [
            ("a/etc/rancher/rke2", "a"),
            ("a/var/lib/rancher/rke2/server/manifests", "a"),
            ("clusters/prod/manifests", "clusters/prod"),
            ("manifests", ""),
            ("clusters/build-agents", "clusters/build-agents"),
            ("site/rke2-config", "site"),
            ("/etc/rancher/rke2", ""),
        ] {
            assert_eq!(home(place), expected, "{place}");
        }
    }

    #[test]
    fn words_of_names_are_told() {
        assert_eq!(environments("config-prd.yaml"), ["prod"]);
        assert_eq!(environments("product.yaml"), [""; 0]);
        assert_eq!(retired("config.old.yaml").as_deref(), Some("old"));
        assert_eq!(retired("config-20250101.yaml").as_deref(), Some("20250101"));
        assert_eq!(retired("config.yaml"), None);
        assert!(is_set_apart("disabled") && is_set_apart("Prod") && !is_set_apart("cilium"));
    }
}
