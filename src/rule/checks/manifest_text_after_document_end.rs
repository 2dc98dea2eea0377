//! `manifest/text-after-document-end`: what follows `...` is dropped.

use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let stream = &manifest.file.stream;
    if stream.first_error().is_some() {
        return;
    }
    for span in stream.chunks.iter().filter_map(|chunk| chunk.trailing) {
        let before = manifest.file.source.text().get(..span.start as usize).unwrap_or_default();
        let end = if before.trim_end().ends_with("...") {
            "`...`, the end of a document"
        } else {
            "the end of the document"
        };
        let message = format!("this follows {end}: RKE2 silently ignores it");
        drafts.push(Draft::new(span, message).help("separate documents with `---`"));
    }
}
