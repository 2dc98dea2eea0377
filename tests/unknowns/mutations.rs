//! What can be removed from a YAML text: the value of a scalar, or a key with everything under it. Must not lint.

use std::ops::Range;

use rke2_lint::source::{SourceFile, Sources};
use rke2_lint::yaml::{Document, Entry, Kind, NodeRef, Stream, Style, embedded};

/// The kind of thing that is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Taken {
    /// The value of a scalar.
    Value,
    /// A key with everything under it.
    Key,
    /// A file.
    File,
}

/// One replacement in a text.
#[derive(Clone, Debug)]
pub struct Mutation {
    /// The kind of thing that it removes.
    pub taken: Taken,
    /// The keys that lead to it, in the innermost document.
    pub key: String,
    /// The replaced range.
    pub range: Range<usize>,
    /// The replacement.
    pub replacement: String,
}

impl Mutation {
    /// The text after the replacement.
    pub fn apply(&self, text: &str) -> String {
        [&text[..self.range.start], &self.replacement, &text[self.range.end..]].concat()
    }

    /// The possible offsets in the original text of an offset in the changed text. The place of a deletion may
    /// correspond to the start or to the end of the deleted range.
    pub fn back(&self, at: usize) -> [usize; 2] {
        let end = self.range.start + self.replacement.len();
        match at {
            _ if at < self.range.start => [at; 2],
            _ if at == self.range.start => [at, if at == end { self.range.end } else { at }],
            _ if at < end => [self.range.start; 2],
            _ => [at - end + self.range.end; 2],
        }
    }
}

/// All mutations of a text, in order. A text with a syntax error has none, because its keys are not known.
pub fn of_text(text: &str) -> Vec<Mutation> {
    let Some(scalars) = count(text) else { return Vec::new() };
    let mut walk = Walk { text, scalars, found: Vec::new() };
    for document in parse(text).documents() {
        walk.document(document, None);
    }
    walk.found
}

fn parse(text: &str) -> Stream {
    let file = SourceFile::new("a.yaml", text);
    Stream::parse(Sources::id_at(0), &file.shared_text())
}

/// The number of scalars, including those in embedded values; `None` for a text with a syntax error.
fn count(text: &str) -> Option<usize> {
    let stream = parse(text);
    stream.first_error().is_none().then(|| scalars(&stream))
}

fn scalars(stream: &Stream) -> usize {
    stream.documents().filter_map(Document::root).map(scalars_of).sum()
}

fn scalars_of(node: NodeRef<'_>) -> usize {
    match node.kind() {
        _ if node.is_alias() => 1,
        Kind::Scalar => 1,
        Kind::Sequence => node.items().map(scalars_of).sum(),
        Kind::Mapping => node.entries().map(scalars_of_entry).sum(),
    }
}

fn scalars_of_entry(entry: Entry<'_>) -> usize {
    let inner = if holds_values(entry) { embedded(entry.value) } else { None };
    let inner = inner.map_or(0, |inner| scalars(&inner.parse()));
    scalars_of(entry.key) + scalars_of(entry.value) + inner
}

/// Whether an entry's value is an embedded document.
fn holds_values(entry: Entry<'_>) -> bool {
    entry.name() == "valuesContent" && entry.value.kind() == Kind::Scalar && !entry.value.is_alias()
}

struct Walk<'t> {
    text: &'t str,
    scalars: usize,
    found: Vec<Mutation>,
}

impl Walk<'_> {
    /// `host` is the style of the scalar that contains the document.
    fn document(&mut self, document: &Document, host: Option<Style>) {
        if let Some(root) = document.root() {
            self.node(root, &mut Vec::new(), host);
        }
    }

    fn node(&mut self, node: NodeRef<'_>, keys: &mut Vec<String>, host: Option<Style>) {
        if node.is_alias() {
            return;
        }
        match node.kind() {
            Kind::Scalar => self.scalar(node, keys, host),
            Kind::Sequence => {
                keys.push("*".to_owned());
                for item in node.items() {
                    self.node(item, keys, host);
                }
                keys.pop();
            }
            Kind::Mapping => {
                let entries: Vec<Entry<'_>> = node.entries().collect();
                for (index, entry) in entries.iter().enumerate() {
                    keys.push(entry.name().into_owned());
                    self.delete(&entries, index, keys);
                    self.node(entry.value, keys, host);
                    if holds_values(*entry)
                        && let Some(inner) = embedded(entry.value)
                    {
                        for document in inner.parse().documents() {
                            self.document(document, entry.value.style());
                        }
                    }
                    keys.pop();
                }
            }
        }
    }

    /// Replaces a scalar by each form of placeholder.
    fn scalar(&mut self, node: NodeRef<'_>, keys: &[String], host: Option<Style>) {
        let range = node.span().range();
        if range.is_empty() {
            return;
        }
        let quote = if host == Some(Style::DoubleQuoted) { '\'' } else { '"' };
        let whole = &self.text[range.clone()];
        let end = if whole.ends_with('\n') { "\n" } else { "" };
        let mut marks = vec![
            format!("{quote}{{{{ x }}}}{quote}{end}"),
            format!("{quote}${{X}}{quote}{end}"),
            format!("<TOKEN>{end}"),
            // Text that is no longer valid YAML makes the whole file a template.
            format!("{{{{ x }}}}{end}"),
        ];
        let middle = whole.char_indices().nth(whole.chars().count() / 2).map_or(0, |(at, _)| at);
        if node.style() == Some(Style::Plain) && middle > 0 && !whole.contains('\n') {
            marks.push(format!("{}%%X%%{}", &whole[..middle], &whole[middle..]));
        }
        for replacement in marks {
            self.push(Taken::Value, keys, range.clone(), replacement);
        }
    }

    /// Deletes an entry of a mapping.
    fn delete(&mut self, entries: &[Entry<'_>], index: usize, keys: &[String]) {
        let end = |entry: &Entry<'_>| {
            let value = entry.value.span().range();
            let colon = entry.key.span().range().end;
            let colon = colon + self.text[colon..].find(':').map_or(0, |at| at + 1);
            value.end.max(colon)
        };
        let start = entries[index].key.span().range().start;
        let (mut range, replacement) = if let Some(next) = entries.get(index + 1) {
            (start..next.key.span().range().start, "")
        } else if let Some(before) = index.checked_sub(1) {
            (end(&entries[before])..end(&entries[index]), "")
        } else {
            (start..end(&entries[index]), "{}")
        };
        range.end = range.end.max(range.start);
        let trailing = self.text[range.clone()].ends_with('\n') && entries.len() == index + 1;
        let replacement = format!("{replacement}{}", if trailing { "\n" } else { "" });
        let mutation = Mutation { taken: Taken::Key, key: keys.join("."), range, replacement };
        // Only mutations that remove exactly this entry are meaningful.
        if count(&mutation.apply(self.text)) == Some(self.scalars - scalars_of_entry(entries[index])) {
            self.found.push(mutation);
        }
    }

    fn push(&mut self, taken: Taken, keys: &[String], range: Range<usize>, replacement: String) {
        self.found.push(Mutation { taken, key: keys.join("."), range, replacement });
    }
}
