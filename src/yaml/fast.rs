//! A fast parser for plain block YAML: maps, lists, one-line scalars and literal blocks, which is all that most files
//! contain. It returns `None` for anything else and for anything that looks wrong, so that the full parser reads it.
//! What it accepts must equal the result of `build`; tests check this with fixtures and random texts.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::keys::Positions;
use super::tree::{Content, Document, Node, NodeId, PositionMap, Style, Text};
use crate::source::FileId;

/// Far below the limit of the full parser, so that deep nesting is left to it.
const MAX_DEPTH: usize = 100;
/// Bytes that are scanned at once.
const BLOCK: usize = 256;
/// The longest simple key in YAML; counted in bytes here.
const MAX_KEY: usize = 1000;

/// Parses `text[range]`; `None` when it is not plain block YAML. Offsets are relative to `text`.
pub(super) fn parse(
    file: FileId,
    text: &Arc<str>,
    range: Range<usize>,
    map: Option<&Arc<PositionMap>>,
) -> Option<Document> {
    if !is_plain(&text.as_bytes()[range.clone()]) {
        return None;
    }
    let mut parser = Parser {
        text,
        end: range.end,
        at: range.start,
        nodes: Vec::with_capacity(range.len() / 16),
        entries: Vec::with_capacity(range.len() / 32),
        items: Vec::new(),
        frames: Vec::new(),
        open: Vec::new(),
        root: None,
    };
    parser.run()?;
    let Parser { nodes, entries, items, root, .. } = parser;
    Some(Document {
        file,
        text: Arc::clone(text),
        map: map.cloned(),
        nodes,
        entries,
        items,
        root: Some(root?),
        opaque: OnceLock::new(),
        plain_keys: OnceLock::new(),
        body: OnceLock::new(),
        positions: Positions::default(),
    })
}

/// Whether the bytes are printable ASCII, line feeds and common letters of other scripts only: no tab, carriage return,
/// control character or Unicode line separator.
#[allow(clippy::needless_bitwise_bool, reason = "branches keep the compiler from taking many bytes at once")]
fn is_plain(bytes: &[u8]) -> bool {
    // Lead bytes of U+0080–U+00BF, of the general punctuation block, and of the byte order mark.
    let is_odd = |byte: u8| {
        ((byte < b' ') & (byte != b'\n')) | (byte == 0x7f) | (byte == 0xc2) | (byte == 0xe2) | (byte == 0xef)
    };
    // No early exit within a block, for the same reason.
    bytes.chunks(BLOCK).all(|block| !block.iter().fold(false, |odd, &byte| odd | is_odd(byte)))
}

/// An open block collection.
struct Frame {
    id: NodeId,
    is_map: bool,
    indent: usize,
    /// A sequence at the column of the key it belongs to.
    indentless: bool,
    /// Whether a key or a dash has no value yet.
    pending: bool,
    /// Where its children start in `open`.
    first: usize,
}

struct Parser<'t> {
    text: &'t str,
    end: usize,
    at: usize,
    nodes: Vec<Node>,
    entries: Vec<(NodeId, NodeId)>,
    items: Vec<NodeId>,
    frames: Vec<Frame>,
    /// Children of open collections, innermost last.
    open: Vec<NodeId>,
    root: Option<NodeId>,
}

/// A key or a quoted scalar: the range of the node and the range of its text.
struct Piece {
    range: Range<usize>,
    text: Range<usize>,
    style: Style,
}

/// The start of a line: a key and the offset where its value may start, or no key.
enum LineKey {
    Key(Piece, usize),
    None,
}

