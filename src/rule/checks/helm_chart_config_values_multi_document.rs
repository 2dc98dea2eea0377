//! `helm-chart-config/values-multi-document`: several YAML documents in `valuesContent`.

use crate::rule::{Context, Draft, Target};
use crate::yaml::{Document, looks_templated};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let Some(values) = object.values_document().filter(|values| !looks_templated(values.text.text())) else {
        return;
    };
    let mut filled =
        values.stream.chunks.iter().filter(|chunk| {
            chunk.document.as_ref().and_then(Document::root).is_some_and(|root| !root.is_null())
        });
    let (Some(_), Some(second)) = (filled.next(), filled.next()) else { return };
    let Some(separator) = second.separator else { return };
    drafts.push(
        Draft::new(
            separator,
            "second document in `valuesContent`; Helm 4 merges it into the first, Helm 3 drops it",
        )
        .help("merge the values into one document, without `---`"),
    );
}
