//! `manifest/stale-copy`: a backup that is deployed beside the original.

use crate::cluster::charts::Manifest;
use crate::cluster::deployment::deployments;
use crate::rke2::addon::copy_mark;
use crate::rke2::object::ObjectKey;
use crate::rule::{Context, Draft};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    for unit in deployments(context.cluster) {
        for copy in &unit {
            let Some(mark) = copy_mark(copy.file.name()) else { continue };
            let original = unit
                .iter()
                .find(|other| copy_mark(other.file.name()).is_none() && shares_object(copy, other));
            let Some(original) = original else { continue };
            let message = format!(
                "`{}` looks like a copy (`{mark}`) of `{}`, but RKE2 applies both, and the later one wins",
                copy.file.name(),
                original.file.name()
            );
            drafts.push(
                Draft::new(Span::file_start(copy.file.id), message)
                    .related(Span::file_start(original.file.id), "sets the same objects")
                    .help("move the copy out of the manifests directory, or end its name in `.bak`"),
            );
        }
    }
}

fn shares_object(one: &Manifest<'_>, other: &Manifest<'_>) -> bool {
    let keys: Vec<ObjectKey> = other.file.objects().filter_map(ObjectKey::of).collect();
    one.file.objects().filter_map(ObjectKey::of).any(|key| keys.contains(&key))
}
