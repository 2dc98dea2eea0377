//! `manifest/yaml-directive`: `%YAML` in a manifest.

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let stream = &manifest.file.stream;
    let Some(span) = stream.chunks.iter().find_map(|chunk| chunk.directive) else { return };
    if stream.first_error().is_some() {
        return;
    }
    let text = manifest.file.source.text().get(span.range()).unwrap_or_default();
    let message =
        format!("directive `{text}`; Kubernetes removes the `---` after it and rejects the whole file");
    let line = edit::line(manifest.file.source.text(), span);
    drafts.push(Draft::new(span, message).help("remove the line").fixed(
        Safety::Safe,
        "remove the line",
        line,
    ));
}
