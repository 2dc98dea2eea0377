//! `config/top-level-merge`: a `<<` that adds nothing.

use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for root in node.files().filter_map(crate::rke2::file::RkeFile::first_root) {
        for entry in root.entries().filter(crate::yaml::Entry::is_merge) {
            drafts.push(
                Draft::new(
                    entry.key.span(),
                    "`<<` at the top level adds nothing: RKE2's reader drops what it merges, without a message",
                )
                .help("write the keys out, or put them into a file in `config.yaml.d`"),
            );
        }
    }
}