impl Parser<'_> {
    fn run(&mut self) -> Option<()> {
        while self.at < self.end {
            let (start, end) = (self.at, self.line_end(self.at));
            self.at = (end + 1).min(self.end);
            let at = self.skip_spaces(start, end);
            if at == end || self.byte(at) == b'#' {
                continue;
            }
            if self.text[start..end].starts_with("...") || self.text[start..end].starts_with("---") {
                return None;
            }
            self.line(start, at, end)?;
        }
        while !self.frames.is_empty() {
            self.close()?;
        }
        Some(())
    }

    /// Parses one line from its first character on; columns are relative to `start`.
    fn line(&mut self, start: usize, mut at: usize, end: usize) -> Option<()> {
        let column = at - start;
        let is_item = self.is_dash(at, end);
        while let Some(frame) = self.frames.last() {
            if frame.indent < column || (frame.indent == column && (!frame.indentless || is_item)) {
                break;
            }
            self.close()?;
        }
        while self.is_dash(at, end) {
            self.begin_item(at, at - start)?;
            at = self.skip_spaces(at + 1, end);
            // Items that start on a later line are rare.
            if at == end || self.byte(at) == b'#' {
                return None;
            }
        }
        let LineKey::Key(key, value) = self.key(at, end)? else {
            // A scalar alone on a line may be one line of a longer scalar.
            return if is_item { self.value(at, end) } else { None };
        };
        // Merges are left to the full parser.
        if key.style == Style::Plain && &self.text[key.text.clone()] == "<<" {
            return None;
        }
        self.begin_entry(at, at - start)?;
        self.scalar(key);
        self.frames.last_mut()?.pending = true;
        let value = self.skip_spaces(value, end);
        if value == end || self.byte(value) == b'#' {
            return Some(());
        }
        self.value(value, end)
    }

    fn begin_item(&mut self, at: usize, column: usize) -> Option<()> {
        match self.frames.last_mut() {
            Some(frame) if !frame.is_map && frame.indent == column && !frame.pending => {
                frame.pending = true;
                Some(())
            }
            Some(frame)
                if frame.pending && (frame.indent < column || (frame.is_map && frame.indent == column)) =>
            {
                let indentless = frame.indent == column;
                self.begin(false, at, column, indentless)
            }
            None if self.root.is_none() => self.begin(false, at, column, false),
            _ => None,
        }
    }

    fn begin_entry(&mut self, at: usize, column: usize) -> Option<()> {
        match self.frames.last() {
            Some(frame) if frame.is_map && frame.indent == column => {
                if frame.pending {
                    self.missing_value();
                }
                Some(())
            }
            Some(frame) if frame.pending && frame.indent < column => self.begin(true, at, column, false),
            None if self.root.is_none() => self.begin(true, at, column, false),
            _ => None,
        }
    }

    fn begin(&mut self, is_map: bool, at: usize, indent: usize, indentless: bool) -> Option<()> {
        if self.frames.len() >= MAX_DEPTH {
            return None;
        }
        if let Some(parent) = self.frames.last_mut() {
            parent.pending = false;
        }
        let content = if is_map {
            Content::Mapping { first: 0, len: 0 }
        } else {
            Content::Sequence { first: 0, len: 0 }
        };
        let id = self.push(content, at..at);
        self.frames.push(Frame { id, is_map, indent, indentless, pending: !is_map, first: self.open.len() });
        Some(())
    }

    fn close(&mut self) -> Option<()> {
        if self.frames.last()?.pending {
            // Empty items are left to the full parser.
            if !self.frames.last()?.is_map {
                return None;
            }
            self.missing_value();
        }
        let frame = self.frames.pop()?;
        let end = self.nodes[self.open.last()?.0 as usize].end;
        let (first, len);
        if frame.is_map {
            first = self.entries.len();
            let children = self.open[frame.first..].chunks_exact(2);
            self.entries.extend(children.map(|pair| (pair[0], pair[1])));
            len = self.entries.len() - first;
        } else {
            first = self.items.len();
            self.items.extend_from_slice(&self.open[frame.first..]);
            len = self.items.len() - first;
        }
        self.open.truncate(frame.first);
        let node = &mut self.nodes[frame.id.0 as usize];
        node.end = end;
        let (first, len) = (first as u32, len as u32);
        node.content =
            if frame.is_map { Content::Mapping { first, len } } else { Content::Sequence { first, len } };
        if self.frames.is_empty() {
            self.root = Some(frame.id);
        } else {
            self.open.push(frame.id);
        }
        Some(())
    }

    /// The key of a line and where its value may start; a line may hold no key.
    fn key(&self, at: usize, end: usize) -> Option<LineKey> {
        let colon = |colon: usize| {
            colon < end && self.byte(colon) == b':' && (colon + 1 == end || self.byte(colon + 1) == b' ')
        };
        match self.byte(at) {
            b'"' | b'\'' => {
                let piece = self.quoted(at, end)?;
                let after = self.skip_spaces(piece.range.end, end);
                let is_key = colon(after) && piece.range.len() <= MAX_KEY;
                Some(if is_key { LineKey::Key(piece, after + 1) } else { LineKey::None })
            }
            b'|' | b'[' | b'{' => Some(LineKey::None),
            first if !starts_plain(first) => None,
            _ => {
                let Some((stop, b':')) = self.plain_end(at, end) else { return Some(LineKey::None) };
                let text = at..self.trim_end(at, stop);
                let piece = Piece { range: text.clone(), text, style: Style::Plain };
                (stop > at && stop - at <= MAX_KEY).then_some(LineKey::Key(piece, stop + 1))
            }
        }
    }

    /// A value that starts on this line.
    fn value(&mut self, at: usize, end: usize) -> Option<()> {
        match self.byte(at) {
            b'"' | b'\'' => {
                let piece = self.quoted(at, end)?;
                self.nothing_after(piece.range.end, end)?;
                self.scalar(piece);
            }
            b'|' => self.literal(at, end)?,
            b'[' | b'{' => {
                let content = match &self.text.as_bytes()[at..(at + 2).min(end)] {
                    b"{}" => Content::Mapping { first: 0, len: 0 },
                    b"[]" => Content::Sequence { first: 0, len: 0 },
                    _ => return None,
                };
                self.nothing_after(at + 2, end)?;
                let id = self.push(content, at..at + 2);
                self.open.push(id);
            }
            first if starts_plain(first) => {
                let stop = match self.plain_end(at, end) {
                    None => end,
                    Some((hash, b'#')) => hash,
                    Some(_) => return None,
                };
                let text = at..self.trim_end(at, stop);
                let bytes = &self.text.as_bytes()[text.clone()];
                if bytes == b"-" || bytes.starts_with(b"- ") {
                    return None;
                }
                self.scalar(Piece { range: text.clone(), text, style: Style::Plain });
            }
            _ => return None,
        }
        self.frames.last_mut()?.pending = false;
        Some(())
    }

    /// What ends a plain scalar before the end of its line, with its offset: the colon after a key, or a comment.
    fn plain_end(&self, at: usize, end: usize) -> Option<(usize, u8)> {
        let bytes = &self.text.as_bytes()[at..end];
        memchr::memchr2_iter(b':', b'#', bytes).find_map(|index| {
            let ends = match bytes[index] {
                b':' => bytes.get(index + 1).is_none_or(|&next| next == b' '),
                _ => index > 0 && bytes[index - 1] == b' ',
            };
            ends.then_some((at + index, bytes[index]))
        })
    }

    /// The end of a range without the blanks there.
    fn trim_end(&self, at: usize, end: usize) -> usize {
        let blanks = self.text.as_bytes()[at..end].iter().rev().take_while(|&&byte| byte == b' ').count();
        end - blanks
    }

    /// A quoted scalar without escapes that closes on its line.
    fn quoted(&self, at: usize, end: usize) -> Option<Piece> {
        let quote = self.byte(at);
        let bytes = &self.text.as_bytes()[at + 1..end];
        let close = at + 1 + memchr::memchr(quote, bytes)?;
        let style = if quote == b'"' {
            if memchr::memchr(b'\\', &self.text.as_bytes()[at + 1..close]).is_some() {
                return None;
            }
            Style::DoubleQuoted
        } else {
            if close + 1 < end && self.byte(close + 1) == b'\'' {
                return None;
            }
            Style::SingleQuoted
        };
        Some(Piece { range: at..close + 1, text: at + 1..close, style })
    }

    /// Only blanks and a comment may follow on the line.
    fn nothing_after(&self, at: usize, end: usize) -> Option<()> {
        let next = self.skip_spaces(at, end);
        (next == end || (next > at && self.byte(next) == b'#')).then_some(())
    }

    /// A literal block: `|` or `|-`, its lines, and the blank lines after it.
    fn literal(&mut self, at: usize, end: usize) -> Option<()> {
        let strip = at + 1 < end && self.byte(at + 1) == b'-';
        self.nothing_after(at + 1 + usize::from(strip), end)?;
        let parent = self.frames.last()?.indent;
        let mut text = String::new();
        let mut indent = None;
        let mut first = 0;
        // Length of the text, and its end in the source, up to the last line with content.
        let (mut kept, mut last, mut terminated) = (0, 0, false);
        while self.at < self.end {
            let (start, end) = (self.at, self.line_end(self.at));
            let content = self.skip_spaces(start, end);
            let column = content - start;
            if content == end {
                if indent.is_some_and(|indent| column > indent) || (indent.is_none() && column > 0) {
                    return None;
                }
                text.push('\n');
            } else {
                let indent = *indent.get_or_insert(column);
                if column < indent || column <= parent {
                    // A line indented less than the text but more than its parent is an error or a misplaced comment.
                    if column > parent || first == 0 {
                        return None;
                    }
                    break;
                }
                if first == 0 {
                    first = start + indent;
                }
                text.push_str(&self.text[start + indent..end]);
                kept = text.len();
                last = end;
                terminated = end < self.end;
                text.push('\n');
            }
            self.at = (end + 1).min(self.end);
            if end == self.end {
                break;
            }
        }
        if first == 0 {
            return None;
        }
        text.truncate(if strip || !terminated { kept } else { kept + 1 });
        let range = first..first + self.text[first..last].trim_end_matches(' ').len();
        let text = Text::Owned(text.into_boxed_str());
        let id = self.push(Content::Scalar { text, style: Style::Literal, tag: None }, range);
        self.open.push(id);
        Some(())
    }

    /// A key without a value: a null directly after its colon.
    fn missing_value(&mut self) {
        let key_end = self.open.last().map_or(0, |key| self.nodes[key.0 as usize].end as usize);
        let at = key_end + usize::from(key_end < self.end && self.byte(key_end) == b':');
        self.scalar(Piece { range: at..at, text: at..at, style: Style::Plain });
        if let Some(frame) = self.frames.last_mut() {
            frame.pending = false;
        }
    }

    fn scalar(&mut self, piece: Piece) {
        let text = Text::Source(piece.text.start as u32, piece.text.end as u32);
        let id = self.push(Content::Scalar { text, style: piece.style, tag: None }, piece.range);
        self.open.push(id);
    }

    fn push(&mut self, content: Content, range: Range<usize>) -> NodeId {
        self.nodes.push(Node { content, start: range.start as u32, end: range.end as u32 });
        NodeId(self.nodes.len() as u32 - 1)
    }

    fn is_dash(&self, at: usize, end: usize) -> bool {
        self.byte(at) == b'-' && (at + 1 == end || self.byte(at + 1) == b' ')
    }

    fn line_end(&self, at: usize) -> usize {
        memchr::memchr(b'\n', &self.text.as_bytes()[at..self.end]).map_or(self.end, |newline| at + newline)
    }

    fn skip_spaces(&self, at: usize, end: usize) -> usize {
        let spaces = self.text.as_bytes()[at..end].iter().take_while(|&&byte| byte == b' ').count();
        at + spaces
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes()[at]
    }
}

