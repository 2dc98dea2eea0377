//! Documents inside scalars: their text, and a map from its positions to the file around it.
//!
//! The text is divided into runs, which are in the source byte for byte, and joints (escapes, folded line breaks),
//! which map many bytes to one place. This module must not parse the inner text.

use std::ops::Range;
use std::sync::Arc;

use super::stream::Stream;
use super::tree::{NodeRef, PositionMap, Segment, Style};
use crate::source::{FileId, Span};

/// The text of a scalar that holds a document.
#[derive(Debug, Clone)]
pub struct Embedded {
    file: FileId,
    text: Arc<str>,
    map: Arc<PositionMap>,
}

/// Reads a scalar as an embedded document; `None` for collections.
pub fn embedded(scalar: NodeRef<'_>) -> Option<Embedded> {
    let text: Arc<str> = scalar.text()?.into();
    let host = scalar.document();
    let range = target_range(scalar);
    let mut aligner = Aligner { outer: host.text(), inner: &text, pos: 0, segments: Vec::new() };
    let complete = match scalar.style()? {
        Style::Literal => aligner.literal(range.start),
        Style::Folded => aligner.folded(range.start),
        Style::Plain => aligner.flowing(range.start, range.end, Style::Plain),
        style => aligner.flowing(range.start + 1, range.end.saturating_sub(1), style),
    };
    let mut segments = aligner.segments;
    if !complete {
        // If the runs are incomplete, report one place for the whole text rather than wrong ones.
        segments.clear();
    }
    // The host may itself be embedded: report places in the outermost file.
    for segment in &mut segments {
        let span = host.span(segment.outer as usize, (segment.outer + segment.outer_len) as usize);
        segment.outer = span.start;
        segment.outer_len = span.end - span.start;
    }
    let span = scalar.span();
    let outer = host.map.as_ref().map_or_else(|| Arc::clone(&host.text), |map| Arc::clone(&map.outer));
    Some(Embedded {
        file: span.file,
        text,
        map: Arc::new(PositionMap { outer, segments, fallback: span.start as usize }),
    })
}

impl Embedded {
    /// The inner text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Parses the inner text; all places are in the outer file.
    pub fn parse(&self) -> Stream {
        Stream::parse_mapped(self.file, &self.text, Some(&self.map))
    }

    /// The runs of the inner text, each with its range in the file. Ranges of equal length correspond byte for byte,
    /// others as a whole. Empty when the runs could not be determined.
    pub fn runs(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        self.map.segments.iter().map(|segment| {
            let (inner, outer) = (segment.inner as usize, segment.outer as usize);
            (inner..inner + segment.inner_len as usize, outer..outer + segment.outer_len as usize)
        })
    }

    /// A range of the inner text as a place in the outer file.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let (start, end) = self.map.range(start, end);
        Span::new(self.file, start, end)
    }
}

/// The range of the scalar itself, or of the anchored scalar for an alias.
fn target_range(scalar: NodeRef<'_>) -> std::ops::Range<usize> {
    scalar.resolved().inner_range()
}

struct Aligner<'a> {
    outer: &'a str,
    inner: &'a str,
    pos: usize,
    segments: Vec<Segment>,
}

impl<'a> Aligner<'a> {
    /// Adds `len` bytes that are the same in both texts.
    fn verbatim(&mut self, outer: usize, len: usize) {
        self.push(outer, len, len);
    }

    /// Adds `inner_len` bytes that were written as `outer_len` different bytes.
    fn joint(&mut self, outer: usize, outer_len: usize, inner_len: usize) {
        self.push(outer, outer_len, inner_len);
    }

    fn push(&mut self, outer: usize, outer_len: usize, inner_len: usize) {
        if inner_len == 0 {
            return;
        }
        self.segments.push(Segment {
            inner: self.pos as u32,
            inner_len: inner_len as u32,
            outer: outer as u32,
            outer_len: outer_len as u32,
        });
        self.pos += inner_len;
    }

