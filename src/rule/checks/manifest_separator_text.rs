//! `manifest/separator-text`: a `---` line with more than a comment.

use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let file = manifest.file;
    if file.stream.first_error().is_some() {
        return;
    }
    let Some(span) = file.stream.chunks.iter().find_map(|chunk| chunk.separator_text) else { return };
    let text = file.source.text().get(span.range()).unwrap_or_default();
    let shown: String = text.chars().take(40).collect();
    drafts.push(
        Draft::new(
            span,
            format!("unexpected `{shown}` after the separator `---`; RKE2 rejects the whole file"),
        )
        .help("put nothing after `---` except a comment"),
    );
}
