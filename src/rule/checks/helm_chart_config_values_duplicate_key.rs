//! `helm-chart-config/values-duplicate-key`: a duplicate key in a map of `valuesContent`.

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};
use crate::yaml::{Document, looks_templated};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let Some(values) = object.values_document() else { return };
    let mut documents = values.stream.documents().filter(|document| !document.has_plain_keys()).peekable();
    // Both branches of a template may set the same key.
    if documents.peek().is_none()
        || values.stream.first_error().is_some()
        || looks_templated(values.text.text())
    {
        return;
    }
    for mapping in documents.flat_map(Document::mappings) {
        for (earlier, later) in mapping.repeated() {
            let name = later.name();
            if name.is_empty() || earlier.value.same_data(later.value) {
                continue;
            }
            drafts.push(
                Draft::new(
                    later.key.span(),
                    format!("duplicate key `{name}`; Helm drops the first one entirely"),
                )
                .related(earlier.key.span(), "dropped by Helm")
                .help(format!("merge both into one `{name}`"))
                .fixed(
                    Safety::Unsafe,
                    "remove the dropped one",
                    edit::remove(mapping, earlier),
                ),
            );
        }
    }
}
