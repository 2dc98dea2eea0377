//! Prevents edits that would have side effects: in templates, in quoted values, and in text that aliases repeat. Must
//! not apply edits.

use crate::finding::{Edit, Finding, Safety};
use crate::rke2::file::{RkeFile, ValuesDocument};
use crate::source::{FileId, Span};
use crate::yaml::{Document, NodeRef, Style, looks_templated};

/// Marks fixes that cannot be applied as display-only.
pub fn restrict<'f>(findings: &mut [Finding], file: impl Fn(FileId) -> Option<&'f RkeFile>) {
    for fix in findings.iter_mut().filter_map(|finding| finding.fix.as_mut()) {
        let editable = |edit: &Edit| file(edit.span.file).is_some_and(|file| is_editable(file, edit.span));
        if !fix.edits.iter().all(editable) {
            fix.safety = Safety::Display;
        }
    }
}

fn is_editable(file: &RkeFile, span: Span) -> bool {
    let text = file.source.text();
    let is_alias = text[span.range()].starts_with('*') && file.stream.first_error().is_none();
    if is_alias
        || looks_templated(text)
        || file.stream.documents().any(|document| is_repeated(document, span))
    {
        return false;
    }
    file.values.iter().filter(|values| values.host.contains(span)).all(|values| {
        is_literal(file, values) && !values.stream.documents().any(|inner| is_repeated(inner, span))
    })
}

/// Whether an alias repeats the edited text.
fn is_repeated(document: &Document, span: Span) -> bool {
    document.aliases().any(|alias| alias.resolved().span().contains(span))
}

/// Whether the values are in a literal block scalar, whose lines can be edited separately. In quoted and folded scalars
/// they cannot.
fn is_literal(file: &RkeFile, values: &ValuesDocument) -> bool {
    let scalars = file.stream.documents().flat_map(Document::scalars);
    let style = |node: NodeRef<'_>| (node.span() == values.host).then(|| node.style()).flatten();
    scalars.filter_map(style).all(|style| style == Style::Literal)
}
