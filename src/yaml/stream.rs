//! Splits a text into chunks as Kubernetes' `YAMLReader` does, and parses each. See docs/internals/semantics.md,
//! Documents and objects.
//!
//! A `config.yaml` is not split: yaml.v2 reads its first document. That is the first chunk, except in unusual texts
//! ([`Stream::head`]). This module does not know which kind of file it reads, so it keeps what each kind needs.

use std::ops::Range;
use std::sync::Arc;

use super::blanks::{self, is_break, skip_blanks};
use super::build::{self, build};
use super::fast;
use super::tree::{Document, PositionMap};
use crate::source::{FileId, Span};
use crate::words::Word;

/// The byte order mark.
const MARK: char = '\u{feff}';

/// Why a text cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// Not YAML.
    Syntax,
    /// Valid YAML that cannot be decoded: an unknown anchor, a tag that does not fit, a merge of something other than a
    /// map.
    Decode,
    /// A tab where YAML requires spaces.
    Tab,
    /// A character that Go's reader rejects.
    ControlCharacter,
    /// A chunk that starts with `{` and is not valid JSON; matters for manifests only.
    Json,
    /// Not UTF-8.
    Encoding,
    /// Nested too deeply, or expanded too much by aliases.
    Limit,
}

/// An error in a text, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, for rules.
    pub kind: SyntaxErrorKind,
    /// What is wrong; lower-case start.
    pub message: String,
    /// Where.
    pub span: Span,
}

/// The text between two `---` lines.
#[derive(Debug, Default)]
pub struct Chunk {
    /// The document; `None` if there are only blank lines and comments. Strict JSON is read as JSON, as the manifest
    /// reader does; [`Stream::head`] holds the result of reading it as YAML.
    pub document: Option<Document>,
    /// Why it cannot be read as YAML. [`SyntaxErrorKind::Json`] errors are in [`Chunk::json_error`].
    pub error: Option<SyntaxError>,
    /// The chunk starts with `{` and is not strict JSON: the manifest reader rejects it, others do not.
    pub json_error: Option<SyntaxError>,
    /// Text that Go silently drops: everything after `...`.
    pub trailing: Option<Span>,
    /// A `%YAML` or other directive line.
    pub directive: Option<Span>,
    /// Text after the `---` that starts this chunk, which the manifest reader rejects.
    pub separator_text: Option<Span>,
    /// The `---` that starts this chunk; `None` for the first.
    pub separator: Option<Span>,
}

/// A text as a list of chunks.
#[derive(Debug, Default)]
pub struct Stream {
    /// In the order of the text; blank chunks are included.
    pub chunks: Vec<Chunk>,
    /// The first document for a reader that does not split the text at `---` lines. Set only if that is not the first
    /// chunk with a document, as with text after `---` or with directives.
    pub head: Option<Box<Chunk>>,
}

impl Stream {
    /// Parses a whole file.
    pub fn parse(file: FileId, text: &Arc<str>) -> Self {
        Self::parse_mapped(file, text, None)
    }

    /// Parses a text whose offsets `map` translates to offsets of the file.
    pub(super) fn parse_mapped(file: FileId, text: &Arc<str>, map: Option<&Arc<PositionMap>>) -> Self {
        let pieces = split(text);
        let head = is_cut_otherwise(text, &pieces).then(|| {
            let start = pieces.first().map_or(0, |piece| piece.range.start);
            let whole = Piece { range: start..text.len(), separator: None, is_bare: false };
            Box::new(whole.parse_yaml(file, text, map))
        });
        let chunks = pieces.into_iter().map(|piece| piece.parse(file, text, map)).collect();
        Self { chunks, head }
    }

    /// The stream for a reader that does not split the text: if the first document differs for it, only that document,
    /// with the directive before it.
    pub fn uncut(mut self) -> Self {
        if let Some(mut head) = self.head.take() {
            let is_blank = |chunk: &&Chunk| chunk.document.is_none() && chunk.error.is_none();
            head.directive = self.chunks.iter().take_while(is_blank).find_map(|chunk| chunk.directive);
            self.chunks = vec![*head];
        }
        self
    }

