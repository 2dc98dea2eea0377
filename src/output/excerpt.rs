//! The lines of source that a finding is shown with. This module must not draw.
//!
//! An excerpt is a text of its own, made of the lines around a finding's labels, in all their files. That
//! way one report can show several files, hidden characters are shown as code points, long lines and long
//! spans are shortened, and yet every label is under the right characters. The positions printed are
//! those of [`SourceFile::position`](crate::source::SourceFile::position), not of this text.

mod line;
mod lines;
mod window;

use std::ops::Range;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use self::line::{Cut, show_line};
pub use self::lines::{Piece, source_lines};
pub use self::window::CONTEXT_LINES;
use self::window::{Window, spots, windows};
use super::{RenderOptions, text, visible};
use crate::finding::{Finding, Report};
use crate::source::{Position, SourceFile};

/// Columns next to the source text: line number, rule, gutter.
const MARGIN: usize = 12;
const MIN_WIDTH: usize = 20;
/// Words next to a mark get at least so many columns; longer words than these are not broken.
const MIN_ROOM: usize = 10;

/// Excerpts of the files that a finding points into.
#[derive(Debug)]
pub struct Excerpt {
    text: String,
    chunks: Vec<Chunk>,
    marks: Vec<Mark>,
    omitted: usize,
}

impl Excerpt {
    /// Gathers the lines around the finding's labels.
    pub fn of(report: &Report, finding: &Finding, options: &RenderOptions) -> Self {
        let mut excerpt = Self { text: String::new(), chunks: Vec::new(), marks: Vec::new(), omitted: 0 };
        let (spots, omitted) = spots(report, finding);
        excerpt.omitted = omitted;
        let cut = Cut {
            width: options.width.saturating_sub(MARGIN).max(MIN_WIDTH),
            ellipsis: if options.unicode { "…" } else { "..." },
        };
        for window in windows(&spots) {
            excerpt.add(report.sources.get(window.file), &window, &cut);
        }
        excerpt
    }

    /// The labels in terms of this text, in the order of their places.
    pub fn labels(&self) -> impl Iterator<Item = LabeledSpan> {
        self.marks.iter().map(|mark| {
            let (message, span) = (mark.message.clone(), SourceSpan::from(mark.span.clone()));
            if mark.is_primary {
                LabeledSpan::new_primary_with_span(message, span)
            } else {
                LabeledSpan::new_with_span(message, span)
            }
        })
    }

    /// For each of [`Excerpt::labels`], whether it is the finding's own place.
    pub fn is_primary(&self) -> impl Iterator<Item = bool> {
        self.marks.iter().map(|mark| mark.is_primary)
    }

    /// How many related places are left out.
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    fn add(&mut self, file: &SourceFile, window: &Window<'_>, cut: &Cut) {
        let start = self.text.len();
        let mut lines = Vec::new();
        let mut spans = vec![None; window.spots.len()];
        for number in window.lines.clone() {
            let Some(range) = file.line_range(number) else { break };
            let line_start = self.text.len();
            let (owners, points): (Vec<usize>, Vec<usize>) = window.points_on(number).unzip();
            let (shown, places) = show_line(file.text(), range, &points, cut);
            for (owner, place) in owners.into_iter().zip(places) {
                let place = line_start + place;
                // The start of a label comes before its end.
                spans[owner].get_or_insert(place..place).end = place;
            }
            self.text.push_str(&shown);
            self.text.push('\n');
            lines.push(line_start..self.text.len());
        }
        if lines.is_empty() {
            // Keeps the places of two chunks apart.
            self.text.push('\n');
        }
        for (spot, span) in window.spots.iter().zip(spans) {
            let span = span.unwrap_or(start..start);
            let message = self.wrapped(&spot.message, &span, cut.width);
            self.marks.push(Mark { span, position: spot.position, message, is_primary: spot.is_primary });
        }
        let path = visible::line(file.path()).into_owned();
        let first_line = window.lines.start;
        self.chunks.push(Chunk { path, first_line, lines, bytes: start..self.text.len() });
    }

    /// The words next to a mark, broken to fit; miette does not wrap them. `None` if there are none.
    fn wrapped(&self, message: &str, span: &Range<usize>, width: usize) -> Option<String> {
        // The words hang from the middle of a mark on one line, and start left below a longer one.
        let shown = &self.text[span.clone()];
        let line = self.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let column = if shown.contains('\n') { 0 } else { self.text[line..span.start].chars().count() };
        let room = width.saturating_sub(column + shown.chars().count() / 2).max(MIN_ROOM);
        let mut wrapped = String::new();
        let mut used = 0;
        for word in text::pieces(message).map(str::trim_end) {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > room {
                wrapped.push('\n');
                used = 0;
            } else if used > 0 {
                wrapped.push(' ');
                used += 1;
            }
            wrapped.push_str(word);
            used += length;
        }
        (!wrapped.is_empty()).then_some(wrapped)
    }
}

impl SourceCode for Excerpt {
    /// The lines of the span and those around it; an error if it runs over two files, so that labels in
    /// them are not drawn into one frame.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        let chunk = self
            .chunks
            .iter()
            .find(|chunk| chunk.bytes.contains(&start) && end < chunk.bytes.end)
            .ok_or(MietteError::OutOfBounds)?;
        let line_of = |byte| chunk.lines.partition_point(|line| line.end <= byte);
        let first = line_of(start).saturating_sub(before);
        let last = (line_of(end) + after + 1).min(chunk.lines.len());
        let bytes = match (chunk.lines.get(first), last.checked_sub(1).and_then(|last| chunk.lines.get(last)))
        {
            (Some(first), Some(last)) => first.start..last.end,
            _ => start..start,
        };
        // Without context it is asked for the position alone.
        let marks = self.marks.iter().filter(|mark| SourceSpan::from(mark.span.clone()) == *span);
        let mark = marks.max_by_key(|mark| mark.is_primary);
        let (line, column) = match mark {
            Some(mark) if before == 0 && after == 0 => (mark.position.line - 1, mark.position.column - 1),
            _ => (chunk.first_line - 1 + first, 0),
        };
        Ok(Box::new(MietteSpanContents::new_named(
            chunk.path.clone(),
            &self.text.as_bytes()[bytes.clone()],
            bytes.into(),
            line,
            column,
            last.saturating_sub(first),
        )))
    }
}

/// Neighbouring lines of one file.
#[derive(Debug)]
struct Chunk {
    path: String,
    first_line: usize,
    lines: Vec<Range<usize>>,
    bytes: Range<usize>,
}

/// A label, placed in the excerpt's text.
#[derive(Debug)]
struct Mark {
    span: Range<usize>,
    position: Position,
    message: Option<String>,
    is_primary: bool,
}
