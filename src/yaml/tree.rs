//! The arena of a document and the cursor that reads it. Must not resolve or parse.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::go::to_json_key;
use super::keys::Positions;
use super::resolve::{Value, resolve};
use super::template::{is_set_later, may_be_marked, may_be_set_later, template_mark};
use crate::source::{FileId, Span};
use crate::words::Words;

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In `'`.
    SingleQuoted,
    /// In `"`.
    DoubleQuoted,
    /// After `|`.
    Literal,
    /// After `>`.
    Folded,
}

/// What a tag tells the resolver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// `!!str`, `!`.
    Str,
    /// `!!binary`.
    Binary,
    /// `!!bool`.
    Bool,
    /// `!!int`.
    Int,
    /// `!!float`.
    Float,
    /// `!!null`.
    Null,
    /// `!!timestamp`.
    Timestamp,
    /// `!!merge`.
    Merge,
    /// A tag that Go does not know; the text is kept.
    Other,
}

/// The kind of a node, with aliases followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string, a number, a boolean or null.
    Scalar,
    /// Keys and values.
    Mapping,
    /// A list.
    Sequence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct NodeId(pub(super) u32);

/// Text of a scalar: a range of the source, or its own string if escapes or folding changed it.
#[derive(Debug)]
pub(super) enum Text {
    Source(u32, u32),
    Owned(Box<str>),
}

impl Text {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Source(start, end) => (end - start) as usize,
            Self::Owned(text) => text.len(),
        }
    }
}

#[derive(Debug)]
pub(super) enum Content {
    Scalar { text: Text, style: Style, tag: Option<Tag> },
    Mapping { first: u32, len: u32 },
    Sequence { first: u32, len: u32 },
    Alias(NodeId),
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) content: Content,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// One YAML document with the place of every node.
#[derive(Debug)]
pub struct Document {
    pub(super) file: FileId,
    /// The text that offsets refer to: the whole file, or the decoded text of an embedded document.
    pub(super) text: Arc<str>,
    pub(super) map: Option<Arc<PositionMap>>,
    pub(super) nodes: Vec<Node>,
    pub(super) entries: Vec<(NodeId, NodeId)>,
    pub(super) items: Vec<NodeId>,
    pub(super) root: Option<NodeId>,
    /// Where the part of the text with the nodes starts and ends.
    pub(super) body: OnceLock<(u32, u32)>,
    /// The nodes that are opaque by themselves, in order. Cached: most rules ask, and most documents have none.
    pub(super) opaque: OnceLock<Box<[NodeId]>>,
    /// Whether every key is plain and unique in its map. Cached: most rules about keys ask.
    pub(super) plain_keys: OnceLock<bool>,
    /// Where the keys of its large maps are.
    pub(super) positions: Positions,
}

