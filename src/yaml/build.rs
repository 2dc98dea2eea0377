//! Builds a [`Document`] from libyaml's events: the tree of what yaml.v2 reads, with the place of every node.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::decode;
use super::dialect::{Flow, Readable, refused_scalar};
use super::libyaml::{self, Event, EventKind, Parser};
use super::stream::{SyntaxError, SyntaxErrorKind};
use super::tree::{Content, Document, Node, NodeId, PositionMap, Style, Tag, Text};
use crate::source::FileId;

/// Most nodes that a document may stand for once its aliases are followed (yaml.v2 gives up in this region).
const ALIAS_BUDGET: u64 = 1_000_000;
/// Deepest nesting, aliases followed, so that nothing that walks a tree can run out of stack.
const DEPTH_LIMIT: u32 = 1_000;

/// yaml.v2's words for a `%YAML` line with another version than 1.1.
pub const INCOMPATIBLE_DOCUMENT: &str = "found incompatible YAML document";

/// What a piece of text became.
pub(super) struct Built {
    pub(super) document: Document,
    pub(super) error: Option<SyntaxError>,
    /// Where the text goes on behind the first document, all that Go reads.
    pub(super) trailing: Option<usize>,
}

/// Parses the first document of `text[range]`. Offsets count in `text`.
pub(super) fn build(
    file: FileId,
    text: &Arc<str>,
    range: Range<usize>,
    map: Option<Arc<PositionMap>>,
) -> Built {
    let slice = &text[range.clone()];
    // A byte order mark at the start counts for nothing.
    let mark = if slice.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let (slice, base) = (&slice[mark..], range.start + mark);
    let mut readable = Readable::new(slice);
    let (mut builder, mut outcome) = attempt(slice, base, &readable);
    for _ in 0..MOST_ATTEMPTS {
        let Some(again) =
            outcome.as_ref().err().and_then(|failure| readable.retry(failure.at - base, &failure.message))
        else {
            break;
        };
        readable = again;
        (builder, outcome) = attempt(slice, base, &readable);
    }
    builder.close_open_frames();
    let trailing = builder.end.and_then(|end| content_behind(slice, end)).map(|at| base + at);
    let to_decode = builder.to_decode;
    let document = Document {
        file,
        text: Arc::clone(text),
        map,
        nodes: builder.nodes,
        entries: builder.entries,
        items: builder.items,
        root: builder.root,
        opaque: OnceLock::new(),
    };
    // Go decodes only what it could parse.
    let failure = outcome.err().or_else(|| to_decode.then(|| decode::failure(&document)).flatten());
    let error = failure.map(|failure| {
        let at = failure.at.min(text.len());
        let end = if text[at..].starts_with('\t') { at + 1 } else { at };
        SyntaxError { kind: failure.kind, message: failure.message, span: document.span(at, end) }
    });
    Built { document, error, trailing }
}

/// Most texts that are tried where yaml.v2 may read what libyaml does not.
const MOST_ATTEMPTS: usize = 8;

fn attempt<'t>(slice: &'t str, base: usize, readable: &Readable<'_>) -> (Builder<'t>, Result<(), Failure>) {
    let mut builder = Builder::new(slice, base);
    let outcome = builder.run(readable);
    (builder, outcome)
}

/// Ranges of comments outside scalars, `#` included; what was read before an error is kept.
pub(super) fn comments(text: &str, base: usize) -> Vec<Range<usize>> {
    let readable = Readable::new(text);
    let mut parser = Parser::new(readable.text());
    let mut comments = Vec::new();
    let mut gap = 0;
    // Between tokens there are only blanks, line breaks and comments.
    while let Some(token) = parser.token() {
        let (start, end) = (readable.written(token.range.start), readable.written(token.range.end));
        lines_from_hash(text, gap..start, &mut comments);
        if token.is_block_scalar {
            lines_from_hash(text, start..line_end(text, start).min(end), &mut comments);
        }
        gap = end;
    }
    comments.into_iter().map(|range| range.start + base..range.end + base).collect()
}

/// Adds what follows the first `#` of each line of a range.
fn lines_from_hash(text: &str, range: Range<usize>, comments: &mut Vec<Range<usize>>) {
    let mut at = range.start;
    while let Some(hash) = text.get(at..range.end).and_then(|rest| rest.find('#')) {
        let end = line_end(text, at + hash);
        comments.push(at + hash..end);
        at = end;
    }
}

