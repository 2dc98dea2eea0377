//! Properties of places: every span is in its file and on character boundaries, and the place of a node is where the
//! node is.

use rke2_lint::source::Span;
use rke2_lint::yaml::{Document, Kind, NodeRef, Stream, Style, SyntaxError};

/// The span must be in the text and on character boundaries.
pub fn assert_place(text: &str, span: Span) {
    assert!(text.get(span.range()).is_some(), "{:?} in {} bytes", span.range(), text.len());
}

/// All spans of a stream must be in `outer`, the file that they refer to.
pub fn assert_places(outer: &str, stream: &Stream) {
    for chunk in stream.chunks.iter().chain(stream.head.as_deref()) {
        let marks = [chunk.trailing, chunk.directive, chunk.separator_text, chunk.separator];
        marks.into_iter().flatten().for_each(|span| assert_place(outer, span));
        for error in chunk.error.iter().chain(&chunk.json_error) {
            assert_place(outer, error.span);
            assert!(!error.message.is_empty());
        }
        for node in chunk.document.iter().flat_map(nodes) {
            assert_place(outer, node.span());
        }
    }
}

/// All nodes of a document as written; aliases are not followed.
pub fn nodes(document: &Document) -> Vec<NodeRef<'_>> {
    let mut nodes: Vec<NodeRef<'_>> = document.root().into_iter().collect();
    let mut next = 0;
    while let Some(&node) = nodes.get(next) {
        nodes.extend(children(node));
        next += 1;
    }
    nodes
}

/// The direct children of a node, in the order of the text.
pub fn children(node: NodeRef<'_>) -> Vec<NodeRef<'_>> {
    if node.is_alias() {
        return Vec::new();
    }
    node.entries().flat_map(|entry| [entry.key, entry.value]).chain(node.items()).collect()
}

/// Nodes must be nested without overlap, and have the text at their place. In a broken document, the end of a text is
/// unknown, so texts are not compared. For documents that are not embedded.
pub fn assert_nesting(document: &Document, is_broken: bool) {
    for node in nodes(document) {
        let mut after = node.span().start;
        for child in children(node) {
            assert!(node.span().contains(child.span()), "{child:?} reaches out of {node:?}");
            assert!(child.span().start >= after, "{child:?} starts before {after} in {node:?}");
            after = child.span().end;
        }
        if !is_broken {
            assert_text(node);
        }
    }
}

fn assert_text(node: NodeRef<'_>) {
    let source = node.source_text();
    if node.is_alias() {
        assert!(source.starts_with('*'), "{node:?}: {source:?}");
        return;
    }
    let (Some(style), Some(text)) = (node.style(), node.text()) else { return };
    let is_line = !source.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
    match style {
        Style::Plain if is_line => assert_eq!(source, text),
        Style::SingleQuoted if is_line => {
            assert_eq!(source, format!("'{}'", text.replace('\'', "''")));
        }
        Style::DoubleQuoted if is_line && !source.contains('\\') => {
            assert_eq!(source, format!("\"{text}\""));
        }
        Style::SingleQuoted => assert!(source.starts_with('\'') && source.ends_with('\'')),
        Style::DoubleQuoted => assert!(source.starts_with('"') && source.ends_with('"')),
        // The parser skips a comment inside such a text if it follows a tab.
        Style::Plain if source.contains("\t#") => {}
        Style::Plain => assert_eq!(squeezed(source), squeezed(text)),
        // An empty scalar consists of its header only.
        Style::Literal | Style::Folded if squeezed(text).is_empty() => {
            assert!(squeezed(source).is_empty() || source.starts_with(['|', '>']), "{source:?}");
        }
        Style::Literal | Style::Folded => {
            assert!(!source.ends_with(['\n', ' ']), "{source:?}");
            assert_eq!(squeezed(source), squeezed(text), "{source:?}");
        }
    }
}

/// A text without white space, which is not affected by folding and indentation.
pub fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Both streams must have the same results for the same text, with places in the second one shifted by `by`.
pub fn assert_same(one: &Stream, two: &Stream, by: usize) {
    assert_eq!(one.chunks.len(), two.chunks.len());
    let moved = |span: Span| span.start as usize + by..span.end as usize + by;
    let place = |span: Option<Span>| span.map(Span::range);
    let moved_error =
        |error: &Option<SyntaxError>| error.as_ref().map(|error| (error.kind, moved(error.span)));
    let error = |error: &Option<SyntaxError>| error.as_ref().map(|error| (error.kind, error.span.range()));
    for (one, two) in one.chunks.iter().zip(&two.chunks) {
        assert_eq!(moved_error(&one.error), error(&two.error));
        assert_eq!(moved_error(&one.json_error), error(&two.json_error));
        assert_eq!(one.trailing.map(moved), place(two.trailing));
        assert_eq!(one.directive.map(moved), place(two.directive));
        assert_eq!(one.separator.map(moved), place(two.separator));
        assert_eq!(one.separator_text.map(moved), place(two.separator_text));
        let all = |document: &Option<Document>, by: usize| -> Vec<String> {
            document.iter().flat_map(nodes).map(|node| told(node, by)).collect()
        };
        assert_eq!(all(&one.document, by), all(&two.document, 0));
    }
}

fn told(node: NodeRef<'_>, by: usize) -> String {
    let span = node.span();
    let count = match node.kind() {
        Kind::Scalar => 0,
        Kind::Mapping => node.entries().len(),
        Kind::Sequence => node.items().len(),
    };
    let (start, end) = (span.start as usize + by, span.end as usize + by);
    format!(
        "{:?} {count} {:?} {:?} {:?} {start}..{end}",
        node.kind(),
        node.style(),
        node.text(),
        node.value()
    )
}