impl Document {
    /// The root node; `None` when nothing was read before an error.
    pub fn root(&self) -> Option<NodeRef<'_>> {
        self.root.map(|id| NodeRef { document: self, id })
    }

    /// The text that offsets of this document refer to.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text that spans refer to: the file's, also for a document inside a scalar.
    pub fn outer_text(&self) -> &str {
        self.map.as_ref().map_or(&self.text, |map| &map.outer)
    }

    /// Every scalar of the document, keys included, in the order in which they were written.
    pub fn scalars(&self) -> impl Iterator<Item = NodeRef<'_>> {
        self.nodes.iter().enumerate().filter_map(|(index, node)| {
            matches!(node.content, Content::Scalar { .. })
                .then_some(NodeRef { document: self, id: NodeId(index as u32) })
        })
    }

    /// The scalars that are infinite or not a number, which JSON cannot represent.
    pub fn numbers_not_finite(&self) -> impl Iterator<Item = NodeRef<'_>> {
        static WORDS: Words = Words::new(|| vec![".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"]);
        let some = WORDS.is_in(self.body().as_bytes());
        self.scalars().filter(move |scalar| some && scalar.is_not_finite())
    }

    /// The node of a handle, which must come from this document.
    pub fn node_at(&self, handle: Handle) -> NodeRef<'_> {
        NodeRef { document: self, id: handle.0 }
    }

    /// Every map of the document, inner ones before outer ones.
    pub fn mappings(&self) -> impl Iterator<Item = NodeRef<'_>> {
        self.nodes.iter().enumerate().filter_map(|(index, node)| {
            matches!(node.content, Content::Mapping { .. })
                .then_some(NodeRef { document: self, id: NodeId(index as u32) })
        })
    }

    /// The aliases of the document, in the order in which they were written.
    pub fn aliases(&self) -> impl Iterator<Item = NodeRef<'_>> {
        self.nodes.iter().enumerate().filter_map(|(index, node)| {
            matches!(node.content, Content::Alias(_))
                .then_some(NodeRef { document: self, id: NodeId(index as u32) })
        })
    }

    /// A range of this document's text as a place in the file.
    pub fn span(&self, start: usize, end: usize) -> Span {
        match &self.map {
            None => Span::new(self.file, start, end),
            Some(map) => {
                let (start, end) = map.range(start, end);
                Span::new(self.file, start, end)
            }
        }
    }

    /// Whether the value of some node is not known yet.
    pub fn has_opaque(&self) -> bool {
        !self.opaque().is_empty()
    }

    /// The part of the text that holds the nodes, up to the end of the last line. The documents of a file share one
    /// text.
    fn body(&self) -> &str {
        let (start, end) = *self.body.get_or_init(|| {
            let ends = |(start, end): (u32, u32), node: &Node| (start.min(node.start), end.max(node.end));
            let (start, end) = self.nodes.iter().fold((u32::MAX, 0), ends);
            let line_end =
                self.text.get(end as usize..).and_then(|rest| memchr::memchr(b'\n', rest.as_bytes()));
            (start, line_end.map_or(self.text.len() as u32, |rest| end + rest as u32))
        });
        self.text.get(start as usize..end as usize).unwrap_or(&self.text)
    }

    fn opaque(&self) -> &[NodeId] {
        let set_later = |node: &Node| {
            let rest = self.text.get(node.end as usize..).unwrap_or_default();
            is_set_later(rest.lines().next().unwrap_or_default())
        };
        let is_opaque = |node: &Node, marked: bool, has_setters: bool| match &node.content {
            Content::Scalar { text, .. } => {
                let text = self.str(text);
                (marked && template_mark(text).is_some()) || (has_setters && set_later(node))
            }
            Content::Mapping { first, len } => self.entries[*first as usize..(first + len) as usize]
                .iter()
                .any(|&(key, _)| NodeRef { document: self, id: key }.kind() == Kind::Mapping),
            Content::Sequence { .. } | Content::Alias(_) => false,
        };
        self.opaque.get_or_init(|| {
            let body = self.body();
            let marked = may_be_marked(body);
            let has_setters = may_be_set_later(body);
            // Without these characters, no key is a map or an alias of one.
            if !marked && !has_setters && memchr::memchr3(b'{', b'?', b'*', body.as_bytes()).is_none() {
                return Box::default();
            }
            let nodes = self.nodes.iter().enumerate();
            nodes
                .filter(|(_, node)| is_opaque(node, marked, has_setters))
                .map(|(index, _)| NodeId(index as u32))
                .collect()
        })
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The text of a scalar.
    pub(super) fn str<'t>(&'t self, text: &'t Text) -> &'t str {
        match text {
            Text::Source(start, end) => &self.text[*start as usize..*end as usize],
            Text::Owned(text) => text,
        }
    }

    /// The text of a scalar as bytes, which are compared without checking character boundaries.
    pub(super) fn bytes<'t>(&'t self, text: &'t Text) -> &'t [u8] {
        match text {
            Text::Source(start, end) => &self.text.as_bytes()[*start as usize..*end as usize],
            Text::Owned(text) => text.as_bytes(),
        }
    }
}

/// A node of a document. Aliases are followed for everything except [`NodeRef::span`].
#[derive(Clone, Copy)]
pub struct NodeRef<'a> {
    pub(super) document: &'a Document,
    pub(super) id: NodeId,
}

/// A node without its document, to be stored next to the document.
#[derive(Clone, Copy, Debug)]
pub struct Handle(NodeId);

impl std::fmt::Debug for NodeRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeRef")
            .field("kind", &self.kind())
            .field("span", &self.span())
            .finish_non_exhaustive()
    }
}

/// A key with its value, as written.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The key's node.
    pub key: NodeRef<'a>,
    /// The value's node.
    pub value: NodeRef<'a>,
}

impl<'a> Entry<'a> {
    /// The key as a JSON string: `on` is `true`, `1` is `1`; empty for a list or map.
    pub fn name(&self) -> Cow<'a, str> {
        self.key.key_text()
    }

    /// Whether this is a merge (unquoted `<<`, or tagged `!!merge`).
    pub fn is_merge(&self) -> bool {
        is_merge_key(self.key.document, self.key.id)
    }

    /// The best place to point at for this entry: the value if it is a scalar on one line, the key if the value is a
    /// collection, a block scalar or empty.
    pub fn label_span(&self) -> Span {
        let block = matches!(self.value.style(), Some(Style::Literal | Style::Folded));
        if self.value.kind() == Kind::Scalar && !block && !self.value.span().range().is_empty() {
            self.value.span()
        } else {
            self.key.span()
        }
    }
}

