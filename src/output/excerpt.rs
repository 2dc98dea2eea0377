//! Collects the source lines that are shown with a finding. Must not draw.
//!
//! An excerpt is a new text, assembled from the lines around a finding's labels in all of their files. This way one
//! finding can show several files, hidden characters become code points, and long lines and spans are shortened, while
//! every label is still under the right characters. The printed positions are those of
//! [`SourceFile::position`](crate::source::SourceFile::position), not of this text.

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

/// The columns to the left of the source text: line number, rule, gutter.
const MARGIN: usize = 12;
const MIN_WIDTH: usize = 20;
/// The minimum width for the text of a label. Longer words are not broken.
const MIN_ROOM: usize = 10;

/// Excerpts of the files to which a finding refers.
#[derive(Debug)]
pub struct Excerpt {
    text: String,
    chunks: Vec<Chunk>,
    marks: Vec<Mark>,
    omitted: usize,
}

impl Excerpt {
    /// Collects the lines around the finding's labels.
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

    /// The labels with their spans in this text, in the order of their places.
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

    /// For each of [`Excerpt::labels`], whether it is the primary label.
    pub fn is_primary(&self) -> impl Iterator<Item = bool> {
        self.marks.iter().map(|mark| mark.is_primary)
    }

    /// The number of related places that are omitted.
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
            // Keeps the spans of two chunks from touching.
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

    /// The text of a label, wrapped to fit, since miette does not wrap it. `None` if it is empty.
    fn wrapped(&self, message: &str, span: &Range<usize>, width: usize) -> Option<String> {
        // miette aligns the text with the middle of a single-line mark, and with the left margin under a longer one.
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
    /// The lines of the span and those around it. A span over two files is an error, so that labels in them are not
    /// drawn in one frame.
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
        // miette passes no context if it only needs the position.
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
