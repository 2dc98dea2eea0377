//! The previous tree: a folder, or a git revision. Must not write, and produces no findings.

#[cfg(feature = "disk")]
#[expect(clippy::disallowed_methods, reason = "starts git")]
mod git;
#[cfg(feature = "disk")]
#[expect(clippy::disallowed_methods, reason = "reads a folder with the previous tree")]
mod open;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[cfg(feature = "disk")]
pub use open::{PreviousError, previous};

use super::load::{self, First, Input, Raw};
use super::options::Options;
use super::plan::plan;
use super::site::Site;
use super::units::UnitMap;
use crate::cluster::{Cluster, Layout, Shared, Stated};
use crate::rke2::classify::Content;
use crate::rke2::file::{Island, Listed, RkeFile};
use crate::source::{FileId, SourceFile, Sources, folder as folder_of};
use crate::threads;
use crate::unit::{self, Units};

/// The files of the previous tree.
#[derive(Clone, Debug, Default)]
pub struct Previous {
    /// In the order of their paths.
    pub files: Vec<PreviousFile>,
}

/// A file of the previous tree.
#[derive(Clone, Debug)]
pub struct PreviousFile {
    /// Its path in the current tree.
    pub path: String,
    /// As shown to the user.
    pub shown: String,
    /// Its content.
    pub input: Input,
}

/// The relevant files of the previous tree, and the units in them.
#[derive(Debug, Default)]
pub struct Old {
    /// The files, followed by their units.
    files: Vec<RkeFile>,
    /// The node of each unit.
    islands: Vec<Island>,
    /// The files with units, with their paths in the current tree.
    pub hosts: BTreeMap<FileId, Arc<str>>,
}

impl Previous {
    /// Parses the files that matter. Their texts are added to `sources` under the names shown to the user.
    pub fn parse(&self, sources: &mut Sources, map: &mut UnitMap, options: &Options) -> Old {
        let first = sources.len();
        let parse = |index: usize| {
            let file = &self.files[index];
            let id = Sources::id_at(first + index);
            let path: Arc<str> = file.path.as_str().into();
            let raw = match &file.input {
                Input::Bytes(bytes) => Raw::new(bytes),
                Input::DanglingLink => return RkeFile::without_text(id, path, Content::DanglingLink),
            };
            let place: Arc<str> = folder_of(&path).into();
            let named = options.manifest_roots([(&*path, &*place)]);
            match load::look(id, &path, &place, raw, &named, options.is_config(&path)) {
                First::Foreign(content, _) => RkeFile::without_text(id, path, content),
                First::Sniffed(..) => load::parse(id, &path, &place, raw),
                First::Parsed(file) => file,
            }
        };
        let parsed = threads::map(0..self.files.len(), self.files.len() >= threads::MANY_FILES, parse);
        let mut hosts = Vec::new();
        for (file, old) in parsed.iter().zip(&self.files) {
            let text = match &old.input {
                Input::Bytes(bytes) => std::str::from_utf8(bytes).ok().filter(|text| unit::is_marked(text)),
                Input::DanglingLink => None,
            };
            let text = text.map_or_else(|| file.source.shared_text(), Arc::from);
            let id = sources.add(Arc::new(SourceFile::new(old.shown.as_str(), Arc::clone(&text))));
            if unit::is_marked(&text) {
                hosts.push((id, Arc::<str>::from(old.path.as_str()), text));
            }
        }
        let paths = hosts.iter().map(|(id, path, _)| (*id, Arc::clone(path))).collect();
        let (units, islands) = map.add(units(hosts), &[], sources).into_iter().unzip();
        let mut files = parsed;
        files.extend::<Vec<RkeFile>>(units);
        Old { files, islands, hosts: paths }
    }
}

/// The units of previous files. Findings about the hosts themselves are dropped, since they are not new.
fn units(hosts: Vec<(FileId, Arc<str>, Arc<str>)>) -> Vec<(FileId, Units)> {
    let mut files: Vec<unit::File> = hosts
        .iter()
        .map(|(_, path, text)| unit::File {
            path: Arc::clone(path),
            units: unit::units(&unit::Source::new(path, text)),
        })
        .collect();
    unit::link(&mut files, |index, given| {
        let (_, path, text) = &hosts[index];
        unit::units_given(&unit::Source::new(path, text), given)
    });
    let says = |units: &Units| !units.units.is_empty() || !units.links.plans.is_empty();
    let found = hosts.into_iter().zip(files).filter(|(_, file)| says(&file.units));
    found
        .map(|((id, ..), file)| {
            let Units { units, release, ways, links, .. } = file.units;
            (id, Units { units, release, ways, links, ..Units::default() })
        })
        .collect()
}

/// Removes previous manifests whose file still exists without any object, or is skipped now. RKE2 deletes the objects
/// of an emptied file, so that nothing of it is left in the cluster. A file that cannot be parsed has a finding of its
/// own.
pub fn leave_out_emptied(before: &mut Old, now: &[Listed]) {
    if before.files.is_empty() {
        return;
    }
    let emptied: BTreeSet<&str> = now
        .iter()
        .filter(|file| !matches!(file.content, Content::Manifest { .. }))
        .map(|file| file.path.strip_suffix(".skip").unwrap_or(&file.path))
        .collect();
    let is_kept =
        |file: &RkeFile| !matches!(file.content, Content::Manifest { .. }) || !emptied.contains(file.path());
    before.files.retain(|file| file.unit.is_some() || is_kept(file));
}

/// The clusters of the previous tree.
pub fn clusters<'a>(
    old: &'a Old,
    settings: Option<&'a RkeFile>,
    options: &Options,
    site: &Site,
) -> Vec<Cluster<'a>> {
    let files = &old.files[..];
    let hosts = files.len() - old.islands.len();
    let island = |index: usize| index.checked_sub(hosts).map(|index| old.islands[index].clone());
    let listed: Vec<Listed> = files
        .iter()
        .enumerate()
        .map(|(index, file)| Listed { island: island(index), ..file.listed() })
        .collect();
    let plan = plan(&listed, settings, &[], options, site);
    let layout = Layout::new(&listed, &plan, &Stated::default());
    let shared = Shared::of(files, &listed, &[]);
    let assemble = |members| Cluster::assemble(members, &layout, |index| files.get(index), &shared, &plan);
    let mut clusters: Vec<Cluster<'a>> = layout.clusters().iter().filter_map(assemble).collect();
    clusters.sort_by(|a, b| a.name.cmp(&b.name));
    clusters
}

/// The previous state of a cluster: the previous cluster with the same name, or else the one that shares the most
/// files.
pub fn counterpart<'c, 'a>(now: &Cluster<'a>, before: &'c [Cluster<'a>]) -> Option<&'c Cluster<'a>> {
    let paths = |cluster: &Cluster<'a>| -> Vec<&'a str> {
        cluster.files().into_iter().map(|(file, _)| file.path()).collect()
    };
    let mut named = before.iter().filter(|cluster| cluster.name == now.name);
    if let (Some(cluster), None) = (named.next(), named.next()) {
        return Some(cluster);
    }
    let own: BTreeSet<&str> =
        if before.is_empty() { BTreeSet::new() } else { paths(now).into_iter().collect() };
    let shared = |cluster: &Cluster<'a>| paths(cluster).iter().filter(|path| own.contains(*path)).count();
    let sharing = before.iter().map(|cluster| (shared(cluster), cluster)).filter(|(shared, _)| *shared > 0);
    sharing.max_by_key(|(shared, _)| *shared).map(|(_, cluster)| cluster)
}