/// Whether this character may start a plain scalar in any position.
fn starts_plain(first: u8) -> bool {
    !matches!(
        first,
        b'?' | b':'
            | b','
            | b'['
            | b']'
            | b'{'
            | b'}'
            | b'#'
            | b'&'
            | b'*'
            | b'!'
            | b'|'
            | b'>'
            | b'\''
            | b'"'
            | b'%'
            | b'@'
            | b'`'
    )
}

#[cfg(test)]
mod tests {
    use super::super::build::build;
    use super::*;
    use crate::source::Sources;

    /// Both parsers must agree whenever the fast one returns a document. Returns whether it did.
    fn agrees(text: &str) -> bool {
        let file = Sources::id_at(0);
        let text: Arc<str> = text.into();
        let Some(fast) = parse(file, &text, 0..text.len(), None) else { return false };
        let built = build(file, &text, 0..text.len(), None);
        assert_eq!(built.error, None, "{text:?}");
        assert_eq!(built.trailing, None, "{text:?}");
        let nodes = |document: &Document| {
            document.nodes.iter().map(|node| format!("{:?}", (node.start, node.end))).collect::<Vec<_>>()
        };
        assert_eq!(dump(&fast), dump(&built.document), "{text:?}");
        assert_eq!(nodes(&fast), nodes(&built.document), "{text:?}");
        true
    }

