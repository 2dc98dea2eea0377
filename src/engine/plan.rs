//! From settings to a plan: the files of declared clusters, and the manifests directories. Must not look into files.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::is_below;
use super::options::Options;
use super::site::Site;
use crate::catalog::Target;
use crate::cluster::host::Host;
use crate::cluster::{Declared, Plan};
use crate::finding::Problem;
use crate::rke2::classify::Content;
use crate::rke2::file::{Listed, RkeFile, join};
use crate::settings::{ClusterSettings, Paths, facts};
use crate::source::{file_name, folder};
use crate::yaml::{Document, Stream};

/// How to group a tree. `settings` is the parsed settings file.
pub fn plan<'a>(
    files: &[Listed],
    settings: Option<&'a RkeFile>,
    hosts: &'a [Stream],
    options: &Options,
    site: &Site,
) -> Plan<'a> {
    let path = settings.map(RkeFile::path).unwrap_or_default();
    let clusters = options
        .clusters
        .iter()
        .enumerate()
        .map(|(index, cluster)| {
            let facts = settings.and_then(|file| facts(&file.stream, index));
            let release = cluster.release.as_ref();
            Declared {
                name: cluster.name.clone(),
                target: release.map(|release| (release.value.clone(), format!("{path}:{}", release.at.line))),
                config: facts.and_then(|facts| facts.config),
                hosts: facts.and_then(|facts| facts.host).map(Host::of).unwrap_or_default(),
            }
        })
        .collect();
    let declared = files
        .iter()
        .map(|file| {
            // Avoids computing the name if settings do not declare any cluster.
            options.clusters.first()?;
            let name = options.base.name(&file.path);
            options.clusters.iter().position(|cluster| cluster.holds(&file.path, &name))
        })
        .collect();
    Plan {
        target: options.release.clone().unwrap_or_else(|| (Target::unknown(), super::NOT_GIVEN.to_owned())),
        clusters,
        declared,
        hosts: hosts
            .iter()
            .flat_map(Stream::documents)
            .filter_map(Document::root)
            .flat_map(Host::of)
            .collect(),
        manifest_roots: options.manifest_roots(files.iter().map(|file| (&*file.path, &*file.place))),
        configs: if options.clusters.iter().any(|cluster| cluster.configs.is_some()) {
            files.iter().map(|file| options.is_config(&file.path)).collect()
        } else {
            Vec::new()
        },
        sites: sites(files, site),
        upgrade: options.upgrade.clone(),
    }
}

/// The path of each file inside its repository, if that is not the path shown; only for files that may be RKE2's.
fn sites<'f>(files: &'f [Listed], site: &Site) -> Vec<Option<Box<str>>> {
    // Finding the repository of an absolute path takes a system call for each folder above.
    let mut folders: HashMap<&'f str, Option<String>> = HashMap::new();
    let mut place = |file: &'f Listed| -> Option<Box<str>> {
        if !(matches!(file.content, Content::Config(_) | Content::Registries) || file.packaged) {
            return None;
        }
        let folder = folder(&file.path);
        if folder.is_empty() {
            return owned(site.place(&file.path)).map(Into::into);
        }
        let name = file_name(&file.path);
        let place = folders.entry(folder).or_insert_with(|| owned(site.place(folder)));
        place.as_ref().map(|place| join(place, name).into())
    };
    files.iter().map(&mut place).collect()
}

fn owned(place: Cow<'_, str>) -> Option<String> {
    match place {
        Cow::Owned(place) => Some(place),
        Cow::Borrowed(_) => None,
    }
}

/// The patterns of clusters in the settings that match no file.
pub fn unmatched(files: &[Listed], settings: Option<&RkeFile>, options: &Options) -> Vec<Problem> {
    // Without any files, unmatched patterns are not a mistake.
    let has_places = |cluster: &ClusterSettings| {
        cluster.paths.is_some() || cluster.configs.is_some() || !cluster.manifests.is_empty()
    };
    if files.is_empty() || !options.clusters.iter().any(has_places) {
        return Vec::new();
    }
    let names: Vec<_> = files.iter().map(|file| options.base.name(&file.path)).collect();
    let path = settings.map(RkeFile::path).unwrap_or_default();
    let of_cluster = |cluster: &ClusterSettings| -> Vec<Problem> {
        let problem = |what: String| Problem {
            path: path.to_owned(),
            message: format!("cluster `{}`: {what}", cluster.name),
        };
        let lists = [("pattern", &cluster.paths), ("pattern of `configs`", &cluster.configs)];
        let patterns = lists.into_iter().flat_map(|(word, paths)| {
            let unmatched = paths.iter().flat_map(|paths| paths.unmatched(names.iter().map(|name| &**name)));
            unmatched.map(move |pattern| format!("{word} `{pattern}` matches no file"))
        });
        let is_empty = |folder: &&String| !names.iter().any(|name| is_below(name, folder));
        let folders = cluster.manifests.iter().filter(is_empty);
        let folders = folders.map(|folder| format!("folder `{folder}` of `manifests` holds no file"));
        patterns.chain(folders).map(problem).collect()
    };
    options.clusters.iter().flat_map(of_cluster).collect()
}

/// The patterns of `overrides` that match no file.
pub fn unused_overrides(files: &[Listed], settings: Option<&RkeFile>, options: &Options) -> Vec<Problem> {
    if files.is_empty() || !options.levels.have_paths() {
        return Vec::new();
    }
    let names: Vec<_> = files.iter().map(|file| options.base.name(&file.path)).collect();
    let names: Vec<&str> = names.iter().map(|name| &**name).collect();
    let path = settings.map(RkeFile::path).unwrap_or_default();
    let problem = |pattern: &str| Problem {
        path: path.to_owned(),
        message: format!("overrides: pattern `{pattern}` matches no file"),
    };
    options.levels.unmatched(&names).into_iter().map(problem).collect()
}

impl Options {
    /// Whether settings declare a file to be a configuration.
    pub(super) fn is_config(&self, shown: &str) -> bool {
        let declares = |paths: &Paths| paths.matches(shown);
        self.clusters.iter().any(|cluster| cluster.configs.as_ref().is_some_and(declares))
    }

    /// The manifests directories that settings name and that contain some of these files. Files are given by their
    /// names as shown and their folders; the result are folders as in [`Listed::place`].
    pub(super) fn manifest_roots<'p>(
        &self,
        files: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Vec<String> {
        if self.clusters.iter().all(|cluster| cluster.manifests.is_empty()) {
            return Vec::new();
        }
        let root = |(shown, place): (&str, &str)| {
            let name = self.base.name(shown);
            let root = self.clusters.iter().find_map(|cluster| cluster.manifest_folder(&name))?;
            // Both paths end with the same folders, regardless of how they start.
            let below = folder(&name).len().checked_sub(root.len())?;
            Some(place.get(..place.len().checked_sub(below)?)?.to_owned())
        };
        files.into_iter().filter_map(root).collect::<BTreeSet<_>>().into_iter().collect()
    }
}