    /// The chunk of the first document. Blank lines and directives before its `---` are not a document.
    pub fn first(&self) -> Option<&Chunk> {
        self.head.as_deref().or_else(|| {
            self.chunks.iter().find(|chunk| {
                (chunk.directive.is_none() || chunk.document.is_some())
                    && (chunk.separator.is_some() || chunk.document.is_some() || chunk.error.is_some())
            })
        })
    }

    /// A file that is not UTF-8; the span starts at the first invalid byte.
    pub fn not_text(span: Span, utf16: bool) -> Self {
        let message = if utf16 { "the file is UTF-16, not UTF-8" } else { "the file is not UTF-8" };
        let error = SyntaxError { kind: SyntaxErrorKind::Encoding, message: message.to_owned(), span };
        Self { chunks: vec![Chunk { error: Some(error), ..Chunk::default() }], head: None }
    }

    /// The documents, in order.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        self.chunks.iter().filter_map(|chunk| chunk.document.as_ref())
    }

    /// The first error that prevents the text from being read as a manifest.
    pub fn first_error(&self) -> Option<&SyntaxError> {
        self.chunks.iter().find_map(|chunk| chunk.error.as_ref())
    }
}

/// Ranges of comments outside scalars, `#` included. Parses the text again, so call it only when needed.
pub fn comment_ranges(text: &str) -> Vec<Range<usize>> {
    split(text)
        .into_iter()
        .flat_map(|piece| {
            let separator = piece.separator.clone().filter(|line| text[line.clone()].contains('#'));
            let trailing_comment = separator.map(|line| {
                let hash = text[line.clone()].find('#').unwrap_or(0);
                line.start + hash..line.end
            });
            let range = piece.range.clone();
            trailing_comment.into_iter().chain(blanks::comments(&text[range.clone()], range.start))
        })
        .collect()
}

/// A chunk before parsing.
struct Piece {
    range: Range<usize>,
    separator: Option<Range<usize>>,
    /// Whether the reader gets the chunk without its `---`. Then a `{` at its start makes it JSON, and a byte order
    /// mark there has no effect. A `---` with nothing before it stays in the text.
    is_bare: bool,
}

impl Piece {
    fn parse(self, file: FileId, text: &Arc<str>, map: Option<&Arc<PositionMap>>) -> Chunk {
        let place = Place { file, map };
        let separator_text = self.separator.clone().and_then(|line| separator_text(text, line));
        let separator = self.separator.clone();
        let first = first_content(text, self.range.clone());
        let directive = first.filter(|&(_, first)| first == b'%').map(|(start, _)| start);
        let mut chunk = match (first, directive) {
            (Some(_), None) => self.parse_yaml(file, text, map),
            _ => Chunk::default(),
        };
        chunk.separator_text = separator_text.map(|range| place.of(range));
        chunk.separator = separator.map(|line| place.of(line.start..line.start + 3));
        chunk.directive = directive.map(|start| place.of(start..line_end(text, start)));
        let slice = &text[self.range.clone()];
        if !self.is_json(text) {
            return chunk;
        }
        match json_error(slice) {
            None if is_odd_json(slice) => {
                chunk.document = Some(build::build_json(file, text, self.range.clone(), map.cloned()));
                chunk.error = None;
            }
            Some((at, message)) if chunk.error.is_none() => {
                let at = self.range.start + at;
                let span = place.of(at..at);
                chunk.json_error = Some(SyntaxError { kind: SyntaxErrorKind::Json, message, span });
            }
            _ => {}
        }
        chunk
    }

    /// Whether the manifest reader treats the chunk as JSON. A comment before the brace makes it YAML.
    fn is_json(&self, text: &str) -> bool {
        self.is_bare && text[self.range.clone()].trim_start().starts_with('{')
    }

