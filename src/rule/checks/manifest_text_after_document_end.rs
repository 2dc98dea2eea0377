//! `manifest/text-after-document-end`: what follows `...` is dropped.

use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let stream = &manifest.file.stream;
    if stream.first_error().is_some() {
        return;
    }
    for span in stream.chunks.iter().filter_map(|chunk| chunk.trailing) {
        let message = "this follows `...`, the end of a document: RKE2 drops it without a word";
        drafts.push(Draft::new(span, message).help("separate documents with `---` instead of `...`"));
    }
}
