//! The previous tree: a folder, or a git revision. Must not write, and produces no findings.

#[cfg(feature = "disk")]
mod git;
#[cfg(feature = "disk")]
mod open;

use std::collections::BTreeSet;
use std::sync::Arc;

#[cfg(feature = "disk")]
pub use open::previous;

use rayon::prelude::*;

use super::load::{self, First, Input};
use super::options::Options;
use super::plan::plan;
use super::site::Site;
use crate::cluster::{Cluster, Layout, Shared};
use crate::rke2::classify::Content;
use crate::rke2::file::{Listed, RkeFile};
use crate::source::{SourceFile, Sources, folder as folder_of};

/// The files of the tree before.
#[derive(Clone, Debug, Default)]
pub struct Previous {
    /// In the order of their paths.
    pub files: Vec<PreviousFile>,
}

/// A file of the tree before.
#[derive(Clone, Debug)]
pub struct PreviousFile {
    /// Its path, as if it were in the tree that is linted.
    pub path: String,
    /// As shown to the user.
    pub shown: String,
    /// What it holds.
    pub input: Input,
}

impl Previous {
    /// Parses the files, as far as they matter. Their texts join the others, by the names that the user knows
    /// them by.
    pub fn parse(&self, sources: &mut Sources, options: &Options) -> Vec<RkeFile> {
        let first = sources.len();
        let parsed: Vec<RkeFile> = self
            .files
            .par_iter()
            .enumerate()
            .map(|(index, file)| {
                let id = Sources::id_at(first + index);
                let path: Arc<str> = file.path.as_str().into();
                let bytes = match &file.input {
                    Input::Bytes(bytes) => bytes,
                    Input::DanglingLink => return RkeFile::without_text(id, path, Content::DanglingLink),
                };
                let place: Arc<str> = folder_of(&path).into();
                let named = options.manifest_roots([(&*path, &*place)]);
                match load::look(id, &path, &place, bytes, &named, options.is_config(&path)) {
                    First::Foreign(content, _) => RkeFile::without_text(id, path, content),
                    First::Sniffed(..) => load::parse(id, &path, &place, bytes),
                    First::Parsed(file) => file,
                }
            })
            .collect();
        for (file, old) in parsed.iter().zip(&self.files) {
            let source = SourceFile::new(old.shown.as_str(), file.source.shared_text());
            sources.add(Arc::new(source));
        }
        parsed
    }
}

/// Leaves out manifests whose file is still there and holds no object now, or is skipped. RKE2 removes what an emptied
/// file had brought, so that none of it is left in the cluster; one that cannot be read has a finding of its own.
pub fn leave_out_emptied(before: &mut Vec<RkeFile>, now: &[Listed]) {
    if before.is_empty() {
        return;
    }
    let emptied: BTreeSet<&str> = now
        .iter()
        .filter(|file| !matches!(file.content, Content::Manifest { .. }))
        .map(|file| file.path.strip_suffix(".skip").unwrap_or(&file.path))
        .collect();
    before.retain(|file| !matches!(file.content, Content::Manifest { .. }) || !emptied.contains(file.path()));
}

/// The clusters of the tree before.
pub fn clusters<'a>(
    files: &'a [RkeFile],
    settings: Option<&'a RkeFile>,
    options: &Options,
    site: &Site,
) -> Vec<Cluster<'a>> {
    let listed: Vec<Listed> = files.iter().map(RkeFile::listed).collect();
    let plan = plan(&listed, settings, &[], options, site);
    let layout = Layout::new(&listed, &plan);
    let shared = Shared::of(files, &listed, &[]);
    let assemble = |members| Cluster::assemble(members, &layout, |index| files.get(index), &shared, &plan);
    let mut clusters: Vec<Cluster<'a>> = layout.clusters().iter().filter_map(assemble).collect();
    clusters.sort_by(|a, b| a.name.cmp(&b.name));
    clusters
}

/// The cluster of the tree before that a cluster of today was: the one of its name, else the one that shares most
/// of its files.
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
