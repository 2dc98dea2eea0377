//! `helm-chart-config/values-parse-error`: a `valuesContent` that Helm rejects.

use crate::catalog::runs_helm_4;
use crate::rke2::folded::Folded;
use crate::rke2::object::Object;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;
use crate::yaml::{
    Document, Entry, Kind, NodeRef, Stream, SyntaxErrorKind, advice, looks_templated, plain_words,
    template_mark,
};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let entry = object.spec().and_then(|spec| spec.entry("valuesContent"));
    let (Some(entry), Some(values)) = (entry, object.values_document()) else { return };
    // A value that is not a string is rejected before Helm sees it.
    if entry.value.string().is_none() || values.templated {
        return;
    }
    let mut found = refusals(*object, entry, &values.stream);
    let directive = values.stream.chunks.iter().find_map(|chunk| chunk.directive);
    if let Some(at) = directive
        && found.is_empty()
        && context.cluster.target.all(runs_helm_4)
    {
        let line = object.file.source.text().get(at.range()).unwrap_or_default();
        // Helm 3 reads the directive and the document together.
        let message = format!("directive `{line}`; Helm 4 removes the `---` after it and rejects the values");
        found.push(Draft::new(at, message).help("remove the line"));
    }
    // The text is searched for placeholders only if something is wrong with it.
    let text = values.text.text();
    if !found.is_empty() && !looks_templated(text) && template_mark(text).is_none() {
        drafts.extend(found);
    }
}

/// The reasons why Helm rejects the values.
fn refusals(object: Object<'_>, entry: Entry<'_>, values: &Stream) -> Vec<Draft> {
    // Only some releases read further documents.
    let first = values.chunks.iter().find(|chunk| chunk.document.is_some() || chunk.error.is_some());
    let Some(first) = first else { return Vec::new() };
    if let Some(error) = &first.error {
        let folded = Folded::of(entry, &object.file.source);
        if folded.is_some_and(|folded| folded.literal.first_error().is_none()) {
            return Vec::new();
        }
        return vec![if error.kind == SyntaxErrorKind::Limit {
            Draft::unreadable(error, &error.message, "")
        } else {
            let text = object.file.source.text();
            let problem = plain_words(&error.message, text, error.span.start as usize);
            refused(error.span, &format!("invalid YAML in `valuesContent`: {problem}"))
                .help(advice(text, error.span.start as usize))
        }];
    }
    let Some(document) = &first.document else { return Vec::new() };
    let Some(root) = document.root().filter(|root| !root.is_null()) else { return Vec::new() };
    match root.kind() {
        Kind::Mapping => unreadable(document),
        Kind::Sequence => vec![refused(entry.key.span(), "expected a map in `valuesContent`, found a list")],
        Kind::Scalar => {
            let value = root.text().and_then(|text| text.lines().next()).unwrap_or_default().trim();
            let what = format!("expected a map in `valuesContent`, found the string `{value}`");
            vec![refused(entry.label_span(), &what)]
        }
    }
}

/// Reports YAML that cannot be represented in JSON.
fn unreadable(document: &Document) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for scalar in document.numbers_not_finite() {
        let text = scalar.text().unwrap_or_default();
        drafts.push(refused(scalar.span(), &format!("`{text}` cannot be represented in JSON")));
    }
    let mappings = document.mappings().filter(|_| !document.has_plain_keys());
    for entry in mappings.flat_map(NodeRef::entries) {
        if entry.key.kind() != Kind::Scalar {
            drafts.push(refused(entry.key.span(), "a key is a list or map instead of a string"));
        } else if entry.key.is_null() {
            drafts.push(refused(entry.key.span(), "a key is null or missing"));
        }
    }
    drafts
}

fn refused(at: Span, what: &str) -> Draft {
    Draft::new(at, format!("{what}; Helm rejects the values"))
}
