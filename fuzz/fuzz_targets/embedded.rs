//! Documents inside scalars: the input as a host of its own, and as the text inside a scalar of each style.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::{Corpus, fuzz_target};
use rke2_lint::source::Sources;
use rke2_lint::yaml::{Document, Embedded, Stream, Style, embedded};
use rke2_lint_fuzz::places::{assert_place, assert_places, nodes, squeezed};

/// Scalars of one host that are read as documents.
const MOST: usize = 24;
/// How deep documents inside documents are followed.
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

/// Whatever is read out of the scalars of a file has its places in that file.
fn assert_inside(outer: &str, stream: &Stream, depth: usize) {
    for scalar in stream.documents().flat_map(Document::scalars).take(MOST) {
        let Some(inner) = embedded(scalar) else { continue };
        assert_eq!(Some(inner.text()), scalar.text());
        let inside = inner.parse();
        assert_places(outer, &inside);
        for range in inner.text().char_indices().map(|(at, c)| at..at + c.len_utf8()) {
            assert_place(outer, inner.span(range.start, range.end));
        }
        // Below the first level the text around is not the file's own: escapes may be escaped again.
        if depth == DEEPEST && scalar.style() == Some(Style::Literal) && is_mapped(&inner) {
            assert_same_text(outer, &inside, Style::Literal);
        }
        if depth > 1 {
            assert_inside(outer, &inside, depth - 1);
        }
    }
}

/// The text is found again inside a scalar, and every node of it at its very place.
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

/// The text in double quotes, with everything but printable ASCII and plain letters as an escape.
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

/// Text that stays as it is in a block scalar: no character that YAML refuses or takes for a line break, and no
/// last line of blanks, which would be indentation.
fn is_ordinary(text: &str) -> bool {
    let last = text.strip_suffix('\n').unwrap_or(text).rsplit('\n').next().unwrap_or_default();
    text.chars().all(|c| matches!(c, '\n' | ' '..='~') || c.is_alphabetic()) && !last.trim().is_empty()
}

/// Whether the places of the inner text are known; otherwise the scalar as a whole stands for all of them.
fn is_mapped(inner: &Embedded) -> bool {
    !inner.span(0, inner.text().len()).range().is_empty()
}

/// What stands at a node's place in the file is the node, apart from indentation, folding and quotes.
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

/// Undoes [`escaped`]; a piece that cuts an escape in two panics.
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
