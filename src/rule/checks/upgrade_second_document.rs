//! `upgrade/second-document`: values that Helm 3 ignores and Helm 4 merges.

use crate::catalog::runs_helm_4;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Document, looks_templated};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let (Some(from), Target::Object { object, .. }) = (&context.cluster.upgraded_from, context.target) else {
        return;
    };
    if from.any(runs_helm_4) || !context.cluster.target.all(runs_helm_4) {
        return;
    }
    let Some(values) = object.values_document().filter(|values| !looks_templated(values.text.text())) else {
        return;
    };
    let documents = values.stream.chunks.iter().filter_map(|chunk| chunk.document.as_ref());
    let roots = documents.filter_map(Document::root).filter(|root| !root.is_null());
    for entry in roots.skip(1).filter_map(|root| root.entries().next()) {
        let message =
            "the values of this document take effect; Helm 4 merges all documents, Helm 3 reads the first";
        drafts.push(
            Draft::new(entry.key.span(), message).help("write all values as one document, without `---`"),
        );
    }
}
