//! The lines of source that a finding is shown with. This module must not draw.
//!
//! An excerpt is a text of its own, made of the lines around a finding's labels, in all their files. That
//! way one report can show several files, hidden characters are shown as code points, long lines and long
//! spans are shortened, and yet every label stands under the right characters. The positions printed are
//! those of [`SourceFile::position`](crate::source::SourceFile::position), not of this text.

mod line;
mod window;

use std::ops::Range;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use self::line::{Cut, show_line};
pub use self::window::CONTEXT_LINES;
use self::window::{Spot, Window, spots, windows};
use super::{RenderOptions, visible};
use crate::finding::{Finding, Report};
use crate::source::{Position, SourceFile};

/// Columns beside the source text: line number, rule, gutter.
const MARGIN: usize = 12;
const MIN_WIDTH: usize = 30;

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
        let mut starts = vec![start; window.spots.len()];
        let mut ends = starts.clone();
        for number in window.lines.clone() {
            let Some(range) = file.line_range(number) else { break };
            let line_start = self.text.len();
            // A point counts for the line if it lies in it; one in the line break is moved to its end.
            let points =
                |line: fn(&Spot) -> usize, byte: fn(&Spot) -> usize| {
                    window.spots.iter().enumerate().filter_map(move |(index, spot)| {
                        (line(spot) == number).then_some((index, byte(spot)))
                    })
                };
            let first: Vec<_> = points(|spot| spot.first_line, |spot| spot.bytes.start).collect();
            let last: Vec<_> = points(|spot| spot.last_line, |spot| spot.bytes.end).collect();
            let bytes: Vec<usize> = first.iter().chain(&last).map(|&(_, byte)| byte).collect();
            let (shown, places) = show_line(file.text(), range, &bytes, cut);
            for (&(index, _), &place) in first.iter().zip(&places) {
                starts[index] = line_start + place;
                ends[index] = line_start + place;
            }
            for (&(index, _), &place) in last.iter().zip(&places[first.len()..]) {
                ends[index] = line_start + place;
            }
            self.text.push_str(&shown);
            self.text.push('\n');
            lines.push(line_start..self.text.len());
        }
        if lines.is_empty() {
            // Keeps the places of two chunks apart.
            self.text.push('\n');
        }
        for (spot, span) in window.spots.iter().zip(starts.into_iter().zip(ends)) {
            self.marks.push(Mark {
                span: span.0..span.1.max(span.0),
                position: spot.position,
                message: (!spot.message.is_empty()).then(|| spot.message.clone()),
                is_primary: spot.is_primary,
            });
        }
        let path = visible::line(file.path()).into_owned();
        self.chunks.push(Chunk {
            path,
            first_line: window.lines.start,
            lines,
            bytes: start..self.text.len(),
        });
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
