//! `manifest/no-json-form`: YAML that JSON cannot represent.

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};
use crate::yaml::{Document, Kind, NodeRef, Style};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let file = manifest.file;
    if !file.is_readable_manifest() {
        return;
    }
    for document in file.stream.documents() {
        numbers(document, drafts);
        for mapping in document.mappings().filter(|_| !document.has_plain_keys()) {
            keys(mapping, file.source.text(), drafts);
        }
    }
}

fn numbers(document: &Document, drafts: &mut Vec<Draft>) {
    for scalar in document.numbers_not_finite() {
        let text = scalar.text().unwrap_or_default();
        drafts.push(
            Draft::new(
                scalar.span(),
                format!("`{text}` cannot be represented in JSON; RKE2 rejects the whole file"),
            )
            .help(format!("write a number, or the string `\"{text}\"`"))
            .fixed(Safety::Unsafe, "quote the value", edit::quoted(scalar)),
        );
    }
}

fn keys(mapping: NodeRef<'_>, text: &str, drafts: &mut Vec<Draft>) {
    for entry in mapping.entries() {
        let span = entry.key.span();
        let what = match entry.key.kind() {
            Kind::Scalar if entry.key.is_null() && entry.key.style() == Some(Style::Plain) => "null",
            Kind::Scalar => continue,
            Kind::Sequence => "a list",
            Kind::Mapping => "a map",
        };
        // YAML parses an unquoted `{{ value }}` as a map within a map.
        let before = text.get(..span.start as usize).unwrap_or_default();
        if text.get(span.range()).is_some_and(|key| key.starts_with("{{"))
            || (what == "a map" && before.trim_end().ends_with('{'))
        {
            continue;
        }
        drafts.push(
            Draft::new(
                span,
                format!("invalid key: expected a string, found {what}; RKE2 rejects the whole file"),
            )
            .help("write the key as a string"),
        );
    }
}