    /// The first document as YAML.
    fn parse_yaml(&self, file: FileId, text: &Arc<str>, map: Option<&Arc<PositionMap>>) -> Chunk {
        if let Some(document) = fast::parse(file, text, self.range.clone(), map) {
            return Chunk { document: Some(document), ..Chunk::default() };
        }
        let place = Place { file, map };
        let is_marked =
            self.separator.is_some() && self.is_bare && text[self.range.clone()].starts_with(MARK);
        let start = self.range.start + if is_marked { MARK.len_utf8() } else { 0 };
        let built = build(file, text, start..self.range.end, map.cloned());
        let mut error = built.error;
        if let Some(at) = control_character(&text[self.range.clone()]) {
            error = Some(SyntaxError {
                kind: SyntaxErrorKind::ControlCharacter,
                message: "control characters are not allowed".to_owned(),
                span: place.of(self.range.start + at.start..self.range.start + at.end),
            });
        } else if let Some(error) = &mut error {
            // Places of embedded texts are in the outer file, so their indentation is not searched for tabs.
            let at = error.span.start as usize;
            let tab = if map.is_none() { tab_in_indentation(text, at) } else { None };
            if let Some(at) = tab.filter(|_| error.kind == SyntaxErrorKind::Syntax) {
                error.kind = SyntaxErrorKind::Tab;
                error.span = place.of(at..at + 1);
            }
        }
        Chunk {
            document: Some(built.document),
            error,
            trailing: built.trailing.map(|at| place.of(at..at)),
            ..Chunk::default()
        }
    }
}

/// Converts offsets of a text to places in the file.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: FileId,
    map: Option<&'a Arc<PositionMap>>,
}

impl Place<'_> {
    fn of(self, range: Range<usize>) -> Span {
        let (start, end) = match self.map {
            None => (range.start, range.end),
            Some(map) => map.range(range.start, range.end),
        };
        Span::new(self.file, start, end)
    }
}

/// Whether the first document may be a different one for a reader that does not split the text.
fn is_cut_otherwise(text: &str, pieces: &[Piece]) -> bool {
    let is_special = |piece: &Piece| match first_content(text, piece.range.clone()) {
        Some((at, b'.')) => piece.separator.is_some() && text[at..].starts_with("..."),
        // A byte order mark is a letter unless it is at the start of what a reader gets.
        Some((at, 0xef)) => piece.separator.is_some() && text[at..].starts_with(MARK),
        Some((_, b'{')) if piece.is_json(text) => is_odd_json(&text[piece.range.clone()]),
        Some((_, first)) => first == b'%',
        // Spaces alone are not a document, but with tabs among them they are not YAML either.
        None => text[piece.range.clone()].contains('\t'),
    };
    let mut before = true;
    pieces.iter().any(|piece| {
        let is_odd = piece.separator.clone().is_some_and(|line| {
            let behind = &text[line.start + 3..line.end];
            let is_mark = behind.is_empty() || behind.starts_with([' ', '\t']);
            // If something other than a line feed ends a line, only the unsplit text has that line.
            let has_break = behind.contains(is_break);
            !is_mark || (before && (has_break || separator_text(text, line).is_some()))
        });
        // Only the first document is read, and it starts with the first content or `---`.
        let has_content = piece.separator.is_some() || first_content(text, piece.range.clone()).is_some();
        let is_odd = is_odd || (before && is_special(piece));
        before &= !has_content;
        is_odd
    })
}

/// A tab in the indentation of the line at `at`, or of the line before.
fn tab_in_indentation(text: &str, at: usize) -> Option<usize> {
    let line_start =
        |at: usize| text.as_bytes()[..at].iter().rposition(|&b| b == b'\n').map_or(0, |nl| nl + 1);
    let here = line_start(at.min(text.len()));
    let before = line_start(here.saturating_sub(1));
    [here, before].into_iter().find_map(|start| {
        let line = &text[start..];
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        line[..blanks].find('\t').map(|tab| start + tab)
    })
}

