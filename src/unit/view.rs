//! A text taken from a file, with a map from its positions to those of the outermost file. Must not know where the text
//! comes from.

use std::ops::Range;
use std::sync::Arc;

use crate::source::{FileId, Sources};
use crate::yaml::{NodeRef, embedded, mask};

/// A text with a map from its positions to the outermost file.
#[derive(Clone, Debug)]
pub struct View {
    text: Arc<str>,
    /// Sorted by `inner`, without overlaps. Text between two runs was made up and has no place in the file.
    runs: Vec<Run>,
    /// Ranges whose real text is filled in later, sorted.
    masks: Vec<Range<usize>>,
}

/// A run of text. If `exact`, it equals the outer text byte for byte; otherwise it replaces the outer text as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    inner: Range<usize>,
    outer: Range<usize>,
    exact: bool,
}

impl Run {
    /// The outer range that corresponds to a part of the run.
    fn part(&self, inner: &Range<usize>) -> Range<usize> {
        if !self.exact {
            return self.outer.clone();
        }
        let start = inner.start.max(self.inner.start) - self.inner.start;
        let end = inner.end.min(self.inner.end).max(self.inner.start + start) - self.inner.start;
        self.outer.start + start..self.outer.start + end
    }
}

impl View {
    /// The view of a whole file.
    pub fn whole(text: impl Into<Arc<str>>) -> Self {
        let text: Arc<str> = text.into();
        let all = 0..text.len();
        Self { runs: vec![Run { inner: all.clone(), outer: all, exact: true }], text, masks: Vec::new() }
    }

    /// The text of a scalar. `node` must be from a document that was parsed from the text of this view.
    pub fn of_scalar(&self, node: NodeRef<'_>) -> Option<Self> {
        let embedded = embedded(node)?;
        let mut builder = Builder::new(self);
        let mut at = 0;
        for (inner, outer) in embedded.runs() {
            let text = &embedded.text()[inner.clone()];
            if self.text.get(outer.clone()) == Some(text) {
                builder.verbatim(outer);
            } else {
                builder.replaced(text, outer);
            }
            at = inner.end;
        }
        // One place for the whole rest of the text is better than none.
        builder.replaced(&embedded.text()[at..], node.resolved().span().range());
        Some(builder.finish())
    }

    /// Another text that replaces a whole range, such as decoded base64.
    pub fn replaced(&self, text: &str, range: Range<usize>) -> Self {
        let mut builder = Builder::new(self);
        builder.replaced(text, range);
        builder.finish()
    }

    /// A line that is not known, in place of a part of the text.
    pub fn unknown_line(&self, range: Range<usize>) -> Self {
        let mut builder = Builder::new(self);
        builder.masked(range);
        builder.made_up("\n");
        builder.finish()
    }

    /// A part of the text.
    pub fn slice(&self, range: Range<usize>) -> Self {
        let mut builder = Builder::new(self);
        builder.verbatim(range);
        builder.finish()
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as a shared handle.
    pub fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// Texts of one file, one after the other.
    pub fn chained<'v>(views: impl IntoIterator<Item = &'v Self>) -> Self {
        let (mut text, mut runs, mut masks) = (String::new(), Vec::new(), Vec::new());
        for view in views {
            let moved = |range: &Range<usize>| range.start + text.len()..range.end + text.len();
            runs.extend(view.runs.iter().map(|run| Run { inner: moved(&run.inner), ..run.clone() }));
            masks.extend(view.masks.iter().map(moved));
            text.push_str(view.text());
        }
        Self { text: text.into(), runs, masks }
    }

    /// This text followed by another one of the same file.
    pub fn joined(&self, other: &Self) -> Self {
        Self::chained([self, other])
    }

    /// The place of a range in the outermost file; `None` when all of it was made up. An empty range has the place of
    /// the adjacent text.
    pub fn outer(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let first = self.runs.partition_point(|run| run.inner.end <= range.start);
        let hits: Vec<&Run> =
            self.runs[first..].iter().take_while(|run| run.inner.start < range.end).collect();
        if let (Some(first), Some(last)) = (hits.first(), hits.last()) {
            let start = first.part(range).start;
            let end = last.part(range).end;
            return Some(start.min(end)..end.max(start));
        }
        if !range.is_empty() {
            return None;
        }
        // The range is at the end of a run, inside one, or in made-up text.
        let before = self.runs.partition_point(|run| run.inner.start <= range.start).checked_sub(1);
        let at = match before.map(|index| &self.runs[index]) {
            Some(run) if range.start >= run.inner.end => run.outer.end,
            Some(run) => run.part(range).start,
            None => self.runs.first()?.outer.start,
        };
        Some(at..at)
    }

    /// Whether a byte of the outermost file is part of the text.
    pub fn shows(&self, outer: usize) -> bool {
        self.runs.iter().any(|run| run.outer.start <= outer && outer < run.outer.end.max(run.outer.start + 1))
    }

    /// Whether a range is in the outermost file byte for byte and contiguous.
    pub fn is_exact(&self, range: &Range<usize>) -> bool {
        let index = self.runs.partition_point(|run| run.inner.end <= range.start && !range.is_empty());
        self.runs
            .get(index)
            .is_some_and(|run| run.exact && run.inner.start <= range.start && range.end <= run.inner.end)
    }

    /// Whether a range touches text that is filled in later.
    pub fn is_masked(&self, range: &Range<usize>) -> bool {
        let first = self.masks.partition_point(|mask| mask.end <= range.start);
        self.masks.get(first).is_some_and(|mask| mask.start < range.end.max(range.start + 1))
    }

