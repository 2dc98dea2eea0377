//! `manifest/dangling-link`: a dangling symlink stops the deploy controller.

use crate::rke2::classify::Content;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    if manifest.file.content != Content::DanglingLink || !manifest.is_certain() {
        return;
    }
    drafts.push(
        Draft::new(
            context.subject_place(),
            format!("dangling symlink `{}`; RKE2 stops deploying the whole directory", manifest.file.name()),
        )
        .help("remove the link, or create its target"),
    );
}