/// Splits at lines that begin with `---`.
fn split(text: &str) -> Vec<Piece> {
    static SEPARATOR: Word = Word::new("---");
    let mut start = if text.starts_with(MARK) { MARK.len_utf8() } else { 0 };
    let mut separator = None;
    let mut is_bare = start == 0;
    let mut pieces = Vec::new();
    for at in SEPARATOR.places(text.as_bytes()) {
        if at < start || (at != start && text.as_bytes()[at - 1] != b'\n') {
            continue;
        }
        let is_second = !pieces.is_empty();
        pieces.push(Piece { range: start..at, separator: separator.take(), is_bare });
        // If nothing is between it and the previous one, a `---` starts the next chunk.
        is_bare = at > start || (is_second && !is_bare);
        let end = line_end(text, at);
        // A chunk that includes its `---` may have more on that line: after another kind of line break, or after `#`
        // without a space.
        let behind = &text[at + 3..end];
        let has_more = behind.contains(is_break) || behind.starts_with('#');
        if !is_bare && has_more && separator_text(text, at..end).is_none() {
            start = at;
            continue;
        }
        separator = Some(at..end);
        start = (end + 1).min(text.len()).max(end);
        if text.as_bytes().get(end) == Some(&b'\r') {
            start = (end + 2).min(text.len());
        }
    }
    pieces.push(Piece { range: start..text.len(), separator, is_bare });
    pieces
}

/// The end of the line at `at`, without its line break.
fn line_end(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
    at + rest[..end].trim_end_matches('\r').len()
}

fn separator_text(text: &str, line: Range<usize>) -> Option<Range<usize>> {
    let rest = &text[line.start + 3..line.end];
    let trimmed = rest.trim();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return None;
    }
    let start = line.start + 3 + (rest.len() - rest.trim_start().len());
    Some(start..start + trimmed.len())
}

/// Offset and first byte of the first content: neither blank nor a comment.
fn first_content(text: &str, range: Range<usize>) -> Option<(usize, u8)> {
    let at = range.start + skip_blanks(&text[range.clone()], 0);
    (at < range.end).then(|| (at, text.as_bytes()[at]))
}

