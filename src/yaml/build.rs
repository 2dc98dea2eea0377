//! Builds a [`Document`] from the parser's events. The only module that knows granit-parser.

use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};

use super::stream::{SyntaxError, SyntaxErrorKind};
use super::tree::{Content, Document, Node, NodeId, PositionMap, Style, Tag, Text};
use crate::source::FileId;

/// Most nodes that a document may stand for once its aliases are followed (yaml.v2 gives up in this region).
const ALIAS_BUDGET: u64 = 1_000_000;
/// Deepest nesting once aliases are followed, so that nothing that walks a tree can run out of stack.
const DEPTH_LIMIT: u32 = 1_000;

/// What a piece of text became.
pub(super) struct Built {
    pub(super) document: Document,
    pub(super) error: Option<SyntaxError>,
    /// Where a second document or text after `...` starts; Go reads only the first.
    pub(super) trailing: Option<usize>,
}

/// Parses the first document of `text[range]`. Offsets count in `text`.
pub(super) fn build(
    file: FileId,
    text: &Arc<str>,
    range: std::ops::Range<usize>,
    map: Option<Arc<PositionMap>>,
) -> Built {
    let slice = &text[range.clone()];
    let mut builder = Builder::new(slice, range.start);
    let outcome = builder.run();
    builder.close_open_frames();
    let document = Document {
        file,
        text: Arc::clone(text),
        map,
        nodes: builder.nodes,
        entries: builder.entries,
        items: builder.items,
        root: builder.root,
    };
    let error = outcome.err().map(|failure| {
        let at = failure.at.min(text.len());
        SyntaxError { kind: failure.kind, message: failure.message, span: document.span(at, at) }
    });
    Built { document, error, trailing: builder.trailing }
}

/// Ranges of comments outside scalars, `#` included; what was read before an error is kept.
pub(super) fn comments(text: &str, base: usize) -> Vec<std::ops::Range<usize>> {
    let options = granit_parser::options! { emit_comments: true, max_buffered_comment_events: 1_000_000 };
    Parser::new_from_str_with_options(text, options)
        .map_while(Result::ok)
        .filter(|(event, _)| matches!(event, Event::Comment(..)))
        .filter_map(|(_, span)| span.byte_range())
        .map(|range| range.start + base..range.end + base)
        .collect()
}

struct Failure {
    kind: SyntaxErrorKind,
    message: String,
    at: usize,
}

