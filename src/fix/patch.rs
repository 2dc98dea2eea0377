//! Non-overlapping edits of several files, and how they shift offsets. Must not know findings.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::finding::Edit;

/// The edited ranges of a text in order, each in the old and in the new text.
pub type Ranges = Vec<(Range<usize>, Range<usize>)>;

/// Edits by file, sorted by place, without overlaps.
#[derive(Debug, Default)]
pub struct Patch(BTreeMap<String, Vec<Edit>>);

impl Patch {
    /// Whether any of these edits overlaps one of the patch, or another one of these.
    pub fn conflicts(&self, edits: &[(String, Edit)]) -> bool {
        edits.iter().enumerate().any(|(index, (path, edit))| {
            let own = edits[..index].iter().filter(|(other, _)| other == path).map(|(_, edit)| edit);
            self.of(path).iter().chain(own).any(|other| overlap(other, edit))
        })
    }

    /// Adds edits, which must not conflict.
    pub fn add(&mut self, edits: &[(String, Edit)]) {
        for (path, edit) in edits {
            let list = self.0.entry(path.clone()).or_default();
            let at = list.partition_point(|other| other.span.start <= edit.span.start);
            list.insert(at, edit.clone());
        }
    }

    /// The files that change.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Applies the edits to the text of a file. Line breaks in replacements become those of the file.
    pub fn apply(&self, path: &str, text: &str) -> String {
        let mut new = String::with_capacity(text.len());
        let mut at = 0;
        for edit in self.of(path) {
            let range = edit.span.range();
            new.push_str(&text[at..range.start]);
            new.push_str(&fitted(&edit.replacement, text));
            at = range.end;
        }
        new.push_str(&text[at..]);
        new
    }

    /// The range of each edit of a file in the old text and in the new text.
    pub fn ranges(&self, path: &str, text: &str) -> Ranges {
        let mut shift = 0_isize;
        self.of(path)
            .iter()
            .map(|edit| {
                let old = edit.span.range();
                let start = old.start.saturating_add_signed(shift);
                let new = start..start + fitted(&edit.replacement, text).len();
                shift += new.len().cast_signed() - old.len().cast_signed();
                (old, new)
            })
            .collect()
    }

    /// The edits of a file.
    pub fn of(&self, path: &str) -> &[Edit] {
        self.0.get(path).map_or(&[], Vec::as_slice)
    }
}

/// Maps offsets through one or several successive patches.
#[derive(Debug, Default)]
pub struct Moves(Vec<BTreeMap<String, Ranges>>);

impl Moves {
    /// Adds a patch, given by the ranges of its edits in the old and the new text of each file.
    pub fn add(&mut self, ranges: BTreeMap<String, Ranges>) {
        self.0.push(ranges);
    }

    /// The offset after all patches.
    pub fn of(&self, path: &str, offset: usize) -> usize {
        let step = |at: usize, ranges: &BTreeMap<String, Ranges>| {
            ranges.get(path).map_or(at, |ranges| moved(ranges, at))
        };
        self.0.iter().fold(offset, step)
    }
}

/// The offset in the new text; within an edit, the start of its replacement.
fn moved(ranges: &[(Range<usize>, Range<usize>)], offset: usize) -> usize {
    let before = ranges.partition_point(|(old, _)| old.start <= offset);
    match before.checked_sub(1).map(|index| &ranges[index]) {
        None => offset,
        Some((old, new)) if offset < old.end => new.start,
        Some((old, new)) => new.end + (offset - old.end),
    }
}

/// Whether two lists of edits are identical.
pub fn same(one: &[(String, Edit)], other: &[(String, Edit)]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|((path, edit), (other_path, other))| {
            path == other_path
                && edit.span.range() == other.span.range()
                && edit.replacement == other.replacement
        })
}

/// Whether two edits exclude each other. So do two insertions at one place, because their order is undefined.
fn overlap(one: &Edit, other: &Edit) -> bool {
    let (one, other) = (one.span.range(), other.span.range());
    if one.is_empty() || other.is_empty() {
        one.start <= other.end && other.start <= one.end
    } else {
        one.start < other.end && other.start < one.end
    }
}

/// A replacement converted to the line breaks of a text.
fn fitted(replacement: &str, text: &str) -> String {
    let first = memchr::memchr(b'\n', text.as_bytes());
    if first.is_some_and(|at| text[..at].ends_with('\r')) && !replacement.contains('\r') {
        replacement.replace('\n', "\r\n")
    } else {
        replacement.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Sources, Span};

    fn edit(start: usize, end: usize, replacement: &str) -> (String, Edit) {
        let span = Span::new(Sources::id_at(0), start, end);
        ("a".to_owned(), Edit { span, replacement: replacement.to_owned() })
    }

    #[test]
    fn edits_are_applied_from_the_old_offsets() {
        let mut patch = Patch::default();
        patch.add(&[edit(4, 6, "long\n"), edit(0, 1, "")]);
        assert_eq!(patch.apply("a", "ab\r\ncdef"), "b\r\nlong\r\nef");
        let ranges = patch.ranges("a", "ab\r\ncdef");
        assert_eq!(ranges, [(0..1, 0..0), (4..6, 3..9)]);
        assert_eq!([0, 1, 3, 4, 5, 6, 7].map(|offset| moved(&ranges, offset)), [0, 0, 2, 3, 3, 9, 10]);
    }

    #[test]
    fn only_disjoint_edits_go_together() {
        let mut patch = Patch::default();
        patch.add(&[edit(4, 6, "x")]);
        assert!(!patch.conflicts(&[edit(6, 8, "y")]) && !patch.conflicts(&[edit(0, 4, "y")]));
        assert!(patch.conflicts(&[edit(5, 8, "y")]) && patch.conflicts(&[edit(6, 6, "y")]));
        assert!(Patch::default().conflicts(&[edit(0, 2, ""), edit(1, 3, "")]));
        assert!(!Patch::default().conflicts(&[edit(0, 2, ""), ("b".to_owned(), edit(1, 3, "").1)]));
    }
}
