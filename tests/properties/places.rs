//! Spans are within their files and on character boundaries; those in embedded documents map back to the same text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use proptest::prelude::*;
use rke2_lint::engine::{Input, Options, lint_sources};
use rke2_lint::finding::Report;
use rke2_lint::source::{SourceFile, Sources, Span};
use rke2_lint::yaml::{Document, Stream, embedded};

/// Pieces from which almost-valid YAML is generated, because random text is rejected too early.
const PIECES: &[&str] = &[
    "a",
    "b: ",
    "c:",
    "- ",
    "-",
    " ",
    "  ",
    "    ",
    "\n",
    "\n",
    "\n  ",
    "\n    ",
    "\n- ",
    "\n  - ",
    "# x",
    " # y",
    "'q'",
    "\"r\"",
    "|",
    "|-",
    ">",
    ">+\n",
    "{}",
    "[]",
    "{",
    "}",
    "[",
    "]",
    ", ",
    ": ",
    "x: y\n",
    "z:\n",
    "|\n  t\n",
    "ü",
    "漢",
    "😀",
    "\u{feff}",
    "1",
    "~",
    "<<: ",
    "&a ",
    "*a",
    "!!str ",
    "? ",
    "\t",
    "\r\n",
    "\r",
    "\u{85}",
    "\u{2028}",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "\"\\u00e9\\n\"",
    "''",
    "{{ x }}",
    "\0",
    "\u{1b}",
];

fn nearly_yaml() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![9 => proptest::sample::select(PIECES).prop_map(str::to_owned), 1 => ".{0,3}"],
        0..30,
    )
    .prop_map(|pieces| pieces.concat())
}

/// Whether a span is within a text and on character boundaries.
pub fn fits(span: Span, text: &str) -> bool {
    span.start <= span.end && text.get(span.range()).is_some()
}

/// Checks every span of the documents, of embedded documents, and of errors.
pub fn assert_spans(stream: &Stream, text: &str, depth: usize) {
    for chunk in &stream.chunks {
        let errors = [&chunk.error, &chunk.json_error].into_iter().flatten().map(|error| error.span);
        let places = [chunk.trailing, chunk.directive, chunk.separator_text, chunk.separator];
        for span in errors.chain(places.into_iter().flatten()) {
            assert!(fits(span, text), "{span:?} in {text:?}");
        }
    }
    for document in stream.documents() {
        for node in document.scalars().chain(document.mappings()).chain(document.aliases()) {
            assert!(fits(node.span(), text), "{:?} in {text:?}", node.span());
        }
        for scalar in document.scalars().filter(|_| depth > 0) {
            assert_spans(&embedded(scalar).unwrap().parse(), text, depth - 1);
        }
    }
}

/// Checks every span of a report.
pub fn assert_report(report: &Report) {
    for finding in &report.findings {
        let edits = finding.fix.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
        let labels = finding.related.iter().chain([&finding.primary]).map(|label| label.span);
        for span in labels.chain(edits) {
            let text = report.sources.get(span.file).text();
            assert!(fits(span, text), "{span:?} of {} in {text:?}", finding.rule.as_str());
        }
    }
}

pub fn parse(text: &str) -> Stream {
    let file = SourceFile::new("a.yaml", text);
    Stream::parse(Sources::id_at(0), &file.shared_text())
}

/// How a document is written as the value of `v`.
#[derive(Clone, Copy, Debug)]
enum Written {
    Literal { indent: usize, end: &'static str, breaks: &'static str },
    Folded { indent: usize },
    Single,
    Double,
    Alias,
    Nested,
}

fn written() -> impl Strategy<Value = Written> {
    let ends = proptest::sample::select(vec!["", "-", "+"]);
    let breaks = proptest::sample::select(vec!["\n", "\r\n"]);
    prop_oneof![
        4 => (1..5usize, ends, breaks).prop_map(|(indent, end, breaks)| Written::Literal { indent, end, breaks }),
        1 => (1..5usize).prop_map(|indent| Written::Folded { indent }),
        1 => Just(Written::Single),
        1 => Just(Written::Double),
        1 => Just(Written::Alias),
        1 => Just(Written::Nested),
    ]
}

/// A mapping of words, some of them nested, with empty lines and comments in between.
fn inner() -> impl Strategy<Value = Vec<(String, String, u8)>> {
    let word = "[a-zäß漢😀][a-z0-9ü漢]{0,8}";
    proptest::collection::vec((word, word, 0..5u8), 1..8)
}