/// Whether Go takes a character for the end of a line.
fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_blank_or_break(c: char) -> bool {
    matches!(c, ' ' | '\t') || is_break(c)
}

/// The end of the line at an offset, without its line break.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find(is_break).map_or(text.len(), |end| at + end)
}

/// The start of the line at an offset.
fn line_start(text: &str, at: usize) -> usize {
    let before = text[..at].char_indices().rfind(|&(_, c)| is_break(c));
    before.map_or(0, |(at, c)| at + c.len_utf8())
}

/// The first offset at or behind `at` that is neither blank nor in a comment.
pub(super) fn skip_blanks(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start_matches(is_blank_or_break).len();
        if !text[at..].starts_with('#') {
            return at;
        }
        at = line_end(text, at);
    }
}

/// Where there is content behind the end of a document; the mark `...` of the end is none.
fn content_behind(text: &str, end: usize) -> Option<usize> {
    let mut at = skip_blanks(text, end);
    while text[at..].starts_with("...") && text[at + 3..].chars().next().is_none_or(is_blank_or_break) {
        at = skip_blanks(text, at + 3);
    }
    (at < text.len()).then_some(at)
}

/// Why a text cannot be read.
pub(super) struct Failure {
    pub(super) kind: SyntaxErrorKind,
    /// The words of yaml.v2 where it refuses the text, too.
    pub(super) message: String,
    pub(super) at: usize,
}

/// An open collection. Children are kept on the frame and moved to the arena when it closes.
struct Frame {
    id: NodeId,
    children: Vec<NodeId>,
    anchor: Option<Box<str>>,
    /// Written in brackets, whose last one is its end.
    in_brackets: bool,
    /// Without an anchor and a tag.
    is_bare: bool,
    /// Inside brackets, or in them.
    flow: Option<Flow>,
    weight: u64,
    depth: u32,
}

/// What an anchored node stands for once its aliases are followed.
#[derive(Clone, Copy)]
struct Anchored {
    node: NodeId,
    weight: u64,
    depth: u32,
}

struct Builder<'t> {
    slice: &'t str,
    base: usize,
    nodes: Vec<Node>,
    entries: Vec<(NodeId, NodeId)>,
    items: Vec<NodeId>,
    root: Option<NodeId>,
    frames: Vec<Frame>,
    /// `None` as long as the node is open.
    anchors: HashMap<Box<str>, Option<Anchored>>,
    /// Where the document ends, in the slice.
    end: Option<usize>,
    /// There are tags or merges, which do not fit every value.
    to_decode: bool,
}

impl<'t> Builder<'t> {
    fn new(slice: &'t str, base: usize) -> Self {
        Self {
            slice,
            base,
            nodes: Vec::new(),
            entries: Vec::new(),
            items: Vec::new(),
            root: None,
            frames: Vec::new(),
            anchors: HashMap::new(),
            end: None,
            to_decode: false,
        }
    }

    fn run(&mut self, readable: &Readable<'_>) -> Result<(), Failure> {
        let mut parser = Parser::new(readable.text());
        loop {
            let mut event = match parser.event() {
                Ok(event) => event,
                Err(_) if self.is_complete_before_brackets() => {
                    self.end = self.root.map(|id| self.nodes[id.0 as usize].end as usize - self.base);
                    return Ok(());
                }
                Err(failure) => return Err(self.failure(&failure, readable)),
            };
            event.range = readable.written(event.range.start)..readable.written(event.range.end);
            match event.kind() {
                EventKind::DocumentStart if event.version().is_some_and(|version| version != (1, 1)) => {
                    return Err(Failure {
                        kind: SyntaxErrorKind::Syntax,
                        message: INCOMPATIBLE_DOCUMENT.to_owned(),
                        at: self.base + event.range.start,
                    });
                }
                EventKind::StreamStart | EventKind::DocumentStart => {}
                EventKind::Scalar(style) => {
                    self.scalar(&event, style, &readable.restore(event.text(), style))?;
                }
                EventKind::MappingStart => self.open(&event, Content::Mapping { first: 0, len: 0 })?,
                EventKind::SequenceStart => self.open(&event, Content::Sequence { first: 0, len: 0 })?,
                EventKind::End => {
                    let bare = self.frames.last().filter(|frame| frame.in_brackets && frame.is_bare);
                    let is_empty = bare.is_some_and(|frame| frame.children.is_empty());
                    self.close(event.range.end)?;
                    if is_empty && self.ends_with_brackets()? {
                        self.end = Some(event.range.end);
                        return Ok(());
                    }
                }
                EventKind::Alias => self.alias(&event)?,
                EventKind::DocumentEnd => {
                    self.end = Some(event.range.end);
                    return Ok(());
                }
                EventKind::StreamEnd => return Ok(()),
            }
        }
    }

