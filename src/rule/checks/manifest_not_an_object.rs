//! `manifest/not-an-object`: a document that is a list, a string, `null` or `{}`.

use crate::rke2::classify::Content;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Document, Kind, NodeRef, Style, Value};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let file = manifest.file;
    // `kubectl` skips such documents.
    if !manifest.is_deployed_as_is()
        || file.stream.first_error().is_some()
        || matches!(file.content, Content::Kustomization | Content::Fleet)
    {
        return;
    }
    for root in file.stream.documents().filter_map(Document::root) {
        let what = match root.kind() {
            Kind::Mapping if root.entries().len() == 0 => "an empty map",
            Kind::Mapping => continue,
            _ if root.is_opaque() || is_separator(root) => continue,
            Kind::Sequence => "a list",
            Kind::Scalar => match root.value() {
                Some(Value::Null) => "null",
                _ => "a string",
            },
        };
        let first = match root.kind() {
            Kind::Sequence => root.items().next().map_or(root.span(), NodeRef::span),
            _ => root.span(),
        };
        drafts.push(
            Draft::new(first, format!("expected an object, found {what}; RKE2 rejects the whole file"))
                .help("write one object per document, with `apiVersion` and `kind`, or remove it"),
        );
    }
}

/// Whether a document is an indented `---`, which is a string in YAML but an empty document to K3s.
fn is_separator(root: NodeRef<'_>) -> bool {
    let is_plain = root.style() == Some(Style::Plain);
    is_plain && root.text().is_some_and(|text| !text.is_empty() && text.split(' ').all(|word| word == "---"))
}
