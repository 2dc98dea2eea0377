//! `manifest/hidden-folder`: manifests in a hidden folder, which RKE2 applies.

use crate::cluster::deployment::deployments;
use crate::rke2::classify::Content;
use crate::rule::{Context, Draft};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    for unit in deployments(context.cluster) {
        let mut said = Vec::new();
        for manifest in unit.iter().filter(|manifest| manifest.is_certain()) {
            let is_hidden =
                |folder: &&str| folder.rsplit('/').next().is_some_and(|name| name.starts_with('.'));
            let Some(folder) = manifest.folders_in_root().into_iter().find(is_hidden) else { continue };
            if said.contains(&folder) || !matches!(manifest.file.content, Content::Manifest { .. }) {
                continue;
            }
            said.push(folder);
            let message = format!("`{folder}` is hidden, but RKE2 still applies the manifests in it");
            drafts.push(Draft::new(Span::file_start(manifest.file.id), message).help(
                "move the folder out of the manifests directory, or rename it if it should be applied",
            ));
        }
    }
}