    fn scalar(&mut self, event: &Event, style: Style, text: &str) -> Result<(), Failure> {
        let tag = event.tag().map(tag_of);
        self.to_decode |= tag.is_some() || text == "<<";
        let content = |text| Content::Scalar { text, style, tag };
        let node = if style == Style::Plain && text.is_empty() {
            // A value that is not there.
            let at = self.missing_value_offset(event.range.end) as u32;
            Node { content: content(Text::Source(at, at)), start: at, end: at }
        } else {
            let start = self.content_start(event);
            let range = match style {
                Style::Literal | Style::Folded => self.block_text(start, event.range.end),
                _ => start..event.range.end,
            };
            let flow = self.frames.last().and_then(|frame| frame.flow);
            if let Some((at, problem)) = refused_scalar(&self.slice[range.clone()], style, flow) {
                return Err(Failure {
                    kind: SyntaxErrorKind::Syntax,
                    message: problem.to_owned(),
                    at: self.base + range.start + at,
                });
            }
            let text = self.place(text, style, &range);
            let (start, end) = ((self.base + range.start) as u32, (self.base + range.end) as u32);
            Node { content: content(text), start, end }
        };
        let id = self.push(node);
        let anchor = event.anchor().map(Box::from);
        self.complete(id, anchor, 1, 1)
    }

    fn alias(&mut self, event: &Event) -> Result<(), Failure> {
        let name = event.anchor().unwrap_or_default();
        let (start, end) = (self.base + event.range.start, self.base + event.range.end);
        let target = match self.anchors.get(name) {
            Some(Some(target)) => *target,
            Some(None) => return Err(decoding(format!("anchor '{name}' value contains itself"), start)),
            None => return Err(decoding(format!("unknown anchor '{name}' referenced"), start)),
        };
        let content = Content::Alias(target.node);
        let id = self.push(Node { content, start: start as u32, end: end as u32 });
        self.complete(id, None, target.weight, target.depth)
    }

    fn open(&mut self, event: &Event, content: Content) -> Result<(), Failure> {
        let start = self.content_start(event);
        // Where a pair in a list has no brackets of its own, what begins is its key.
        let is_wide = start < event.range.end;
        let in_brackets = is_wide && matches!(self.slice.as_bytes().get(start), Some(b'{' | b'['));
        let outer = self.frames.last().and_then(|frame| frame.flow);
        let flow = match content {
            Content::Mapping { .. } if in_brackets => Some(Flow::Mapping),
            Content::Sequence { .. } if in_brackets => Some(Flow::Sequence),
            _ => outer,
        };
        let anchor: Option<Box<str>> = event.anchor().map(Box::from);
        if let Some(name) = &anchor {
            self.anchors.insert(name.clone(), None);
        }
        let at = self.base + start;
        let id = self.push(Node { content, start: at as u32, end: at as u32 });
        self.frames.push(Frame {
            id,
            children: Vec::new(),
            anchor,
            in_brackets,
            is_bare: start == event.range.start,
            flow,
            weight: 1,
            depth: 1,
        });
        if self.frames.len() > DEPTH_LIMIT as usize {
            return Err(limit("nested deeper than 1,000 levels", at));
        }
        Ok(())
    }

