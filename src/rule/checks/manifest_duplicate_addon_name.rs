//! `manifest/duplicate-addon-name`: two files with the same `AddOn` name.

use std::collections::BTreeMap;

use crate::cluster::charts::Manifest;
use crate::cluster::deployment::{are_for_different_environments, deployments};
use crate::rke2::addon::addon_name;
use crate::rke2::classify::Content;
use crate::rule::{Context, Draft};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    for unit in deployments(context.cluster) {
        let mut owners: BTreeMap<&str, &Manifest<'_>> = BTreeMap::new();
        for manifest in unit {
            let name = addon_name(manifest.file.name());
            if manifest.file.content == Content::DanglingLink {
                continue;
            }
            if let Some(first) = owners.get(name)
                // Files with the same content do not delete each other's objects, and templates may render to the same
                // content.
                && first.file.source.text() != manifest.file.source.text()
                && ![first, &manifest].iter().any(|manifest| manifest.file.is_template())
                && !is_one_selected(first, manifest)
            {
                drafts.push(draft(name, first, manifest));
            }
            owners.insert(name, manifest);
        }
    }
}

/// Whether a tool may copy only one of two files, the one for its environment, to the directory that RKE2 reads.
fn is_one_selected(first: &Manifest<'_>, second: &Manifest<'_>) -> bool {
    !second.is_certain() && are_for_different_environments(first, second)
}

fn draft(name: &str, first: &Manifest<'_>, second: &Manifest<'_>) -> Draft {
    let message = format!(
        "`{}` and `{}` have the same AddOn name `{name}`; each apply deletes the other's objects",
        second.file.name(),
        first.path_in_root().unwrap_or_else(|| first.file.name().to_owned()),
    );
    Draft::new(Span::file_start(second.file.id), message)
        .related(Span::file_start(first.file.id), format!("other file with the AddOn name `{name}`"))
        .help("rename one of them; RKE2 uses only the part before the first dot")
}
