//! `manifest/not-strict-json`: a document that starts with `{` but is not valid JSON.

use crate::finding::Severity;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let stream = &manifest.file.stream;
    // Elsewhere something more lenient than the deploy controller may read the file.
    if !manifest.is_deployed_as_is() || stream.first_error().is_some() || manifest.file.is_template() {
        return;
    }
    let Some(error) = stream.chunks.iter().find_map(|chunk| chunk.json_error.as_ref()) else { return };
    let message =
        format!("invalid JSON: {}; a document that starts with `{{` must be strict JSON", error.message);
    let mut draft = Draft::new(error.span, message)
        .help("write strict JSON (no comments, no trailing commas, quoted keys), or block style YAML");
    if !manifest.is_certain() {
        draft = draft.severity(Severity::Warning);
    }
    drafts.push(draft);
}