    fn close(&mut self, end: usize) -> Result<(), Failure> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        // A block collection's own end lies past comments and blanks; its children know better.
        let children = frame.children.iter().map(|child| self.nodes[child.0 as usize].end);
        let end = if frame.in_brackets { (self.base + end) as u32 } else { children.max().unwrap_or(0) };
        let node = &mut self.nodes[frame.id.0 as usize];
        node.end = end.max(node.start);
        match &mut node.content {
            Content::Mapping { first, len } => {
                *first = self.entries.len() as u32;
                self.entries.extend(frame.children.chunks_exact(2).map(|pair| (pair[0], pair[1])));
                *len = self.entries.len() as u32 - *first;
            }
            Content::Sequence { first, len } => {
                *first = self.items.len() as u32;
                self.items.extend_from_slice(&frame.children);
                *len = self.items.len() as u32 - *first;
            }
            Content::Scalar { .. } | Content::Alias(_) => {}
        }
        self.complete(frame.id, frame.anchor, frame.weight, frame.depth)
    }

    /// To yaml.v2, `{}` and `[]` are no keys in block style unless a `?` says so: whether the document ends with
    /// one that was just closed.
    fn ends_with_brackets(&mut self) -> Result<bool, Failure> {
        let [.., parent] = self.frames.as_slice() else { return Ok(false) };
        let is_key = parent.children.len() % 2 == 1
            && matches!(self.nodes[parent.id.0 as usize].content, Content::Mapping { .. });
        let Some(&key) = parent.children.last() else { return Ok(false) };
        let start = self.nodes[key.0 as usize].start as usize;
        let is_explicit = self.slice[..start - self.base].trim_end().ends_with('?');
        if !is_key || is_explicit || parent.flow.is_some() {
            return Ok(false);
        }
        let is_first = parent.children.len() == 1;
        let around = if is_first { self.frames.iter().rev().nth(1) } else { Some(parent) };
        let problem = match around.map(|frame| &self.nodes[frame.id.0 as usize].content) {
            None => {
                self.frames.clear();
                self.root = Some(key);
                return Ok(true);
            }
            Some(Content::Sequence { .. }) => "did not find expected '-' indicator",
            Some(_) => "did not find expected key",
        };
        Err(Failure { kind: SyntaxErrorKind::Syntax, message: problem.to_owned(), at: start })
    }

    /// Whether the document is over and `{}` or `[]` is next: yaml.v2 does not look behind these for a key.
    fn is_complete_before_brackets(&self) -> bool {
        let (true, Some(root)) = (self.frames.is_empty(), self.root) else { return false };
        let end = self.nodes[root.0 as usize].end as usize - self.base;
        let rest = &self.slice[skip_blanks(self.slice, end)..];
        [('{', '}'), ('[', ']')].iter().any(|&(open, close)| {
            rest.strip_prefix(open).is_some_and(|rest| rest[skip_blanks(rest, 0)..].starts_with(close))
        })
    }

    /// After an error: what was read so far still tells whose file this is.
    fn close_open_frames(&mut self) {
        while !self.frames.is_empty() {
            // The budget may be the very error; it was reported already.
            let _ = self.close(self.slice.len());
        }
    }

    fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() as u32 - 1)
    }

    fn complete(
        &mut self,
        id: NodeId,
        anchor: Option<Box<str>>,
        weight: u64,
        depth: u32,
    ) -> Result<(), Failure> {
        if let Some(name) = anchor {
            self.anchors.insert(name, Some(Anchored { node: id, weight, depth }));
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root.get_or_insert(id);
            return Ok(());
        };
        frame.children.push(id);
        frame.weight = frame.weight.saturating_add(weight);
        frame.depth = frame.depth.max(depth + 1);
        let (heavy, deep) = (frame.weight > ALIAS_BUDGET, frame.depth > DEPTH_LIMIT);
        let Node { content, start, .. } = &self.nodes[id.0 as usize];
        if heavy && weight > 1 && matches!(content, Content::Alias(_)) {
            return Err(limit("aliases blow this document up past 1,000,000 nodes", *start as usize));
        }
        if deep {
            return Err(limit("aliases nest this document deeper than 1,000 levels", *start as usize));
        }
        Ok(())
    }

    /// Keeps a scalar's text as a piece of the source where it is one; `range` is where it is written.
    fn place(&self, text: &str, style: Style, range: &Range<usize>) -> Text {
        let quote = usize::from(matches!(style, Style::SingleQuoted | Style::DoubleQuoted));
        let start = range.start + quote;
        if self.slice.get(start..start + text.len()) == Some(text) {
            let start = self.base + start;
            return Text::Source(start as u32, (start + text.len()) as u32);
        }
        Text::Owned(text.into())
    }

    /// Where a node itself starts, behind its anchor and its tag.
    fn content_start(&self, event: &Event) -> usize {
        let properties = usize::from(event.anchor().is_some()) + usize::from(event.tag().is_some());
        let in_flow = self.frames.last().is_some_and(|frame| frame.flow.is_some());
        (0..properties).fold(event.range.start, |at, _| {
            let rest = &self.slice[at..];
            let len = match rest.as_bytes().first() {
                Some(b'&') => {
                    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
                    rest[1..].find(|c| !is_name(c)).map_or(rest.len(), |end| end + 1)
                }
                _ => rest.find(|c| is_blank_or_break(c) || (in_flow && c == ',')).unwrap_or(rest.len()),
            };
            skip_blanks(self.slice, at + len)
        })
    }

    /// Where the text of a block scalar stands whose header is at `start`: from its first line that is not
    /// blank on, without indentation, and without the blank lines at its end.
    fn block_text(&self, start: usize, end: usize) -> Range<usize> {
        let header_end = line_end(self.slice, start).min(end);
        let header = &self.slice[start..header_end];
        let text = &self.slice[header_end..end];
        let blank = text.len() - text.trim_start_matches(is_blank_or_break).len();
        if blank == text.len() {
            // Without any text, the header is all there is.
            let header = header.split('#').next().unwrap_or(header);
            return start..start + header.trim_end().len();
        }
        let first = header_end + blank;
        let line = line_start(self.slice, first);
        let spaces = self.slice[line..first].bytes().take_while(|&byte| byte == b' ').count();
        let explicit = header.chars().skip(1).take(2).find_map(|c| c.to_digit(10));
        let indent = match explicit {
            Some(digit) => (self.indentation() + digit as usize).min(spaces),
            None => spaces,
        };
        line + indent..header_end + text.trim_end_matches(is_blank_or_break).len()
    }

    /// The column of the innermost collection in block style; 0 without one.
    fn indentation(&self) -> usize {
        let Some(frame) = self.frames.last() else { return 0 };
        let start = self.nodes[frame.id.0 as usize].start as usize - self.base;
        self.slice[line_start(self.slice, start)..start].chars().count()
    }

    /// A value that is not there is put right behind its key's colon.
    fn missing_value_offset(&self, start: usize) -> usize {
        let Some(frame) = self.frames.last() else { return self.base + start };
        let is_value = matches!(self.nodes[frame.id.0 as usize].content, Content::Mapping { .. })
            && frame.children.len() % 2 == 1;
        match frame.children.last() {
            Some(key) if is_value => {
                let Node { start, end, .. } = self.nodes[key.0 as usize];
                let after = &self.slice.as_bytes()[(end as usize - self.base).min(self.slice.len())..];
                // What starts with a colon may also be the next key, and behind a key that is not there it
                // may be that of a mapping around.
                let ends =
                    matches!(after.get(1), None | Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b'}' | b']'));
                end as usize + usize::from(after.first() == Some(&b':') && ends && start < end)
            }
            _ => self.base + start,
        }
    }

    fn failure(&self, failure: &libyaml::Failure, readable: &Readable<'_>) -> Failure {
        // What was never closed shows at the end of the text, and is wrong where it begins.
        let is_open = failure.problem.starts_with("found unexpected end of stream")
            || failure.problem.starts_with("found unexpected document indicator")
            || failure.problem.starts_with("could not find expected ':'")
            || matches!(
                failure.context,
                "while scanning a tag" | "while scanning an alias" | "while scanning an anchor"
            )
            || (failure.context.starts_with("while parsing a flow")
                && failure.at >= readable.text().trim_end().len());
        let at = readable.written(if is_open { failure.context_at } else { failure.at });
        let is_tab = self.slice[at..].starts_with('\t') || failure.problem.contains("tab character");
        Failure {
            kind: if is_tab { SyntaxErrorKind::Tab } else { SyntaxErrorKind::Syntax },
            message: failure.problem.to_owned(),
            at: self.base + at,
        }
    }
}

fn limit(message: &str, at: usize) -> Failure {
    Failure { kind: SyntaxErrorKind::Limit, message: message.to_owned(), at }
}

fn decoding(message: String, at: usize) -> Failure {
    Failure { kind: SyntaxErrorKind::Decode, message, at }
}

fn tag_of(tag: &str) -> Tag {
    match tag.strip_prefix("tag:yaml.org,2002:").unwrap_or(tag) {
        "!" | "str" => Tag::Str,
        "binary" => Tag::Binary,
        "bool" => Tag::Bool,
        "int" => Tag::Int,
        "float" => Tag::Float,
        "null" => Tag::Null,
        "timestamp" => Tag::Timestamp,
        "merge" => Tag::Merge,
        _ => Tag::Other,
    }
}
