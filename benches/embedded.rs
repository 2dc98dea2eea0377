//! The cost of a document inside a scalar: mapping its positions, parsing it, and looking up places in the file.
#![allow(missing_docs, reason = "the macros of divan make undocumented items")]

use std::sync::Arc;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use rke2_lint::source::{SourceFile, Sources};
use rke2_lint::yaml::{Document, Stream, embedded};

mod workload;
use workload::Random;

const STYLES: [&str; 4] = ["literal", "folded", "single-quoted", "double-quoted"];

fn main() {
    divan::main();
}

/// Two hundred lines of values as a scalar of this style, under the key `v`.
fn host(style: &str) -> String {
    let values = workload::values(&mut Random::new(1), "rke2-cilium", 200);
    let lines = |between: &str| values.lines().fold(String::new(), |text, line| text + "  " + line + between);
    match style {
        "literal" => format!("v: |\n{}", lines("\n")),
        // A blank line preserves a line break; lines that are indented more are preserved in any case.
        "folded" => format!("v: >\n{}", lines("\n\n")),
        // Loses its indentation, which makes it a different map of the same size.
        "single-quoted" => format!("v: '{}'\n", values.replace('\n', "\n\n")),
        _ => format!("v: \"{}\"\n", values.replace('"', "\\\"").replace('\n', "\\n")),
    }
}

fn stream(style: &str) -> Stream {
    let text = host(style);
    let mut sources = Sources::default();
    let file = Arc::new(SourceFile::new("file.yaml", text));
    let id = sources.add(Arc::clone(&file));
    Stream::parse(id, &file.shared_text())
}

fn scalar(stream: &Stream) -> rke2_lint::yaml::NodeRef<'_> {
    let root = stream.documents().next().and_then(Document::root).expect("a document");
    root.get("v").expect("a key")
}

/// Extracts the text and maps its positions.
#[divan::bench(args = STYLES)]
fn map(bencher: Bencher<'_, '_>, style: &str) {
    let stream = stream(style);
    let scalar = scalar(&stream);
    let bytes = scalar.text().map_or(0, str::len);
    bencher.counter(BytesCount::new(bytes)).bench(|| embedded(divan::black_box(scalar)));
}

#[divan::bench(args = STYLES)]
fn map_and_parse(bencher: Bencher<'_, '_>, style: &str) {
    let stream = stream(style);
    let scalar = scalar(&stream);
    let bytes = scalar.text().map_or(0, str::len);
    bencher
        .counter(BytesCount::new(bytes))
        .bench(|| embedded(divan::black_box(scalar)).map(|inner| inner.parse()));
}

/// Looks up the place in the file of every inner scalar.
#[divan::bench(args = STYLES)]
fn spans(bencher: Bencher<'_, '_>, style: &str) {
    let stream = stream(style);
    let inner = embedded(scalar(&stream)).expect("a scalar").parse();
    assert_eq!(inner.first_error(), None, "a workload has a mistake");
    let scalars: Vec<_> = inner.documents().flat_map(Document::scalars).collect();
    bencher
        .counter(ItemsCount::new(scalars.len()))
        .bench(|| scalars.iter().map(|scalar| scalar.span().start).fold(0, u32::wrapping_add));
}