    /// Whether some of the text is filled in later.
    pub fn has_masks(&self) -> bool {
        !self.masks.is_empty()
    }

    /// The file id in spans of a host that is parsed separately: its spans are offsets in its text.
    pub fn id() -> FileId {
        Sources::id_at(0)
    }
}

/// Assembles a text from pieces of another one.
#[derive(Debug)]
pub struct Builder<'p> {
    parent: &'p View,
    text: String,
    runs: Vec<Run>,
    masks: Vec<Range<usize>>,
}

impl<'p> Builder<'p> {
    /// An empty text, to be assembled from pieces of `parent`.
    pub fn new(parent: &'p View) -> Self {
        Self { parent, text: String::new(), runs: Vec::new(), masks: Vec::new() }
    }

    /// Adds a piece of the parent unchanged.
    pub fn verbatim(&mut self, range: Range<usize>) {
        let Some(text) = self.parent.text.get(range.clone()) else { return };
        let base = self.text.len();
        self.text.push_str(text);
        let runs = &self.parent.runs;
        let first = runs.partition_point(|run| run.inner.end <= range.start);
        for run in runs[first..].iter().take_while(|run| run.inner.start < range.end) {
            let inner = run.inner.start.max(range.start)..run.inner.end.min(range.end);
            let outer = run.part(&inner);
            let inner = base + inner.start - range.start..base + inner.end - range.start;
            self.add(inner, outer, run.exact);
        }
        let masks = &self.parent.masks;
        let first = masks.partition_point(|mask| mask.end <= range.start);
        for mask in masks[first..].iter().take_while(|mask| mask.start < range.end) {
            let (start, end) = (mask.start.max(range.start), mask.end.min(range.end));
            self.masks.push(base + start - range.start..base + end - range.start);
        }
    }

    /// Adds a text that replaces a piece of the parent.
    pub fn replaced(&mut self, text: &str, range: Range<usize>) {
        let start = self.text.len();
        self.text.push_str(text);
        let masked = !range.is_empty() && self.parent.is_masked(&range);
        if let Some(outer) = self.parent.outer(&range).filter(|_| !text.is_empty()) {
            self.add(start..self.text.len(), outer, false);
        }
        if masked && !text.is_empty() {
            self.masks.push(start..self.text.len());
        }
    }

    /// Adds a mask in place of a piece of the parent whose real text is filled in later.
    pub fn masked(&mut self, range: Range<usize>) {
        let start = self.text.len();
        self.text.push_str(&mask(self.masks.len()));
        if let Some(outer) = self.parent.outer(&range) {
            self.add(start..self.text.len(), outer, false);
        }
        self.masks.push(start..self.text.len());
    }

    /// Adds another text of the same file, with its map.
    pub fn append(&mut self, other: &View) {
        let base = self.text.len();
        self.text.push_str(&other.text);
        for run in &other.runs {
            self.add(base + run.inner.start..base + run.inner.end, run.outer.clone(), run.exact);
        }
        self.masks.extend(other.masks.iter().map(|mask| base + mask.start..base + mask.end));
    }

    /// Adds a text that is not in the file.
    pub fn made_up(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Whether nothing has been added yet.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text with its map.
    pub fn finish(self) -> View {
        View { text: self.text.into(), runs: self.runs, masks: self.masks }
    }

    /// Adds a run, or extends the previous one if the two are contiguous.
    fn add(&mut self, inner: Range<usize>, outer: Range<usize>, exact: bool) {
        if inner.is_empty() {
            return;
        }
        match self.runs.last_mut() {
            Some(last)
                if exact && last.exact && last.inner.end == inner.start && last.outer.end == outer.start =>
            {
                last.inner.end = inner.end;
                last.outer.end = outer.end;
            }
            _ => self.runs.push(Run { inner, outer, exact }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_pieces_are_placed_in_the_outermost_text() {
        let file = View::whole("0123456789");
        let mut builder = Builder::new(&file);
        builder.made_up("x: ");
        builder.verbatim(2..5);
        builder.replaced("AB", 5..9);
        let view = builder.finish();
        assert_eq!(view.text(), "x: 234AB");
        assert_eq!(view.outer(&(3..5)), Some(2..4));
        assert_eq!(view.outer(&(5..7)), Some(4..9));
        assert_eq!(view.outer(&(0..2)), None);
        assert_eq!(view.outer(&(0..0)), Some(2..2));
        assert_eq!(view.outer(&(8..8)), Some(9..9));
        let inner = view.slice(1..7);
        assert_eq!(inner.text(), ": 234A");
        assert_eq!(inner.outer(&(2..4)), Some(2..4));
        assert_eq!(inner.outer(&(5..6)), Some(5..9));
        assert!(inner.is_exact(&(2..5)) && !inner.is_exact(&(4..6)) && !inner.is_exact(&(0..3)));
    }

    #[test]
    fn masks_are_kept_through_all_layers() {
        let file = View::whole("a: {{ b }}\n");
        let mut builder = Builder::new(&file);
        builder.verbatim(0..3);
        builder.masked(3..10);
        builder.verbatim(10..11);
        let view = builder.finish();
        assert!(crate::yaml::template_mark(view.text()).is_some());
        assert!(view.is_masked(&(3..4)) && !view.is_masked(&(0..3)));
        let slice = view.slice(1..view.text().len());
        assert!(slice.has_masks() && slice.is_masked(&(2..3)));
        assert_eq!(slice.outer(&(2..3)), Some(3..10));
    }
}
