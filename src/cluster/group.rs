//! Which files belong to one cluster. See architecture.md, decision 6.

use std::collections::{BTreeMap, HashMap};

use super::place::{ManifestRoot, Place};
use crate::rke2::file::Listed;

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

    /// The same files where all indices are larger by `by`.
    pub(super) fn moved(mut self, by: usize) -> Self {
        let configs = self.configs.iter_mut().flat_map(|(main, drop_ins)| main.iter_mut().chain(drop_ins));
        for index in configs.chain(&mut self.manifests).chain(&mut self.registries) {
            *index += by;
        }
        self
    }
}

/// Puts files together. `declared` says for each file which cluster of the settings it belongs to, if any.
pub fn group(files: &[Listed], places: &[Place], declared: &[Option<usize>]) -> Vec<Members> {
    let configs = config_units(files, places);
    let index = Index::new(&configs, declared);
    let mut clusters: Vec<Members> = Vec::new();
    let mut by_key: BTreeMap<Key, usize> = BTreeMap::new();
    // Files of one folder go together: the rest is asked once for each.
    let mut by_folder: HashMap<(&str, Option<usize>, Option<bool>), usize> = HashMap::new();
    let mut used = vec![false; configs.len()];
    let members_of = |chosen: &[usize]| Members {
        configs: chosen.iter().map(|&number| configs[number].parts.clone()).collect(),
        ..Members::default()
    };
    let mut add = |key: Key, chosen: &[usize], clusters: &mut Vec<Members>| {
        *by_key.entry(key).or_insert_with(|| {
            clusters.push(members_of(chosen));
            clusters.len() - 1
        })
    };
    for (file, place) in places.iter().enumerate() {
        let root = match place {
            Place::Manifest(root) => root.as_ref(),
            Place::Registries => None,
            Place::Config | Place::DropIn { .. } | Place::None => continue,
        };
        let folder = root.map_or(files[file].folder(), |root| &root.path);
        let cluster = declared[file];
        let slot = *by_folder.entry((folder, cluster, root.map(|root| root.certain))).or_insert_with(|| {
            let chosen = index.nearest(folder, cluster);
            for &number in &chosen {
                used[number] = true;
            }
            add(key(&chosen, cluster, root), &chosen, &mut clusters)
        });
        match place {
            Place::Registries => clusters[slot].registries.push(file),
            _ => clusters[slot].manifests.push(file),
        }
    }
    for number in 0..configs.len() {
        if used[number] {
            continue;
        }
        let cluster = declared[configs[number].file];
        let chosen = index.beside(number, cluster);
        add(key(&chosen, cluster, None), &chosen, &mut clusters);
    }
    clusters
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

fn config_units(files: &[Listed], places: &[Place]) -> Vec<ConfigUnit> {
    let mut units: BTreeMap<String, (Option<usize>, Vec<usize>)> = BTreeMap::new();
    for (index, place) in places.iter().enumerate() {
        match place {
            Place::Config => units.entry(files[index].path.to_string()).or_default().0 = Some(index),
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

/// Configurations by the folders they lie below, so that finding the nearest does not look at each.
struct Index<'c> {
    configs: &'c [ConfigUnit],
    /// For each declared cluster, its configurations.
    declared: HashMap<usize, Vec<usize>>,
    /// For each folder, all configurations below it, and those that may join whatever lies beside them.
    below: HashMap<&'c str, (Vec<usize>, Vec<usize>)>,
}

impl<'c> Index<'c> {
    fn new(configs: &'c [ConfigUnit], declared: &[Option<usize>]) -> Self {
        let mut index = Self { configs, declared: HashMap::new(), below: HashMap::new() };
        for (number, config) in configs.iter().enumerate() {
            if let Some(cluster) = declared[config.file] {
                index.declared.entry(cluster).or_default().push(number);
                continue;
            }
            for ancestor in ancestors(&config.folder) {
                let (all, open) = index.below.entry(ancestor).or_default();
                all.push(number);
                if joins_neighbours(&config.folder, ancestor) {
                    open.push(number);
                }
            }
        }
        index
    }

    /// The configurations nearest to a folder: those of its declared cluster, else those that share the deepest
    /// folder with it, if what differs below does not tell them apart.
    fn nearest(&self, folder: &str, cluster: Option<usize>) -> Vec<usize> {
        if let Some(cluster) = cluster {
            return self.declared.get(&cluster).cloned().unwrap_or_default();
        }
        for ancestor in ancestors(folder) {
            let Some((all, open)) = self.below.get(ancestor) else { continue };
            let chosen = if joins_neighbours(folder, ancestor) { all } else { open };
            if !chosen.is_empty() {
                return chosen.clone();
            }
        }
        Vec::new()
    }

    /// The undeclared configurations of a folder, or those of a declared cluster.
    fn beside(&self, number: usize, cluster: Option<usize>) -> Vec<usize> {
        if cluster.is_some() {
            return self.nearest("", cluster);
        }
        let folder = self.configs[number].folder.as_str();
        let all = self.below.get(folder).map_or(&[][..], |(all, _)| all);
        all.iter().copied().filter(|&other| self.configs[other].folder == folder).collect()
    }
}

/// A folder and the folders above it, the deepest first; the last is the working directory.
pub(super) fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    let cut = folder.match_indices('/').map(|(at, _)| &folder[..at]).collect::<Vec<_>>();
    let own = (!folder.is_empty()).then_some(folder);
    own.into_iter().chain(cut.into_iter().rev().filter(|part| !part.is_empty())).chain([""])
}

/// Whether what lies in a folder belongs to whatever else lies below an ancestor: it lies right there, or the
/// first folder on the way says what it is and not whose.
fn joins_neighbours(folder: &str, ancestor: &str) -> bool {
    let rest = folder[ancestor.len()..].trim_start_matches('/');
    rest.is_empty() || rest.split('/').next().is_some_and(|part| ROLE_FOLDERS.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The folders of the configurations that join a folder.
    fn nearest<'c>(folder: &str, configs: &[&'c str]) -> Vec<&'c str> {
        let units: Vec<ConfigUnit> = configs
            .iter()
            .enumerate()
            .map(|(file, folder)| ConfigUnit {
                folder: (*folder).to_owned(),
                file,
                parts: (Some(file), Vec::new()),
            })
            .collect();
        let declared = vec![None; units.len()];
        Index::new(&units, &declared)
            .nearest(folder, None)
            .into_iter()
            .map(|number| configs[number])
            .collect()
    }

    #[test]
    fn role_folders_join_and_names_part() {
        assert_eq!(nearest("a/manifests", &["a/config", "b/config"]), ["a/config"]);
        assert_eq!(nearest("clusters/prod/manifests", &["clusters/test"]), [""; 0]);
        assert_eq!(
            nearest("clusters/prod/manifests", &["clusters/test", "clusters/prod"]),
            ["clusters/prod"]
        );
        assert_eq!(nearest("", &[""]), [""]);
        assert_eq!(nearest("repo-a/services", &["repo-b/rke2"]), [""; 0]);
        assert_eq!(
            nearest("h/var/lib/rancher/rke2/server/manifests", &["h/etc/rancher/rke2"]),
            ["h/etc/rancher/rke2"]
        );
        assert_eq!(nearest("manifests", &["one", "two"]), ["one", "two"]);
        assert_eq!(nearest("apps/a", &[""]), [""]);
        assert_eq!(nearest("/abs/manifests", &["/abs"]), ["/abs"]);
    }
}
