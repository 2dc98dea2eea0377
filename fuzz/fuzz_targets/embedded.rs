//! Documents inside scalars: the input as a host, and as the text inside a scalar of each style.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::{Corpus, fuzz_target};
use rke2_lint::source::Sources;
use rke2_lint::yaml::{Document, Embedded, Stream, Style, embedded};
use rke2_lint_fuzz::places::{assert_place, assert_places, nodes, squeezed};

/// Maximum number of scalars of one host that are read as documents.
const MOST: usize = 24;
/// Maximum depth of documents inside documents.
const DEEPEST: usize = 2;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    let host = parse(text);
    assert_inside(text, &host, DEEPEST);
    if !text.trim().is_empty() {
        for style in [Style::Literal, Style::Folded, Style::SingleQuoted, Style::DoubleQuoted] {
            assert_wrapped(text, style);
        }
    }
    Corpus::Keep
});

fn parse(text: &str) -> Stream {
    let text: Arc<str> = text.into();
    Stream::parse(Sources::id_at(0), &text)
}

/// All documents that are read from scalars of a file must have their places in that file.
fn assert_inside(outer: &str, stream: &Stream, depth: usize) {
    for scalar in stream.documents().flat_map(Document::scalars).take(MOST) {
        let Some(inner) = embedded(scalar) else { continue };
        assert_eq!(Some(inner.text()), scalar.text());
        let inside = inner.parse();
        assert_places(outer, &inside);
        for range in inner.text().char_indices().map(|(at, c)| at..at + c.len_utf8()) {
            assert_place(outer, inner.span(range.start, range.end));
        }
        // Below the first level, the surrounding text is not verbatim in the file: escapes may be escaped again.
        if depth == DEEPEST && scalar.style() == Some(Style::Literal) && is_mapped(&inner) {
            assert_same_text(outer, &inside, Style::Literal);
        }
        if depth > 1 {
            assert_inside(outer, &inside, depth - 1);
        }
    }
}

/// A text inside a scalar must be read unchanged, with every node at its exact place.
fn assert_wrapped(text: &str, style: Style) {
    let outer = wrapped(text, style);
    let stream = parse(&outer);
    if style != Style::DoubleQuoted && !is_ordinary(text) {
        return;
    }
    let value = stream.documents().next().and_then(|document| document.root()?.get("v"));
    assert_eq!(stream.first_error(), None, "{outer:?}");
    let Some(inner) = value.and_then(embedded) else { panic!("no scalar in {outer:?}") };
    match style {
        Style::Literal | Style::DoubleQuoted => assert_eq!(inner.text(), text, "{outer:?}"),
        _ => assert_eq!(squeezed(inner.text()), squeezed(text), "{outer:?}"),
    }
    assert!(is_mapped(&inner), "no places for {outer:?}");
    let inside = inner.parse();
    assert_places(&outer, &inside);
    assert_same_text(&outer, &inside, style);
}

fn wrapped(text: &str, style: Style) -> String {
    let indented = |text: &str| {
        let lines =
            text.split('\n').map(|line| if line.is_empty() { String::new() } else { format!("  {line}") });
        lines.collect::<Vec<_>>().join("\n")
    };
    let chomp = if text.ends_with('\n') { '+' } else { '-' };
    // The last line break of the text is the one before `w`.
    let body = || indented(text.strip_suffix('\n').unwrap_or(text));
    match style {
        Style::Literal => format!("v: |2{chomp}\n{}\nw: 1\n", body()),
        Style::Folded => format!("v: >2{chomp}\n{}\nw: 1\n", body()),
        Style::SingleQuoted => format!("v: '{}'\nw: 1\n", indented(&text.replace('\'', "''")).trim_start()),
        _ => format!("v: {}\nw: 1\n", escaped(text)),
    }
}

/// The text in double quotes, with escapes for all characters except printable ASCII and letters.
fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        ' '..='~' => c.to_string(),
        c if c.is_alphabetic() => c.to_string(),
        '\0'..='\u{ff}' => format!("\\x{:02x}", c as u32),
        '\u{100}'..='\u{ffff}' => format!("\\u{:04x}", c as u32),
        c => format!("\\U{:08X}", c as u32),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

/// Whether a text is unchanged in a block scalar: YAML does not reject any character or treat it as a line break, and
/// the last line is not blank, since that would be indentation.
fn is_ordinary(text: &str) -> bool {
    let last = text.strip_suffix('\n').unwrap_or(text).rsplit('\n').next().unwrap_or_default();
    text.chars().all(|c| matches!(c, '\n' | ' '..='~') || c.is_alphabetic()) && !last.trim().is_empty()
}

/// Whether the places of the inner text are known; otherwise, all of them are the scalar as a whole.
fn is_mapped(inner: &Embedded) -> bool {
    !inner.span(0, inner.text().len()).range().is_empty()
}

/// The text at a node's place in the file must be the node's, apart from indentation, folding and quotes.
fn assert_same_text(outer: &str, inside: &Stream, style: Style) {
    for node in inside.documents().flat_map(nodes) {
        let there = &outer[node.span().range()];
        let there = match style {
            Style::SingleQuoted => there.replace("''", "'"),
            Style::DoubleQuoted => unescaped(there),
            _ => there.to_owned(),
        };
        assert_eq!(squeezed(&there), squeezed(node.source_text()), "{node:?} in {outer:?}");
    }
}

/// The inverse of [`escaped`]; panics for a piece that splits an escape.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let digits = match chars.next().expect("an escape in one piece") {
            'n' => {
                out.push('\n');
                continue;
            }
            't' => {
                out.push('\t');
                continue;
            }
            'x' => 2,
            'u' => 4,
            'U' => 8,
            c => {
                out.push(c);
                continue;
            }
        };
        let code: String = chars.by_ref().take(digits).collect();
        let code = u32::from_str_radix(&code, 16).expect("hexadecimal digits");
        out.extend(char::from_u32(code));
    }
    out
}
