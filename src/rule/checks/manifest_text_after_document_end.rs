//! `manifest/text-after-document-end`: content after `...`, which RKE2 drops.

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
            "the document end marker `...`"
        } else {
            "the end of the document"
        };
        let message = format!("content after {end} is silently dropped");
        drafts.push(Draft::new(span, message).help("separate documents with `---`"));
    }
}
