//! Builds a [`Document`] from libyaml's events: the tree as yaml.v2 reads it, with the place of every node.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::blanks::{content_behind, is_blank_or_break, line_end, line_start, skip_blanks};
use super::decode;
use super::dialect::{self, Flow, MOST_ATTEMPTS, Readable, refused_in_flow};
use super::keys::Positions;
use super::libyaml::{self, Event, EventKind, Parser};
use super::stream::{SyntaxError, SyntaxErrorKind};
use super::tree::{Content, Document, Node, NodeId, PositionMap, Style, Tag, Text};
use crate::source::FileId;

/// The largest number of nodes in a document with its aliases expanded. yaml.v2 stops at a similar size.
const ALIAS_BUDGET: u64 = 1_000_000;
/// The deepest nesting with aliases expanded, so that no recursive walk of a tree overflows the stack.
const DEPTH_LIMIT: u32 = 1_000;

/// The message of yaml.v2 for a `%YAML` line with a version other than 1.1.
pub const INCOMPATIBLE_DOCUMENT: &str = "found incompatible YAML document";

/// The result of parsing a piece of text.
pub(super) struct Built {
    pub(super) document: Document,
    pub(super) error: Option<SyntaxError>,
    /// Where the text continues after the first document, which is all that Go reads.
    pub(super) trailing: Option<usize>,
}

/// Parses the first document of `text[range]`. Offsets are relative to `text`.
pub(super) fn build(
    file: FileId,
    text: &Arc<str>,
    range: Range<usize>,
    map: Option<Arc<PositionMap>>,
) -> Built {
    let (slice, base) = (&text[range.clone()], range.start);
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
    let trailing = builder.end.and_then(|end| content_behind(slice, end)).map(|at| base + at);
    let to_decode = builder.to_decode;
    let document = builder.into_document(file, text, map);
    // Go decodes only what it could parse, so a syntax error comes first.
    let failure = outcome.err().or_else(|| to_decode.then(|| decode::failure(&document)).flatten());
    let error = failure.map(|failure| {
        let at = failure.at.min(text.len());
        let end = if text[at..].starts_with('\t') { at + 1 } else { at };
        SyntaxError { kind: failure.kind, message: failure.message, span: document.span(at, end) }
    });
    Built { document, error, trailing }
}

/// Builds `text[range]`, which must be strict JSON, as a JSON reader would.
pub(super) fn build_json(
    file: FileId,
    text: &Arc<str>,
    range: Range<usize>,
    map: Option<Arc<PositionMap>>,
) -> Document {
    let (builder, _) = attempt(&text[range.clone()], range.start, &Readable::json(&text[range]));
    let mut document = builder.into_document(file, text, map);
    for node in &mut document.nodes {
        let written = text.get(node.start as usize..node.end as usize).unwrap_or_default();
        if let Content::Scalar { text, style: Style::DoubleQuoted, .. } = &mut node.content
            && let Some(value) = dialect::json_text(written)
        {
            *text = Text::Owned(value);
        }
    }
    document
}

fn attempt<'t>(slice: &'t str, base: usize, readable: &Readable<'_>) -> (Builder<'t>, Result<(), Failure>) {
    let mut builder = Builder::new(slice, base);
    let outcome = builder.run(readable);
    (builder, outcome)
}

/// Why a text cannot be read.
pub(super) struct Failure {
    pub(super) kind: SyntaxErrorKind,
    /// The message of yaml.v2, where yaml.v2 rejects the text, too.
    pub(super) message: String,
    pub(super) at: usize,
}

/// An open collection. Its children are kept here and moved to the arena when it closes.
struct Frame {
    id: NodeId,
    children: Vec<NodeId>,
    anchor: Option<Box<str>>,
    /// Whether it is written in brackets, so that the closing bracket is its end.
    in_brackets: bool,
    /// Whether it has neither an anchor nor a tag.
    is_bare: bool,
    /// The innermost flow collection: this one, or one around it.
    flow: Option<Flow>,
    weight: u64,
    depth: u32,
}

