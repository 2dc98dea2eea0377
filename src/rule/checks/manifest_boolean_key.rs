//! `manifest/boolean-key`: keys such as `on` and `y`, which become `true`.

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};
use crate::yaml::{Document, Value};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let file = manifest.file;
    if !file.is_readable_manifest() {
        return;
    }
    let documents = file.stream.documents().filter(|document| !document.has_plain_keys());
    for mapping in documents.flat_map(Document::mappings) {
        for entry in mapping.entries() {
            let text = entry.key.text().unwrap_or_default();
            // No YAML boolean is longer than `false`.
            if text.len() > "false".len() {
                continue;
            }
            let Some(Value::Bool(value)) = entry.key.value() else { continue };
            if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
                continue;
            }
            drafts.push(
                Draft::new(
                    entry.key.span(),
                    format!("unquoted key `{text}` is a boolean in YAML 1.1; RKE2 reads it as `{value}`"),
                )
                .help(format!("quote it: `\"{text}\":`"))
                .fixed(Safety::Unsafe, "quote the key", edit::quoted(entry.key)),
            );
        }
    }
}