impl<'a> NodeRef<'a> {
    /// The document the node belongs to.
    pub fn document(self) -> &'a Document {
        self.document
    }

    /// The node without its document.
    pub fn handle(self) -> Handle {
        Handle(self.id)
    }

    /// Scalar, map or list.
    pub fn kind(self) -> Kind {
        match self.target().content {
            Content::Mapping { .. } => Kind::Mapping,
            Content::Sequence { .. } => Kind::Sequence,
            Content::Scalar { .. } | Content::Alias(_) => Kind::Scalar,
        }
    }

    /// Where the node is written; for an alias, the alias itself.
    pub fn span(self) -> Span {
        let node = self.document.node(self.id);
        self.document.span(node.start as usize, node.end as usize)
    }

    /// The node as written, quotes included.
    pub fn source_text(self) -> &'a str {
        self.document.text.get(self.inner_range()).unwrap_or_default()
    }

    /// The range in the document's own text.
    pub(super) fn inner_range(self) -> std::ops::Range<usize> {
        let node = self.document.node(self.id);
        node.start as usize..node.end as usize
    }

    /// Whether the node is an alias (`*name`).
    pub fn is_alias(self) -> bool {
        matches!(self.document.node(self.id).content, Content::Alias(_))
    }

    /// The text of a scalar with escapes and folding resolved.
    pub fn text(self) -> Option<&'a str> {
        match &self.target().content {
            Content::Scalar { text, .. } => Some(self.document.str(text)),
            _ => None,
        }
    }

    /// How a scalar was written.
    pub fn style(self) -> Option<Style> {
        match self.target().content {
            Content::Scalar { style, .. } => Some(style),
            _ => None,
        }
    }

    /// The value of a scalar in Go; `None` for collections.
    pub fn value(self) -> Option<Value<'a>> {
        match self.target().content {
            Content::Scalar { style, tag, .. } => Some(resolve(self.text()?, style, tag)),
            _ => None,
        }
    }

    /// Whether this is a null.
    pub fn is_null(self) -> bool {
        // Called for every key; most of them need no resolving.
        self.text().is_some_and(|text| matches!(text.as_bytes().first(), None | Some(b'~' | b'n' | b'N')))
            && self.value() == Some(Value::Null)
    }

    /// Whether a scalar has a tag that may give a new text another meaning.
    pub fn is_typed(self) -> bool {
        matches!(self.target().content, Content::Scalar { tag: Some(tag), .. } if tag != Tag::Str)
    }

    /// Whether a scalar has the tag `!!binary`, so that its text is the value in base64.
    pub fn is_binary(self) -> bool {
        matches!(self.target().content, Content::Scalar { tag: Some(Tag::Binary), .. })
    }

    /// Whether the value is not known yet: a scalar with a template mark or placeholder, or `{{ … }}` without quotes,
    /// which YAML reads as a map whose key is a map.
    pub fn is_opaque(self) -> bool {
        let opaque = self.document.opaque();
        !opaque.is_empty() && opaque.binary_search(&self.resolved().id).is_ok()
    }

    /// Whether the value of this node, or of any node under it, is not known yet.
    pub fn holds_opaque(self) -> bool {
        !self.document.opaque().is_empty()
            && (self.is_opaque()
                || self.items().any(Self::holds_opaque)
                || self.entries().any(|entry| entry.value.holds_opaque()))
    }

    fn is_not_finite(self) -> bool {
        self.text().is_some_and(|text| matches!(text.as_bytes(), [b'.', ..] | [b'+' | b'-', b'.', ..]))
            && matches!(self.value(), Some(Value::Float(number)) if !number.is_finite())
    }

    /// The text of a scalar that Go resolves to a string.
    pub fn string(self) -> Option<Cow<'a, str>> {
        match self.value()? {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list; empty for other nodes.
    pub fn items(self) -> impl DoubleEndedIterator<Item = NodeRef<'a>> + ExactSizeIterator {
        let ids = match self.target().content {
            Content::Sequence { first, len } => &self.document.items[first as usize..(first + len) as usize],
            _ => &[],
        };
        let document = self.document;
        ids.iter().map(move |&id| NodeRef { document, id })
    }

    /// The entries of a map as written, duplicates and merges included; empty for other nodes.
    pub fn entries(self) -> impl DoubleEndedIterator<Item = Entry<'a>> + ExactSizeIterator {
        let pairs = match self.target().content {
            Content::Mapping { first, len } => &self.document.entries[first as usize..(first + len) as usize],
            _ => &[],
        };
        let document = self.document;
        pairs.iter().map(move |&(key, value)| Entry {
            key: NodeRef { document, id: key },
            value: NodeRef { document, id: value },
        })
    }

    /// The value in force for a key.
    pub fn get(self, key: &str) -> Option<NodeRef<'a>> {
        self.entry(key).map(|entry| entry.value)
    }

    /// The node at a path of keys.
    pub fn at(self, path: &[&str]) -> Option<NodeRef<'a>> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The node itself, or the target of an alias.
    pub fn resolved(self) -> Self {
        match self.document.node(self.id).content {
            Content::Alias(id) => Self { document: self.document, id },
            _ => self,
        }
    }

    /// Whether both nodes mean the same data to Go, regardless of style.
    pub fn same_data(self, other: NodeRef<'_>) -> bool {
        match (self.kind(), other.kind()) {
            (Kind::Scalar, Kind::Scalar) => self.value() == other.value(),
            (Kind::Sequence, Kind::Sequence) => {
                self.items().len() == other.items().len()
                    && self.items().zip(other.items()).all(|(one, two)| one.same_data(two))
            }
            (Kind::Mapping, Kind::Mapping) => {
                let (mut ours, mut theirs) = (self.fields(), other.fields());
                ours.sort_by_cached_key(Entry::name);
                theirs.sort_by_cached_key(Entry::name);
                ours.len() == theirs.len()
                    && ours
                        .iter()
                        .zip(theirs)
                        .all(|(one, two)| one.name() == two.name() && one.value.same_data(two.value))
            }
            _ => false,
        }
    }

    fn key_text(self) -> Cow<'a, str> {
        self.value().map_or(Cow::Borrowed(""), to_json_key)
    }

    pub(super) fn target(self) -> &'a Node {
        let node = self.document.node(self.id);
        match node.content {
            Content::Alias(target) => self.document.node(target),
            _ => node,
        }
    }
}