fn document(entries: &[(String, String, u8)], folded: bool) -> String {
    // Folding joins lines, unless there is an empty line between them or they are indented.
    let gap = if folded { "\n\n" } else { "\n" };
    let mut text = String::new();
    for (index, (key, value, form)) in entries.iter().enumerate() {
        match form {
            0 if !folded => write!(text, "{key}{index}:\n  k: {value}{gap}").unwrap(),
            1 => write!(text, "{key}{index}: [{value}, b]{gap}").unwrap(),
            2 if !folded => write!(text, "\n# c\n{key}{index}: {value}{gap}").unwrap(),
            _ => write!(text, "{key}{index}: {value}{gap}").unwrap(),
        }
    }
    text
}

fn indented(text: &str, indent: usize, breaks: &str) -> String {
    text.lines()
        .map(|line| if line.is_empty() { breaks.to_owned() } else { format!("{:indent$}{line}{breaks}", "") })
        .collect()
}

fn host(entries: &[(String, String, u8)], written: Written) -> String {
    let text = document(entries, matches!(written, Written::Folded { .. } | Written::Single));
    match written {
        Written::Literal { indent, end, breaks } => {
            format!("# ü{breaks}v: |{end}{breaks}{}w: 1{breaks}", indented(&text, indent, breaks))
        }
        Written::Folded { indent } => format!("v: >\n{}w: 1\n", indented(&text, indent, "\n")),
        // Line breaks in quotes are also folded.
        Written::Single => format!("v: '{}'\nw: 1\n", indented(text.trim(), 2, "\n").trim()),
        Written::Double => format!("v: \"{}\"\nw: 1\n", text.replace('\n', "\\n")),
        Written::Alias => format!("x: &x |\n{}v: *x\n", indented(&text, 2, "\n")),
        Written::Nested => {
            let middle = format!("v: |\n{}w: 1\n", indented(&text, 2, "\n"));
            format!("v: |-\n{}", indented(&middle, 3, "\n"))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_lie_in_their_file(text in nearly_yaml()) {
        assert_spans(&parse(&text), &text, 2);
    }

    #[test]
    fn positions_are_inside_their_lines(text in nearly_yaml(), at in 0..200usize) {
        let file = SourceFile::new("a.yaml", text.as_str());
        let position = file.position(at);
        let line = file.line_range(position.line).unwrap();
        let next = file.line_range(position.line + 1).map_or(text.len() + 1, |next| next.start);
        prop_assert!(line.start <= position.byte && position.byte < next);
        prop_assert!(position.column <= next - line.start + 1);
    }

    #[test]
    fn inner_spans_lead_back_to_the_same_text(entries in inner(), written in written()) {
        let host = host(&entries, written);
        let outer = parse(&host);
        prop_assert_eq!(outer.first_error(), None, "{:?}", host);
        let value = |document: &Document| embedded(document.root().unwrap().get("v").unwrap()).unwrap();
        let mut inner = value(outer.documents().next().unwrap()).parse();
        if matches!(written, Written::Nested) {
            let nested = value(inner.documents().next().unwrap());
            inner = nested.parse();
        }
        prop_assert_eq!(inner.first_error(), None, "{:?}", host);
        let mut words = 0;
        for scalar in inner.documents().flat_map(Document::scalars) {
            prop_assert_eq!(scalar.text().unwrap(), &host[scalar.span().range()], "{:?}", host);
            words += 1;
        }
        prop_assert!(words >= 2 * entries.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Checks a tree of such texts at paths that RKE2 reads.
    #[test]
    fn findings_lie_in_their_files(texts in proptest::collection::vec(nearly_yaml(), 4)) {
        let server = "var/lib/rancher/rke2/server/manifests";
        let manifest = format!(
            "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: rke2-cilium\nspec:\n  valuesContent: {}\n",
            texts[3]
        );
        let files = BTreeMap::from([
            ("etc/rancher/rke2/config.yaml".to_owned(), format!("cni: cilium\n{}", texts[0])),
            ("etc/rancher/rke2/registries.yaml".to_owned(), format!("mirrors:\n  {}", texts[1])),
            (format!("{server}/a.yaml"), texts[2].clone()),
            (format!("{server}/b.yaml"), manifest),
        ]);
        let files = files.into_iter().map(|(path, text)| (path, Input::Bytes(text.into_bytes())));
        assert_report(&lint_sources(files.collect(), None, &OPTIONS));
    }
}

static OPTIONS: LazyLock<Options> = LazyLock::new(Options::default);
