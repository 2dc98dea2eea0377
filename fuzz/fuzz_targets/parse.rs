//! Any text as a file: places, nesting, lookups, comments, and the fast parser against the full one.
#![no_main]

use std::ops::Range;
use std::sync::Arc;

use libfuzzer_sys::{Corpus, fuzz_target};
use rke2_lint::source::Sources;
use rke2_lint::yaml::{
    Kind, NodeRef, Stream, advice, comment_ranges, looks_templated, plain_words, template_mark,
};
use rke2_lint_fuzz::places::{assert_nesting, assert_places, assert_same, nodes};

/// A comment whose quotation mark prevents the following chunk from taking the fast path.
const NOT_PLAIN: &str = "# \u{201c}\n";
/// Maximum number of fields of one map that are looked up again: each lookup searches the whole map.
const LOOKED_UP: usize = 40;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    let stream = parse(text);
    assert_places(text, &stream);
    for chunk in stream.chunks.iter().chain(stream.head.as_deref()) {
        let Some(document) = &chunk.document else { continue };
        assert_nesting(document, chunk.error.is_some());
        nodes(document).into_iter().for_each(assert_lookups);
    }
    // A byte order mark has an effect only at the start, and after a `---` or a comment nothing is read as JSON.
    if !text.trim_start().starts_with(['\u{feff}', '-', '{']) {
        assert_same(&stream, &parse(&format!("{NOT_PLAIN}{text}")), NOT_PLAIN.len());
    }
    assert_comments(text);
    if let Some(error) = stream.first_error() {
        let at = error.span.start as usize;
        assert!(!advice(text, at).is_empty() && !plain_words(&error.message, text, at).is_empty());
    }
    let mark = template_mark(text);
    assert!(mark.is_some() || !looks_templated(text));
    assert!(mark.is_none_or(|mark| is_piece(text, &mark.range)));
    Corpus::Keep
});

fn parse(text: &str) -> Stream {
    let text: Arc<str> = text.into();
    Stream::parse(Sources::id_at(0), &text)
}

/// Effective entries are found by their name, and nothing else is found.
fn assert_lookups(node: NodeRef<'_>) {
    if node.kind() != Kind::Mapping || node.is_alias() {
        return;
    }
    let fields = node.fields();
    assert!(fields.len() <= node.entries().len() || node.entries().any(|entry| entry.is_merge()));
    for field in fields.iter().take(LOOKED_UP) {
        let name = field.name();
        assert_eq!(fields.iter().filter(|other| other.name() == name).count(), 1, "{name:?}");
        let found = node.entry(&name).map(|found| found.key.span());
        // A key that is a list or a map does not have a name for lookups.
        assert!(found == Some(field.key.span()) || field.key.text().is_none(), "{name:?}: {found:?}");
    }
}

fn assert_comments(text: &str) {
    let mut after = 0;
    for range in comment_ranges(text) {
        assert!(is_piece(text, &range) && text[range.clone()].starts_with('#'), "{range:?}");
        assert!(range.start >= after && !text[range.clone()].contains('\n'), "{range:?}");
        after = range.end;
    }
}

fn is_piece(text: &str, range: &Range<usize>) -> bool {
    !range.is_empty() && text.get(range.clone()).is_some()
}