/// The target of an anchor, with its size and depth once its aliases are expanded.
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
    /// `None` while the anchored node is still open.
    anchors: HashMap<Box<str>, Option<Anchored>>,
    /// Where the document ends, as an offset in the slice.
    end: Option<usize>,
    /// Whether there are tags or merges, which may not fit their values.
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

    /// The document as far as it was read, possibly up to an error.
    fn into_document(mut self, file: FileId, text: &Arc<str>, map: Option<Arc<PositionMap>>) -> Document {
        self.close_open_frames();
        let Self { nodes, entries, items, root, .. } = self;
        Document {
            file,
            text: Arc::clone(text),
            map,
            nodes,
            entries,
            items,
            root,
            opaque: OnceLock::new(),
            plain_keys: OnceLock::new(),
            body: OnceLock::new(),
            positions: Positions::default(),
        }
    }

    fn run(&mut self, readable: &Readable<'_>) -> Result<(), Failure> {
        let mut parser = Parser::new(readable.text());
        loop {
            let mut event = match parser.event() {
                Ok(event) => event,
                Err(failure) if self.is_complete_before_brackets(readable.written(failure.at)) => {
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
                    let start = bare.map(|frame| self.nodes[frame.id.0 as usize].start as usize - self.base);
                    let inner = start.and_then(|start| self.slice.get(start + 1..event.range.end - 1));
                    self.close(event.range.end)?;
                    if inner.is_some_and(is_keyless) && self.ends_with_brackets()? {
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
        self.refuse_cut_tag(event)?;
        let tag = event.tag().map(tag_of);
        self.to_decode |= tag.is_some() || text == "<<";
        let content = |text| Content::Scalar { text, style, tag };
        let node = if style == Style::Plain && text.is_empty() {
            // An empty value.
            let at = self.missing_value_offset(event.range.end) as u32;
            Node { content: content(Text::Source(at, at)), start: at, end: at }
        } else {
            let start = self.content_start(event);
            let range = match style {
                Style::Literal | Style::Folded => self.block_text(start, event.range.end),
                _ => start..event.range.end,
            };
            let flow = self.frames.last().and_then(|frame| frame.flow);
            let flow = flow.filter(|_| style == Style::Plain);
            if let Some((at, problem)) =
                flow.and_then(|flow| refused_in_flow(&self.slice[range.clone()], flow))
            {
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
        self.refuse_cut_tag(event)?;
        let start = self.content_start(event);
        // A pair in a list may have no brackets of its own: its start event is empty, and the next byte belongs to its
        // key.
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
        // The end that libyaml reports for a block collection is after comments and blanks, so use the end of its last
        // child.
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

    /// Handles brackets without a possible key inside them, such as `{}`. In block style, yaml.v2 does not accept these
    /// as keys unless a `?` precedes them. Returns whether the document ends with the brackets that were just closed.
    fn ends_with_brackets(&mut self) -> Result<bool, Failure> {
        let [.., parent] = self.frames.as_slice() else { return Ok(false) };
        let is_key = parent.children.len() % 2 == 1
            && matches!(self.nodes[parent.id.0 as usize].content, Content::Mapping { .. });
        let Some(&key) = parent.children.last() else { return Ok(false) };
        let start = self.nodes[key.0 as usize].start as usize;
        // The `?` belongs to this key only if the map does not start with the key.
        let is_explicit = self.nodes[parent.id.0 as usize].start as usize != start
            && self.slice[..start - self.base].trim_end().ends_with('?');
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

    /// Whether the document is complete, and brackets without a possible key precede the position of an error: yaml.v2
    /// does not treat such brackets as a key.
    fn is_complete_before_brackets(&self, error: usize) -> bool {
        let (true, Some(root)) = (self.frames.is_empty(), self.root) else { return false };
        let end = self.nodes[root.0 as usize].end as usize - self.base;
        let Some(next) = self.slice.get(skip_blanks(self.slice, end)..error) else { return false };
        [('{', '}'), ('[', ']')].iter().any(|&(open, close)| {
            let inner = next.strip_prefix(open).and_then(|rest| Some(rest.split_once(close)?.0));
            inner.is_some_and(is_keyless)
        })
    }

    /// Closes what is open after an error: the part that was read may still show what kind of file this is.
    fn close_open_frames(&mut self) {
        while !self.frames.is_empty() {
            // The error may itself be about the budget, and was already reported.
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
            return Err(limit("aliases expand this document beyond 1,000,000 nodes", *start as usize));
        }
        if deep {
            return Err(limit("aliases nest this document deeper than 1,000 levels", *start as usize));
        }
        Ok(())
    }

    /// Stores a scalar's text as a range of the source where the two are equal; `range` is where it is written.
    fn place(&self, text: &str, style: Style, range: &Range<usize>) -> Text {
        let quote = usize::from(matches!(style, Style::SingleQuoted | Style::DoubleQuoted));
        let start = range.start + quote;
        if self.slice.get(start..start + text.len()) == Some(text) {
            let start = self.base + start;
            return Text::Source(start as u32, (start + text.len()) as u32);
        }
        Text::Owned(text.into())
    }

    /// Rejects a tag that libyaml ends at a comma or bracket: for yaml.v2 these are part of the tag.
    fn refuse_cut_tag(&self, event: &Event) -> Result<(), Failure> {
        let Some(tag) = event.tag().filter(|_| self.frames.last().is_some_and(|frame| frame.flow.is_some()))
        else {
            return Ok(());
        };
        let rest = &self.slice[event.range.clone()];
        let start = if rest.starts_with('&') { rest.find(is_blank_or_break).unwrap_or(0) } else { 0 };
        let start = event.range.start + skip_blanks(rest, start);
        let written = &self.slice[start..];
        let written = &written[..written.find(is_blank_or_break).unwrap_or(written.len())];
        let is_whole =
            |tag: &str| tag.ends_with(dialect::plain_tag(written).rsplit('!').next().unwrap_or_default());
        if !written.starts_with('!') || !written.contains(dialect::TAG_LETTERS) || is_whole(tag) {
            return Ok(());
        }
        Err(Failure {
            kind: SyntaxErrorKind::Syntax,
            message: dialect::TAG_GOES_ON.to_owned(),
            at: self.base + start,
        })
    }

    /// Where a node starts after its anchor and its tag.
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

    /// The range of a block scalar whose header is at `start`: from its first line with content, without indentation,
    /// up to the last line with content.
    fn block_text(&self, start: usize, end: usize) -> Range<usize> {
        let header_end = line_end(self.slice, start).min(end);
        let header = &self.slice[start..header_end];
        let text = &self.slice[header_end..end];
        let blank = text.len() - text.trim_start_matches(is_blank_or_break).len();
        if blank == text.len() {
            // An empty scalar consists of its header only.
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

    /// The column of the innermost block collection; 0 without one.
    fn indentation(&self) -> usize {
        let Some(frame) = self.frames.last() else { return 0 };
        let start = self.nodes[frame.id.0 as usize].start as usize - self.base;
        self.slice[line_start(self.slice, start)..start].chars().count()
    }

    /// An empty value is placed directly after the colon of its key.
    fn missing_value_offset(&self, start: usize) -> usize {
        let Some(frame) = self.frames.last() else { return self.base + start };
        let is_value = matches!(self.nodes[frame.id.0 as usize].content, Content::Mapping { .. })
            && frame.children.len() % 2 == 1;
        match frame.children.last() {
            Some(key) if is_value => {
                let Node { start, end, .. } = self.nodes[key.0 as usize];
                let after = &self.slice.as_bytes()[(end as usize - self.base).min(self.slice.len())..];
                // A colon that starts a word may belong to the next key, and after an empty key it may belong to a map
                // around this one.
                let ends =
                    matches!(after.get(1), None | Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b'}' | b']'));
                end as usize + usize::from(after.first() == Some(&b':') && ends && start < end)
            }
            _ => self.base + start,
        }
    }

    fn failure(&self, failure: &libyaml::Failure, readable: &Readable<'_>) -> Failure {
        let at = readable.written(failure.place(readable.text()));
        let is_tab = self.slice[at..].starts_with('\t') || failure.problem.contains("tab character");
        Failure {
            kind: if is_tab { SyntaxErrorKind::Tab } else { SyntaxErrorKind::Syntax },
            message: failure.problem.to_owned(),
            at: self.base + at,
        }
    }
}

/// Whether no entry between two brackets starts with a possible key.
fn is_keyless(inner: &str) -> bool {
    inner.split(',').all(|entry| {
        let first = entry.as_bytes().get(skip_blanks(entry, 0));
        matches!(first, None | Some(b':' | b'?'))
    })
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