    fn rest(&self) -> &'a str {
        &self.inner[self.pos..]
    }

    fn done(&self) -> bool {
        self.pos == self.inner.len()
    }

    fn literal(&mut self, content: usize) -> bool {
        let (mut at, indent) = self.block_start(content);
        while !self.done() && at < self.outer.len() {
            let (line, next) = self.line(at);
            let strip = indent.min(line.len() - line.trim_start_matches(' ').len());
            let kept = &line[strip..];
            if !self.rest().starts_with(kept) {
                return false;
            }
            self.verbatim(at + strip, kept.len());
            if self.rest().starts_with('\n') {
                self.joint(at + line.len(), next - at - line.len(), 1);
            }
            at = next;
        }
        self.done()
    }

    fn folded(&mut self, content: usize) -> bool {
        let (mut at, indent) = self.block_start(content);
        while !self.done() && at < self.outer.len() {
            let (line, next) = self.line(at);
            let strip = indent.min(line.len() - line.trim_start_matches(' ').len());
            let kept = &line[strip..];
            if !kept.is_empty() {
                // Only the final line breaks of the text are left, so this line follows the scalar.
                if self.rest().bytes().all(|byte| byte == b'\n') {
                    break;
                }
                if !self.skip_breaks_until(kept, at) {
                    return false;
                }
                self.verbatim(at + strip, kept.len());
            }
            at = next;
        }
        self.tail(at)
    }

    /// Quoted and plain scalars: runs, escapes and folded line breaks.
    fn flowing(&mut self, mut at: usize, end: usize, style: Style) -> bool {
        while at < end && !self.done() {
            let rest = &self.outer[at..end];
            let special = rest.find(|c: char| {
                c == '\n'
                    || c == '\r'
                    || (c == '\\' && style == Style::DoubleQuoted)
                    || (c == '\'' && style == Style::SingleQuoted)
            });
            let run = special.unwrap_or(rest.len());
            // Blanks before a line break are removed by folding.
            let folds = special.is_some_and(|special| matches!(rest.as_bytes()[special], b'\n' | b'\r'));
            let kept = if folds { rest[..run].trim_end_matches([' ', '\t']).len() } else { run };
            if !self.rest().starts_with(&rest[..kept]) {
                return false;
            }
            self.verbatim(at, kept);
            at += kept;
            if special.is_none() {
                break;
            }
            at = match self.outer.as_bytes()[at] {
                b'\\' => self.escape(at, end),
                b'\'' => {
                    self.joint(at, 2, 1);
                    at + 2
                }
                _ => self.fold(at, end),
            };
        }
        self.done()
    }

    /// A line break with the blanks around it becomes one space, or one newline for each blank line.
    fn fold(&mut self, at: usize, end: usize) -> usize {
        let gap = self.outer[at..end].len() - self.outer[at..end].trim_start().len();
        let made_up = self.rest().len() - self.rest().trim_start_matches('\n').len();
        let made_up = if made_up > 0 { made_up } else { usize::from(self.rest().starts_with(' ')) };
        self.joint(at, gap, made_up);
        at + gap
    }

    /// A `\` escape: one character of the inner text, or none before a line break.
    fn escape(&mut self, at: usize, end: usize) -> usize {
        let len = match self.outer.as_bytes().get(at + 1) {
            Some(b'x') => 4,
            Some(b'u') => 6,
            Some(b'U') => 10,
            Some(b'\n' | b'\r') => {
                let gap = self.outer[at + 1..end].len() - self.outer[at + 1..end].trim_start().len();
                return at + 1 + gap;
            }
            _ => 2,
        };
        let surrogate = len == 6 && self.rest().chars().next().is_some_and(|c| c.len_utf16() == 2);
        let len = (if surrogate { 12 } else { len }).min(end - at);
        let inner = self.rest().chars().next().map_or(0, char::len_utf8);
        self.joint(at, len, inner);
        let mut next = at + len;
        while !self.outer.is_char_boundary(next) {
            next += 1;
        }
        next
    }

    /// Where the first line after the header starts, and the indentation of the text.
    fn block_start(&self, content: usize) -> (usize, usize) {
        let line_start = |at: usize| {
            self.outer.as_bytes()[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |nl| nl + 1)
        };
        let first = line_start(content);
        let mut start = first;
        while start > 0 {
            let previous = line_start(start - 1);
            if !self.outer[previous..start].trim().is_empty() {
                break;
            }
            start = previous;
        }
        (start, content - first)
    }

    /// The line at an offset without its line break, and where the next line starts.
    fn line(&self, at: usize) -> (&'a str, usize) {
        let rest = &self.outer[at..];
        match memchr::memchr(b'\n', rest.as_bytes()) {
            Some(end) => (rest[..end].trim_end_matches('\r'), at + end + 1),
            None => (rest, self.outer.len()),
        }
    }

    /// Consumes the spaces and newlines that folding added until `kept` is next; they belong to the line break before
    /// `at`.
    fn skip_breaks_until(&mut self, kept: &str, at: usize) -> bool {
        while !self.rest().starts_with(kept) {
            if !self.rest().starts_with([' ', '\n']) {
                return false;
            }
            self.joint(at.saturating_sub(1), 1, 1);
        }
        true
    }

    /// Consumes the newlines at the end of a folded scalar.
    fn tail(&mut self, at: usize) -> bool {
        let newlines = self.rest().len();
        if self.rest().bytes().any(|byte| byte != b'\n') {
            return false;
        }
        self.joint(at.saturating_sub(1), 1, newlines);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceFile, Sources};

    /// Parses a host with a `v` key and returns, for each scalar inside it, its text and the outer text at
    /// its place.
    fn inner_scalars(host: &str) -> Vec<(String, String)> {
        let mut sources = Sources::default();
        let file = Arc::new(SourceFile::new("a.yaml", host));
        let id = sources.add(Arc::clone(&file));
        let stream = Stream::parse(id, &file.shared_text());
        let document = stream.documents().next().unwrap();
        let inner = embedded(document.root().unwrap().get("v").unwrap()).unwrap().parse();
        assert_eq!(inner.first_error(), None, "{host:?}");
        inner
            .documents()
            .flat_map(|document| {
                document
                    .scalars()
                    .map(|node| (node.text().unwrap().to_owned(), sources.slice(node.span()).to_owned()))
            })
            .collect()
    }

    fn assert_exact(host: &str, expected: &[&str]) {
        let scalars = inner_scalars(host);
        let texts: Vec<_> = scalars.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, expected, "{host:?}");
        for (text, outer) in &scalars {
            assert_eq!(text, outer, "{host:?}");
        }
    }

    #[test]
    fn literal_scalars_map_byte_for_byte() {
        assert_exact("v: |-\n  a: b\n  cü:\n    d: eö\nw: 1\n", &["a", "b", "cü", "d", "eö"]);
        assert_exact("v: |\n\n  \n  a: b\n\n  c: d\n\n", &["a", "b", "c", "d"]);
        assert_exact("v: |-\r\n  a: b\r\n  c: d\r\n", &["a", "b", "c", "d"]);
        assert_exact("v: |2-\n    a: b\n    c: d\n", &["a", "b", "c", "d"]);
        assert_exact("v: |+ # why\n  a: b", &["a", "b"]);
    }

    #[test]
    fn an_alias_maps_to_where_the_text_stands() {
        assert_exact("x: &x |\n  a: b\nv: *x\n", &["a", "b"]);
    }

    #[test]
    fn folded_scalars_map_line_by_line() {
        assert_exact(
            "v: >-\n  a: b\n\n  c: d\n\n  e:\n    - f\n    - g\n",
            &["a", "b", "c", "d", "e", "f", "g"],
        );
        assert_exact("v: >\n  a: b\n\n  c: d\nw: 1\n", &["a", "b", "c", "d"]);
        assert_exact("v: >+\n  a: b\n\n\n# why\nw: 1\n", &["a", "b"]);
        assert_exact("v: >\n  a: b\n\n  c: d\n\nw: 1\n", &["a", "b", "c", "d"]);
        assert_exact("v: >+\n  a: b\n\n\nw: 1\n", &["a", "b"]);
    }

    #[test]
    fn quoted_scalars_map_around_escapes() {
        assert_exact(r#"v: "a: b\nc: dé\n""#, &["a", "b", "c", "dé"]);
        let json = inner_scalars(r#"{"v": "{\"a\": \"b\", \"c\": [1, 2]}"}"#);
        let outer: Vec<_> = json.iter().map(|(_, outer)| outer.as_str()).collect();
        assert_eq!(outer, [r#"\"a\""#, r#"\"b\""#, r#"\"c\""#, "1", "2"]);
        assert_exact("v: 'a: it\n\n  c: d'\n", &["a", "it", "c", "d"]);
        assert_exact("v: a\n", &["a"]);
    }

    #[test]
    fn errors_inside_point_into_the_outer_file() {
        let host = "spec:\nv: |\n  a: b\n  c: [d\n  e: f\n";
        let mut sources = Sources::default();
        let file = Arc::new(SourceFile::new("a.yaml", host));
        let id = sources.add(Arc::clone(&file));
        let stream = Stream::parse(id, &file.shared_text());
        let inner =
            embedded(stream.documents().next().unwrap().root().unwrap().get("v").unwrap()).unwrap().parse();
        let error = inner.first_error().unwrap();
        assert!(error.span.start as usize > host.find("c:").unwrap());
    }
}
