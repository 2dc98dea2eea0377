//! `helm-chart-config/values-duplicate-key`: a key that stands twice in one mapping of `valuesContent`.

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};
use crate::yaml::{Document, looks_templated};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let Some(values) = object.values_document() else { return };
    // Both branches of a template may set the same key.
    if values.stream.first_error().is_some() || looks_templated(values.text.text()) {
        return;
    }
    let documents = values.stream.documents().filter(|document| !document.has_plain_keys());
    for mapping in documents.flat_map(Document::mappings) {
        for (earlier, later) in mapping.repeated() {
            let name = later.name();
            if name.is_empty() || earlier.value.same_data(later.value) {
                continue;
            }
            drafts.push(
                Draft::new(
                    later.key.span(),
                    format!(
                        "`{name}` stands twice in this mapping: Helm keeps this value and drops the \
                             first, whole"
                    ),
                )
                .related(earlier.key.span(), "this value is lost")
                .help(format!("write `{name}` once, with all that belongs below it"))
                .fixed(
                    Safety::Unsafe,
                    "delete the one that is dropped",
                    edit::remove(mapping, earlier),
                ),
            );
        }
    }
}