/// Whether yaml.v2 treats a key as a merge. A `<<` under any other tag or behind an alias is an ordinary key.
pub(super) fn is_merge_key(document: &Document, key: NodeId) -> bool {
    let Content::Scalar { text, style, tag } = &document.node(key).content else { return false };
    document.bytes(text) == b"<<"
        && match tag {
            None => *style == Style::Plain,
            Some(tag) => *tag == Tag::Merge,
        }
}

/// The maps that a merge adds, highest precedence first.
pub(super) fn merged_mappings(value: NodeRef<'_>) -> impl Iterator<Item = NodeRef<'_>> {
    let single = (value.kind() == Kind::Mapping).then_some(value);
    single.into_iter().chain(value.items())
}

/// Maps offsets of an embedded text to offsets of the file around it.
#[derive(Debug)]
pub(super) struct PositionMap {
    /// The text of the outermost file.
    pub(super) outer: Arc<str>,
    /// Sorted by `inner`; each starts where the previous one ends.
    pub(super) segments: Vec<Segment>,
    /// The place of everything without a place of its own: the scalar as a whole.
    pub(super) fallback: usize,
}

/// A run of inner text. If `outer_len == inner_len`, it corresponds byte for byte, otherwise as a whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) inner: u32,
    pub(super) inner_len: u32,
    pub(super) outer: u32,
    pub(super) outer_len: u32,
}

impl PositionMap {
    /// Maps a range. Its end is derived from the last byte inside it, so that it does not move to the next line.
    pub(super) fn range(&self, start: usize, end: usize) -> (usize, usize) {
        let outer_start = self.offset(start);
        if end <= start {
            return (outer_start, outer_start);
        }
        let outer_end = match self.segment(end - 1) {
            Some(segment) if segment.inner_len == segment.outer_len => (segment.outer as usize + end
                - segment.inner as usize)
                .min((segment.outer + segment.outer_len) as usize),
            Some(segment) => (segment.outer + segment.outer_len) as usize,
            None => self.fallback,
        };
        (outer_start, outer_end.max(outer_start))
    }

    /// Maps one offset.
    fn offset(&self, inner: usize) -> usize {
        match self.segment(inner) {
            Some(segment) if segment.inner_len == segment.outer_len => (segment.outer as usize + inner
                - segment.inner as usize)
                .min((segment.outer + segment.outer_len) as usize),
            // An offset after the last byte of such a run means the run's end.
            Some(segment) if inner >= (segment.inner + segment.inner_len) as usize => {
                (segment.outer + segment.outer_len) as usize
            }
            Some(segment) => segment.outer as usize,
            None => self.fallback,
        }
    }

    fn segment(&self, inner: usize) -> Option<&Segment> {
        let index = self.segments.partition_point(|segment| segment.inner as usize <= inner);
        self.segments.get(index.checked_sub(1)?)
    }
}
