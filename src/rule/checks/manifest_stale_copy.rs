//! `manifest/stale-copy`: a backup copy that is still deployed.

use std::collections::BTreeMap;

use crate::cluster::charts::Manifest;
use crate::cluster::deployment::deployments;
use crate::rke2::addon::copy_mark;
use crate::rke2::object::ObjectKey;
use crate::rule::{Context, Draft};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let is_copy = |manifest: &Manifest<'_>| copy_mark(manifest.file.name()).is_some();
    if !context.cluster.manifests.iter().any(is_copy) {
        return;
    }
    for unit in deployments(context.cluster) {
        let (copies, others): (Vec<&Manifest<'_>>, Vec<_>) =
            unit.into_iter().partition(|manifest| is_copy(manifest));
        if copies.is_empty() {
            continue;
        }
        let mut originals: BTreeMap<ObjectKey<'_>, &Manifest<'_>> = BTreeMap::new();
        for other in others {
            for key in other.file.objects().filter_map(ObjectKey::of) {
                originals.entry(key).or_insert(other);
            }
        }
        for copy in copies {
            let Some(mark) = copy_mark(copy.file.name()) else { continue };
            let shared = copy.file.objects().filter_map(ObjectKey::of).filter_map(|key| originals.get(&key));
            let Some(original) = shared.min_by_key(|original| original.file.path()) else { continue };
            let message = format!(
                "`{}` looks like a copy (`{mark}`) of `{}`; RKE2 applies both and the last one wins",
                copy.file.name(),
                original.file.name()
            );
            drafts.push(
                Draft::new(Span::file_start(copy.file.id), message)
                    .related(Span::file_start(original.file.id), "defines the same objects")
                    .help("move the copy out of the manifests directory, or add `.bak` to its name"),
            );
        }
    }
}
