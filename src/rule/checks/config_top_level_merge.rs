//! `config/top-level-merge`: a `<<` without effect.

use crate::rke2::file::RkeFile;
use crate::rule::{Context, Draft, Target};
use crate::yaml::Entry;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    // What keeps the file from being read, a merge of no mapping among it, has a finding of its own.
    let read = node.files().filter(|file| file.first_document_error().is_none());
    for root in read.filter_map(RkeFile::first_root) {
        for entry in root.entries().filter(Entry::is_merge) {
            drafts.push(
                Draft::new(
                    entry.key.span(),
                    "top-level merge key `<<` has no effect; RKE2 silently drops the merged keys",
                )
                .help("write the keys out, or move them to a file in `config.yaml.d`"),
            );
        }
    }
}