/// An open collection. Children are kept on the frame and moved to the arena when it closes.
struct Frame {
    id: NodeId,
    children: Vec<NodeId>,
    anchor: usize,
    flow: bool,
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
    anchors: Vec<Option<Anchored>>,
    trailing: Option<usize>,
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
            anchors: Vec::new(),
            trailing: None,
        }
    }

    fn run(&mut self) -> Result<(), Failure> {
        let options =
            granit_parser::options! { emit_comments: false, block_scalar_eof_without_line_feed: true };
        let parser = Parser::new_from_str_with_options(self.slice, options);
        let mut documents = 0;
        for event in parser {
            let (event, span) = match event {
                Ok(event) => event,
                // Go stops reading after the first document, so what follows cannot break it.
                Err(_)
                    if documents > 0
                        && self.frames.is_empty()
                        && self.root.is_some()
                        && self.trailing.is_some() =>
                {
                    return Ok(());
                }
                Err(error) => return Err(self.failure(&error)),
            };
            let range = span.byte_range().unwrap_or(0..0);
            let (start, end) = (range.start + self.base, range.end + self.base);
            match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        self.trailing = Some(start);
                        return Ok(());
                    }
                }
                Event::Scalar(text, style, anchor, tag) => {
                    self.scalar(&text, style, tag.map(|tag| tag_of(&tag)), anchor, start, end)?;
                }
                Event::MappingStart(style, anchor, ..) => {
                    let content = Content::Mapping { first: 0, len: 0 };
                    self.open(content, anchor, style == StructureStyle::Flow, start, end);
                }
                Event::SequenceStart(style, anchor, ..) => {
                    let content = Content::Sequence { first: 0, len: 0 };
                    let flow = style == StructureStyle::Flow;
                    let start = if flow { start } else { self.dash_before(start) };
                    self.open(content, anchor, flow, start, end);
                }
                Event::MappingEnd | Event::SequenceEnd => self.close(end)?,
                Event::Alias(anchor) => self.alias(anchor, start, end)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<Tag>,
        anchor: usize,
        start: usize,
        end: usize,
    ) -> Result<(), Failure> {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        let content = |text| Content::Scalar { text, style, tag };
        let node = if style == Style::Plain && start >= end {
            // A value that is not there reads as `~` with an empty span.
            let at = self.missing_value_offset(start);
            Node { content: content(Text::Source(at as u32, at as u32)), start: at as u32, end: at as u32 }
        } else {
            let end =
                if matches!(style, Style::Literal | Style::Folded) { self.trim_end(start, end) } else { end };
            Node { content: content(self.place(text)), start: start as u32, end: end as u32 }
        };
        let id = self.push(node);
        self.complete(id, anchor, 1, 1)
    }

    fn alias(&mut self, anchor: usize, start: usize, end: usize) -> Result<(), Failure> {
        let Some(target) = self.anchors.get(anchor).copied().flatten() else {
            return Err(Failure {
                kind: SyntaxErrorKind::Syntax,
                message: "the anchor's value contains itself".to_owned(),
                at: start,
            });
        };
        let content = Content::Alias(target.node);
        let id = self.push(Node { content, start: start as u32, end: end as u32 });
        self.complete(id, 0, target.weight, target.depth)
    }

    fn open(&mut self, content: Content, anchor: usize, flow: bool, start: usize, end: usize) {
        let id = self.push(Node { content, start: start as u32, end: end as u32 });
        self.frames.push(Frame { id, children: Vec::new(), anchor, flow, weight: 1, depth: 1 });
    }

    fn close(&mut self, end: usize) -> Result<(), Failure> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        // A block collection's own end lies past comments and blanks; its last child knows better.
        let end = if frame.flow {
            end as u32
        } else {
            frame
                .children
                .last()
                .map_or(self.nodes[frame.id.0 as usize].start, |child| self.nodes[child.0 as usize].end)
        };
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

    /// After an error: what was read so far still tells whose file this is.
    fn close_open_frames(&mut self) {
        while !self.frames.is_empty() {
            // The budget may be the very error; it was reported already.
            let _ = self.close(self.base + self.slice.len());
        }
    }

    fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() as u32 - 1)
    }

    fn complete(&mut self, id: NodeId, anchor: usize, weight: u64, depth: u32) -> Result<(), Failure> {
        if anchor > 0 {
            if self.anchors.len() <= anchor {
                self.anchors.resize(anchor + 1, None);
            }
            self.anchors[anchor] = Some(Anchored { node: id, weight, depth });
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root.get_or_insert(id);
            return Ok(());
        };
        frame.children.push(id);
        frame.weight = frame.weight.saturating_add(weight);
        frame.depth = frame.depth.max(depth + 1);
        let limit = |message: &str| Failure {
            kind: SyntaxErrorKind::Limit,
            message: message.to_owned(),
            at: self.nodes[id.0 as usize].start as usize,
        };
        if frame.weight > ALIAS_BUDGET
            && weight > 1
            && matches!(self.nodes[id.0 as usize].content, Content::Alias(_))
        {
            return Err(limit("aliases blow this document up past 1,000,000 nodes"));
        }
        if frame.depth > DEPTH_LIMIT {
            return Err(limit("aliases nest this document deeper than 1,000 levels"));
        }
        Ok(())
    }

    /// Keeps a scalar's text as a piece of the source where it is one.
    fn place(&self, text: &str) -> Text {
        let offset = (text.as_ptr() as usize).wrapping_sub(self.slice.as_ptr() as usize);
        if self.slice.get(offset..offset.wrapping_add(text.len())) == Some(text) {
            let start = self.base + offset;
            return Text::Source(start as u32, (start + text.len()) as u32);
        }
        Text::Owned(text.into())
    }

    /// A value that is not there is put right behind its key's colon.
    fn missing_value_offset(&self, start: usize) -> usize {
        let Some(frame) = self.frames.last() else { return start };
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
            _ => start.min(self.base + self.slice.len()),
        }
    }

    /// A sequence at its key's column is said to start at its first item; it starts at that item's dash.
    fn dash_before(&self, start: usize) -> usize {
        let before = self.slice[..start - self.base].trim_end_matches(' ');
        let below_key = self
            .frames
            .last()
            .is_some_and(|frame| matches!(self.nodes[frame.id.0 as usize].content, Content::Mapping { .. }));
        if below_key && before.ends_with('-') { self.base + before.len() - 1 } else { start }
    }

    /// A block scalar's span runs over the blank lines behind it.
    fn trim_end(&self, start: usize, end: usize) -> usize {
        let text = &self.slice[start - self.base..end.min(self.base + self.slice.len()) - self.base];
        start + text.trim_end_matches([' ', '\t', '\n', '\r']).len()
    }

    fn failure(&self, error: &granit_parser::ScanError) -> Failure {
        use granit_parser::ErrorKind;
        let (kind, message) = match error.kind() {
            ErrorKind::RecursionLimitExceeded => {
                (SyntaxErrorKind::Limit, "nested deeper than 255 levels".to_owned())
            }
            _ => (SyntaxErrorKind::Syntax, error.info()),
        };
        let at = error.marker().byte_offset().unwrap_or(0).min(self.slice.len());
        Failure { kind, message, at: self.base + at }
    }
}

fn tag_of(tag: &granit_parser::Tag) -> Tag {
    match tag.core_suffix() {
        Some("str") => Tag::Str,
        Some("binary") => Tag::Binary,
        Some(_) => Tag::Implicit,
        None if tag.handle().is_empty() && tag.suffix() == "!" => Tag::Str,
        None => Tag::Other,
    }
}
