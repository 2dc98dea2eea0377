//! Which files belong to one cluster. See architecture.md, decision 6.

use std::collections::BTreeMap;

use super::place::{ManifestRoot, Place};
use crate::rke2::file::RkeFile;

/// Folder names that say what lies in them rather than whose it is: `config` and `manifests` beside each other
/// are one cluster, `prod` and `test` are two.
const ROLE_FOLDERS: &[&str] = &[
    "agent",
    "agents",
    "conf",
    "config",
    "configs",
    "configuration",
    "control-plane",
    "etc",
    "files",
    "helm",
    "host",
    "k8s",
    "kubernetes",
    "manifests",
    "master",
    "masters",
    "node",
    "nodes",
    "os-files",
    "rancher",
    "rke2",
    "rootfs",
    "server",
    "servers",
    "static",
    "var",
    "worker",
    "workers",
];

/// Files of one cluster, by their index.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// Main configuration files, each with its drop-ins. The main file may be missing.
    pub configs: Vec<(Option<usize>, Vec<usize>)>,
    /// Manifests and objects of helm-controller.
    pub manifests: Vec<usize>,
    /// registries.yaml files.
    pub registries: Vec<usize>,
}

impl Members {
    /// Every file, by its index.
    pub fn files(&self) -> impl Iterator<Item = usize> {
        let configs = self.configs.iter().flat_map(|(main, drop_ins)| main.iter().chain(drop_ins));
        configs.chain(&self.manifests).chain(&self.registries).copied()
    }
}

/// Puts files together. `declared` says for each file which cluster of the settings it belongs to, if any.
pub fn group(files: &[RkeFile], places: &[Place], declared: &[Option<usize>]) -> Vec<Members> {
    let configs = config_units(files, places);
    let mut clusters: BTreeMap<Key, Members> = BTreeMap::new();
    let mut used = vec![false; configs.len()];
    let mut join = |key: Key, chosen: &[usize], clusters: &mut BTreeMap<Key, Members>| {
        for &index in chosen {
            used[index] = true;
        }
        let members = clusters.entry(key).or_default();
        if members.configs.is_empty() {
            members.configs = chosen.iter().map(|&index| configs[index].parts.clone()).collect();
        }
    };
    for (index, place) in places.iter().enumerate() {
        let (unit, root) = match place {
            Place::Manifest(root) => {
                (root.as_ref().map_or(files[index].folder(), |root| &root.path), root.as_ref())
            }
            Place::Registries => (files[index].folder(), None),
            Place::Config | Place::DropIn { .. } | Place::None => continue,
        };
        let chosen = nearest(unit, declared[index], &configs, declared);
        let key = key(&chosen, declared[index], root);
        join(key.clone(), &chosen, &mut clusters);
        let members = clusters.entry(key).or_default();
        match place {
            Place::Registries => members.registries.push(index),
            _ => members.manifests.push(index),
        }
    }
    for index in 0..configs.len() {
        if used[index] {
            continue;
        }
        let cluster = declared[configs[index].file];
        let chosen: Vec<usize> = (0..configs.len())
            .filter(|&other| match (cluster, declared[configs[other].file]) {
                (None, None) => configs[other].folder == configs[index].folder,
                (one, other) => one == other,
            })
            .collect();
        let key = key(&chosen, cluster, None);
        let members = clusters.entry(key).or_default();
        members.configs = chosen.iter().map(|&index| configs[index].parts.clone()).collect();
    }
    clusters.into_values().collect()
}

/// What makes two files one cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Declared(usize),
    Configs(Vec<usize>),
    Root(ManifestRoot),
    /// Chart objects that lie about, without a configuration.
    Loose,
}

fn key(chosen: &[usize], declared: Option<usize>, root: Option<&ManifestRoot>) -> Key {
    match (declared, root) {
        (Some(cluster), _) => Key::Declared(cluster),
        (None, _) if !chosen.is_empty() => Key::Configs(chosen.to_vec()),
        (None, Some(root)) => Key::Root(root.clone()),
        (None, None) => Key::Loose,
    }
}

/// A main file with its drop-ins.
struct ConfigUnit {
    folder: String,
    /// The main file, or the first drop-in.
    file: usize,
    parts: (Option<usize>, Vec<usize>),
}

fn config_units(files: &[RkeFile], places: &[Place]) -> Vec<ConfigUnit> {
    let mut units: BTreeMap<String, (Option<usize>, Vec<usize>)> = BTreeMap::new();
    for (index, place) in places.iter().enumerate() {
        match place {
            Place::Config => units.entry(files[index].path().to_owned()).or_default().0 = Some(index),
            Place::DropIn { main } => units.entry(main.clone()).or_default().1.push(index),
            Place::Manifest(_) | Place::Registries | Place::None => {}
        }
    }
    units
        .into_iter()
        .filter_map(|(main, mut parts)| {
            parts.1.sort_by_key(|&index| files[index].name());
            let file = parts.0.or(parts.1.first().copied())?;
            let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
            Some(ConfigUnit { folder, file, parts })
        })
        .collect()
}

/// The configurations nearest to a folder: those of its declared cluster, else those that share the deepest
/// folder with it.
fn nearest(
    unit: &str,
    cluster: Option<usize>,
    configs: &[ConfigUnit],
    declared: &[Option<usize>],
) -> Vec<usize> {
    if cluster.is_some() {
        return (0..configs.len()).filter(|&index| declared[configs[index].file] == cluster).collect();
    }
    let depths: Vec<Option<usize>> = configs
        .iter()
        .map(|config| if declared[config.file].is_some() { None } else { shared_depth(unit, &config.folder) })
        .collect();
    let Some(deepest) = depths.iter().flatten().max().copied() else { return Vec::new() };
    (0..configs.len()).filter(|&index| depths[index] == Some(deepest)).collect()
}

/// How deep the common folder of two folders lies; `None` when what differs tells them apart.
fn shared_depth(one: &str, other: &str) -> Option<usize> {
    let one: Vec<&str> = one.split('/').filter(|part| !part.is_empty()).collect();
    let other: Vec<&str> = other.split('/').filter(|part| !part.is_empty()).collect();
    let depth = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let is_role = |rest: &[&str]| rest.first().is_some_and(|part| ROLE_FOLDERS.contains(part));
    let (rest_one, rest_other) = (&one[depth..], &other[depth..]);
    let together = rest_one.is_empty() || rest_other.is_empty() || is_role(rest_one) || is_role(rest_other);
    together.then_some(depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_folders_join_and_names_part() {
        assert_eq!(shared_depth("a/manifests", "a/config"), Some(1));
        assert_eq!(shared_depth("clusters/prod/manifests", "clusters/test"), None);
        assert_eq!(shared_depth("clusters/prod/manifests", "clusters/prod"), Some(2));
        assert_eq!(shared_depth("", ""), Some(0));
        assert_eq!(shared_depth("repo-a/services", "repo-b/rke2"), None);
        assert_eq!(shared_depth("h/var/lib/rancher/rke2/server/manifests", "h/etc/rancher/rke2"), Some(1));
    }
}