/// The first character that yaml.v2's reader rejects.
fn control_character(text: &str) -> Option<Range<usize>> {
    let suspicious = |byte: u8| {
        (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7f || matches!(byte, 0xc2 | 0xef)
    };
    if !text.bytes().any(suspicious) {
        return None;
    }
    text.char_indices()
        .find(|&(_, c)| {
            (c < ' ' && !matches!(c, '\t' | '\n' | '\r'))
                || ('\u{7f}'..'\u{a0}').contains(&c) && c != '\u{85}'
                || matches!(c, '\u{fffe}' | '\u{ffff}')
        })
        .map(|(at, c)| at..at + c.len_utf8())
}

/// Whether YAML may read strict JSON differently: escapes that YAML does not have, other line breaks, a colon on a line
/// of its own.
fn is_odd_json(text: &str) -> bool {
    let is_odd = |byte: u8| matches!(byte, b'\\' | b'\t' | b'\r' | 0x7f | 0xc2 | 0xe2 | 0xef);
    text.bytes().any(is_odd) || text.lines().any(|line| line.trim_start().starts_with(':'))
}

/// Why a text is not one strict JSON value, with the offset.
pub fn json_error(text: &str) -> Option<(usize, String)> {
    let text = text.trim_end_matches([' ', '\t', '\n', '\r']);
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
    let line_start =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let mut at = (line_start + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or(&message).to_owned();
    Some((at, message))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::source::SourceFile;
    use crate::source::Sources;

    fn parse(text: &str) -> Stream {
        let file = Arc::new(SourceFile::new("a.yaml", text));
        let id = Sources::default().add(Arc::clone(&file));
        Stream::parse(id, &file.shared_text())
    }

    fn error(text: &str) -> Option<(SyntaxErrorKind, usize)> {
        parse(text).first_error().map(|error| (error.kind, error.span.start as usize))
    }

    #[test]
    fn cuts_at_lines_that_begin_with_dashes() {
        let stream = parse("# head\n---\na: 1\n--- # why\nb: |\n  text\n --- x\n---\r\nc: 3\n");
        let roots: Vec<_> = stream
            .documents()
            .map(|document| document.root().unwrap().entries().next().unwrap().name().into_owned())
            .collect();
        assert_eq!(roots, ["a", "b", "c"]);
        assert_eq!(stream.chunks.len(), 4);
        let bad = parse("a: 1\n--- foo\nb: 1\n");
        assert_eq!(bad.chunks[1].separator_text.unwrap().range(), 9..12);
    }

    #[test]
    fn text_after_dots_is_dropped_and_said() {
        assert!(parse("a: 1\n...\nb: 2\n").chunks[0].trailing.is_some());
        assert!(parse("a: 1\n...\n").chunks[0].trailing.is_none());
    }

    #[test]
    fn refuses_the_tabs_that_go_refuses() {
        use SyntaxErrorKind::Tab;
        assert_eq!(error("a: 1\n\t\nb: 2\n"), Some((Tab, 5)));
        assert_eq!(error("a:\n\tb: 1\n"), Some((Tab, 3)));
        assert_eq!(error("a: 1\n\t# c\nb: 2\n"), Some((Tab, 5)));
        assert_eq!(error("a:\n- \tb\n"), Some((Tab, 5)));
        for fine in [
            "a:\tb\n",
            "a: b\t\n",
            "a: b\t# c\n",
            "# a\tb\na: 1\n",
            "{\n\t\"a\": 1\n}\n",
            "a: \"x\ty\"\n",
            "a: |\n  x\n  \ty\n",
            "a: |\n  x\n  \t\nb: 1\n",
            "a: x\ty\n",
        ] {
            assert_eq!(error(fine), None, "{fine:?}");
        }
        // Each of these must take linear time.
        for many in [
            format!("a: b{}\n", "\t".repeat(200_000)),
            format!("a: |\n  x\n{}  b\n", "  \t\n".repeat(100_000)),
            format!("a: [{}]\n", "b,\t".repeat(100_000)),
        ] {
            assert_eq!(error(&many), None);
        }
    }

    #[test]
    fn refuses_control_characters_and_bad_json() {
        assert_eq!(error("a: b\u{7}\n"), Some((SyntaxErrorKind::ControlCharacter, 4)));
        assert_eq!(error("a: é\u{85}\n"), None);
        // The whole character, which is two bytes long.
        assert_eq!(parse("a: b\u{83}\n").first_error().unwrap().span.range(), 4..6);
        let json = parse("{\n  \"a\": 1,\n}\n");
        assert_eq!(json.chunks[0].json_error.as_ref().unwrap().span.start, 12);
        assert!(parse("{\"a\": 1}\n").chunks[0].json_error.is_none());
    }

    #[test]
    fn nodes_lie_inside_one_another() {
        fn assert_nested(node: crate::yaml::NodeRef<'_>) {
            let pairs = node.entries().flat_map(|entry| [entry.key, entry.value]);
            let mut after = node.span().start;
            for child in pairs.chain(node.items()) {
                assert!(node.span().contains(child.span()) && after <= child.span().start, "{child:?}");
                after = child.span().end;
                assert_nested(child);
            }
        }
        for text in [": ? ?\n:", "l:\n ? ?\n:\n", "? ? ?\n: :\n", "- ? ?\n  :\n- :\n", "?\n?\n:\n:\n"] {
            parse(text).documents().filter_map(Document::root).for_each(assert_nested);
        }
    }

    #[test]
    fn strict_json_is_read_as_such_by_the_manifest_reader() {
        let stream = parse("{\"a\"\n: \"b\\/\\ud83d\\ude00\u{85}c\"}\n\t\n---\nb: 1\n");
        let value = stream.documents().next().unwrap().root().unwrap().get("a").unwrap();
        assert_eq!(value.text(), Some("b/\u{1f600}\u{85}c"));
        assert_eq!(value.span().range(), 7..27);
        assert_eq!(stream.first_error(), None);
        // Read as YAML, it is invalid.
        assert!(stream.first().unwrap().error.is_some());
        let stream = parse("# c\n{\"a\": 1,}\n");
        assert_eq!(stream.chunks[0].json_error, None);
    }

    #[test]
    fn a_byte_order_mark_counts_for_nothing_where_a_reader_starts() {
        let key = |text: &str, uncut: bool| {
            let stream = parse(text);
            let stream = if uncut { stream.uncut() } else { stream };
            let root = stream.documents().next().unwrap().root().unwrap();
            root.entries().next().unwrap().name().into_owned()
        };
        for (text, cut, whole) in [
            ("\u{feff}a: 1\n", "a", "a"),
            ("# c\n---\n\u{feff}a: 1\n", "a", "\u{feff}a"),
            // The `---` at the start of a file stays in the text.
            ("---\n\u{feff}a: 1\n", "\u{feff}a", "\u{feff}a"),
        ] {
            assert_eq!((key(text, false), key(text, true)), (cut.to_owned(), whole.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn bombs_meet_a_limit() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..9 {
            let previous = format!("*a{}", level - 1);
            writeln!(bomb, "a{level}: &a{level} [{}]", vec![previous; 10].join(",")).unwrap();
        }
        assert_eq!(error(&bomb).unwrap().0, SyntaxErrorKind::Limit);
        let mut chain = "a0: &a0 {x: 1}\n".to_owned();
        for level in 1..2000 {
            writeln!(chain, "a{level}: &a{level} {{<<: *a{}}}", level - 1).unwrap();
        }
        assert_eq!(error(&chain).unwrap().0, SyntaxErrorKind::Limit);
        assert_eq!(error(&"[".repeat(1100)).unwrap().0, SyntaxErrorKind::Limit);
        assert_eq!(error("a: &a [*a]\n").unwrap().0, SyntaxErrorKind::Decode);
    }

    #[test]
    fn merges_count_where_they_stand() {
        let stream = parse(
            "b: &b {k: 1, m: 1}\nfirst: {<<: *b, k: 2}\nlast: {k: 2, <<: *b}\nlist: {<<: [{k: 3}, *b]}\n",
        );
        let root = stream.documents().next().unwrap().root().unwrap();
        let value = |path: &[&str]| root.at(path).unwrap().text().unwrap().to_owned();
        assert_eq!(value(&["first", "k"]), "2");
        assert_eq!(value(&["last", "k"]), "1");
        assert_eq!(value(&["list", "k"]), "3");
        assert_eq!(value(&["list", "m"]), "1");
        assert_eq!(root.get("last").unwrap().fields().len(), 2);
        let stream = parse("b: &b {k: 1}\n!!str <<: *b\n");
        assert!(stream.documents().next().unwrap().root().unwrap().get("k").is_none());
    }

    #[test]
    fn keys_are_what_go_makes_of_them() {
        let stream = parse(
            "on: 1\n1: 2\n'yes': 3\na: 1\na: 2\n~: 4\n0x10: 5\n1e6: 6\n-.inf: 7\n!!int '07': 8\n!!binary aGk=: 9\n",
        );
        let root = stream.documents().next().unwrap().root().unwrap();
        let value = |key: &str| root.get(key).and_then(|node| node.text().map(str::to_owned));
        assert_eq!(value("true").as_deref(), Some("1"));
        assert_eq!(value("on"), None);
        assert_eq!(value("1").as_deref(), Some("2"));
        assert_eq!(value("yes").as_deref(), Some("3"));
        assert_eq!(value("a").as_deref(), Some("2"));
        for field in root.fields() {
            assert_eq!(root.entry(&field.name()).unwrap().key.span(), field.key.span(), "{}", field.name());
        }
    }

    #[test]
    fn comments_are_found_outside_scalars_only() {
        let text = "# one\na: '# no' # two\nb: |\n  # no\n--- # three\nc: 1\n";
        let found: Vec<_> = comment_ranges(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["# one", "# two", "# three"]);
        // Also after something that only libyaml rejects.
        let text = "a: [b:, \"c:d:\", e':]\nf: !x,y g # one\nh: \"don\\'t\" # two\n";
        let found: Vec<_> = comment_ranges(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["# one", "# two"]);
    }

    #[test]
    fn a_missing_value_lies_behind_its_colon() {
        let stream = parse("a:\nb: 1\n");
        let node = stream.documents().next().unwrap().root().unwrap().get("a").unwrap();
        assert!(node.is_null());
        assert_eq!(node.span().range(), 2..2);
        let stream = parse("? |\n:a: 1\n");
        let root = stream.documents().next().unwrap().root().unwrap();
        let values: Vec<_> = root.entries().map(|entry| entry.value.span().range()).collect();
        assert_eq!(values, [3..3, 8..9]);
        let stream = parse("l:\n ?\n:\n");
        let inner = stream.documents().next().unwrap().root().unwrap().get("l").unwrap();
        assert_eq!(inner.entries().next().unwrap().value.span().range(), 5..5);
    }
}
