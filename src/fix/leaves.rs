//! Splits a file into its keys, scalars and comments, to compare two versions outside the edits. Must not know edits.

use std::ops::Range;
use std::sync::Arc;

use crate::rke2::file::{RkeFile, ValuesDocument};
use crate::source::{SourceFile, Sources};
use crate::yaml::{Kind, NodeRef, comment_ranges};

/// A key, scalar or empty collection.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The nesting depth; within embedded values, relative to the scalar that contains them.
    pub depth: usize,
    /// Its decoded text.
    pub text: String,
    /// Its byte range in the file.
    pub range: Range<usize>,
}

/// The parts of a file.
#[derive(Debug)]
pub struct Parts {
    /// Keys and scalars in their order.
    pub leaves: Vec<Leaf>,
    /// Comments with their byte ranges.
    pub comments: Vec<(Range<usize>, String)>,
    /// Scalars whose text is an embedded document.
    pub hosts: Vec<Range<usize>>,
    /// The number of keys that occur more than once in a mapping.
    pub duplicates: usize,
    /// Whether the whole file is valid YAML.
    pub parses: bool,
}

impl Parts {
    /// Splits a text, including embedded chart values.
    pub fn of(path: &str, text: &Arc<str>) -> Self {
        Self::read(path, text, true)
    }

    /// Splits a text; embedded chart values remain a single scalar.
    pub fn flat(path: &str, text: &Arc<str>) -> Self {
        Self::read(path, text, false)
    }

    fn read(path: &str, text: &Arc<str>, with_values: bool) -> Self {
        let source = Arc::new(SourceFile::new(path, Arc::clone(text)));
        let file = RkeFile::read(Sources::id_at(0), source);
        let mut parts = Self {
            leaves: Vec::new(),
            comments: Vec::new(),
            hosts: file.values.iter().map(|values| values.host.range()).collect(),
            duplicates: 0,
            parses: file.stream.first_error().is_none()
                && file.values.iter().all(|values| values.stream.first_error().is_none()),
        };
        for root in file.stream.documents().filter_map(crate::yaml::Document::root) {
            parts.add(root, 0, if with_values { &file.values } else { &[] });
        }
        let values = file.values.iter().filter(|_| with_values).flat_map(|values| values.stream.documents());
        let mappings = file.stream.documents().chain(values).flat_map(crate::yaml::Document::mappings);
        parts.duplicates = mappings.map(|mapping| mapping.repeated().len()).sum();
        let hosts = &parts.hosts;
        let outer = comment_ranges(text).into_iter();
        parts.comments = outer
            .filter(|range| !hosts.iter().any(|host| host.start <= range.start && range.end <= host.end))
            .map(|range| (range.clone(), text[range].trim_end().to_owned()))
            .collect();
        for values in &file.values {
            let inner = values.text.text();
            let ranges = comment_ranges(inner).into_iter();
            parts.comments.extend(ranges.map(|range| {
                let words = inner[range.clone()].trim_end().to_owned();
                (values.text.span(range.start, range.end).range(), words)
            }));
        }
        parts
    }

    fn add(&mut self, node: NodeRef<'_>, depth: usize, values: &[ValuesDocument]) {
        let range = node.span().range();
        if node.is_alias() {
            self.leaf(depth, "*", range);
            return;
        }
        match node.kind() {
            Kind::Scalar => {
                let inner = values.iter().find(|values| values.host.range() == range);
                match inner {
                    Some(inner) => {
                        for root in inner.stream.documents().filter_map(crate::yaml::Document::root) {
                            self.add(root, depth, &[]);
                        }
                    }
                    None => self.leaf(depth, node.text().unwrap_or_default(), range),
                }
            }
            Kind::Mapping => {
                for entry in node.entries() {
                    self.add(entry.key, depth + 1, values);
                    self.add(entry.value, depth + 1, values);
                }
            }
            Kind::Sequence => {
                for item in node.items() {
                    self.add(item, depth + 1, values);
                }
            }
        }
    }

    fn leaf(&mut self, depth: usize, text: &str, range: Range<usize>) {
        self.leaves.push(Leaf { depth, text: text.to_owned(), range });
    }
}