    fn dump(document: &Document) -> String {
        fn write(node: crate::yaml::NodeRef<'_>, out: &mut String) {
            use std::fmt::Write as _;
            write!(out, "{:?}@{:?} {:?} ", node.kind(), node.span().range(), node.style()).unwrap();
            write!(out, "{:?} ", node.text()).unwrap();
            for entry in node.entries() {
                write(entry.key, out);
                write(entry.value, out);
            }
            node.items().for_each(|item| write(item, out));
            out.push_str("; ");
        }
        let mut out = String::new();
        write(document.root().unwrap(), &mut out);
        out
    }

    #[test]
    fn plain_files_take_the_fast_way() {
        for text in [
            "a: 1\n",
            "a:\nb: x y # c\n",
            "# c\n\na:\n  b:\n    c: d\n  e: 'f'\ng: \"h\" # i\n",
            "a:\n- b\n- c: d\n  e: f\n-   - g\n    - h\ni: j\n",
            "a: |\n  b\n   c\n\n  d\n\n\ne: |-\n  f # g\n",
            "a: |\n  b",
            "- a: b\n- |\n c\n",
            "a: {}\nb: [] # c\n'd': http://e:80/f#g\n\"h\" : i\n",
            "a: 1\nb:",
            "ä: ö\n",
            "a:\n    - b:\n      - c\n",
            "a: |\n  b\n# c\nd: e\n",
        ] {
            assert!(agrees(text), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_real_parser() {
        for text in [
            "",
            "a",
            "a: b: c\n",
            "a:\n    b: 1\n  c: 2\n",
            "a: [b]\n",
            "a: [ü]\n",
            "- {ü: b}\n",
            "a: &x b\n",
            "a: *x\n",
            "a: b\n  c\n",
            "a: 'b\n  c'\n",
            "a: \"b\\n\"\n",
            "a: >\n  b\n",
            "a: |2\n   b\n",
            "a: |\nb: c\n",
            "a: -\n",
            "a: - b\n",
            "a: 'it''s'\n",
            "\ta: b\n",
            "a: b\r\n",
            "a: %b\n",
            "a: @b\n",
            "? a\n",
            "- \n- b\n",
            "a: \"b\" c\n",
            "a: |\n   b\n  c\n",
            "a: 1\n- b\n",
            "...\n",
            "a: 1\n...\n",
            "a:\n  - b\n  c: d\n",
            "{}\n",
            "a:\n  b\n",
        ] {
            assert!(!agrees(text), "{text:?}");
        }
    }

    /// Random texts composed of pieces of YAML.
    #[test]
    fn agrees_with_the_real_parser_on_random_texts() {
        const PIECES: &[&str] = &[
            "a", "b: ", "c:", "- ", "-", " ", "  ", "    ", "\n", "\n", "\n  ", "\n    ", "\n- ", "\n  - ",
            "# x", " # y", "'q'", "\"r\"", "|", "|-", "{}", "[]", ": ", "x: y\n", "z:\n", "|\n  t\n", "ü",
            "1", "~", "<<: ", ":", ",", "?", "\"s\": ", "'t' : ",
        ];
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |bound: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % bound as u64) as usize
        };
        let mut fast = 0;
        for _ in 0..60_000 {
            let text: String = (0..=next(14)).map(|_| PIECES[next(PIECES.len())]).collect();
            fast += u32::from(agrees(&text));
        }
        assert!(fast > 1000, "only {fast} texts took the fast way");
    }
}
