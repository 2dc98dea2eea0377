//! The place of a span: path and positions. Must not format anything.

use crate::finding::Report;
use crate::source::{Position, Span};

/// A span with its path and positions looked up.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The path as the user wrote it, not yet escaped for display.
    pub path: &'a str,
    /// First character.
    pub start: Position,
    /// One past the last character.
    pub end: Position,
}

impl<'a> Place<'a> {
    /// Looks a span up.
    pub fn of(report: &'a Report, span: Span) -> Self {
        let file = report.sources.get(span.file);
        let start = file.position(span.start as usize);
        let end = file.position(span.end as usize);
        Self { path: file.path(), start, end }
    }

    /// The last line with a part of the span. A span that ends with a line break ends on the line before it.
    pub fn last_line(&self) -> usize {
        if self.end.column == 1 && self.end.line > self.start.line {
            self.end.line - 1
        } else {
            self.end.line
        }
    }

    /// Whether the span lies on one line.
    pub fn is_one_line(&self) -> bool {
        self.start.line == self.end.line
    }
}
