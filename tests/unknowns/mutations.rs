//! What can be taken away from a YAML text: a scalar's value, or a key with all below it. This module must not lint.

use std::ops::Range;

use rke2_lint::source::{SourceFile, Sources};
use rke2_lint::yaml::{Document, Entry, Kind, NodeRef, Stream, Style, embedded};

/// What is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Taken {
    /// The value of a scalar.
    Value,
    /// A key with all below it.
    Key,
    /// A file.
    File,
}

/// One replacement in a text.
#[derive(Clone, Debug)]
pub struct Mutation {
    /// What it takes away.
    pub taken: Taken,
    /// The keys that lead there, in the innermost document.
    pub key: String,
    /// What is replaced.
    pub range: Range<usize>,
    /// What takes its place.
    pub replacement: String,
}

impl Mutation {
    /// The text with the replacement made.
    pub fn apply(&self, text: &str) -> String {
        [&text[..self.range.start], &self.replacement, &text[self.range.end..]].concat()
    }

    /// Where a place of the changed text may be in the text before: what takes the place of something deleted may
    /// be the start of that, or the end.
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

/// Every mutation of a text, in its order. A text with a syntax error has none: nobody knows its keys.
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

/// How many scalars there are, those in embedded values included; `None` for a text with a syntax error.
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

/// Whether an entry's value is a document of its own.
fn holds_values(entry: Entry<'_>) -> bool {
    entry.name() == "valuesContent" && entry.value.kind() == Kind::Scalar && !entry.value.is_alias()
}

struct Walk<'t> {
    text: &'t str,
    scalars: usize,
    found: Vec<Mutation>,
}

impl Walk<'_> {
    /// `host` is how the scalar is written that holds the document.
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

    /// A mark of each form in a scalar's place.
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
            // What is no YAML any more is a template as a whole.
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
        // Only a text that lost this and nothing else says something.
        if count(&mutation.apply(self.text)) == Some(self.scalars - scalars_of_entry(entries[index])) {
            self.found.push(mutation);
        }
    }

    fn push(&mut self, taken: Taken, keys: &[String], range: Range<usize>, replacement: String) {
        self.found.push(Mutation { taken, key: keys.join("."), range, replacement });
    }
}
