//! `manifest/dangling-link`: a link to nothing stops the deploy controller.

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
            format!(
                "`{}` is a symbolic link to nothing: RKE2 gives up on the whole directory and deploys none of its manifests",
                manifest.file.name()
            ),
        )
        .help("remove the link, or create the file that it points to"),
    );
}
