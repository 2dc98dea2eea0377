//! The lines of source that a finding is shown with. This module must not draw.
//!
//! An excerpt is a text of its own, made of the lines around a finding's labels, in all their files. That
//! way one report can show several files, hidden characters are shown as code points, long lines and long
//! spans are shortened, and yet every label stands under the right characters. The positions printed are
//! those of [`SourceFile::position`](crate::source::SourceFile::position), not of this text.

mod line;

use std::ops::Range;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use self::line::{Cut, show_line};
use super::{RenderOptions, visible};
use crate::finding::{Finding, Label, Report};
use crate::source::{FileId, Position, SourceFile};

/// Lines shown before and after a labelled one.
pub const CONTEXT_LINES: usize = 1;
/// Related places shown; more would not fit a screen.
const MAX_RELATED: usize = 4;
/// A span over more lines is cut down to [`SHORT_SPAN_LINES`].
const MAX_SPAN_LINES: usize = 5;
const SHORT_SPAN_LINES: usize = 3;
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
        let mark = self.marks.iter().find(|mark| SourceSpan::from(mark.span.clone()) == *span);
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

/// A label to be shown, placed in its file.
struct Spot {
    file: FileId,
    bytes: Range<usize>,
    position: Position,
    first_line: usize,
    last_line: usize,
    message: String,
    is_primary: bool,
}

impl Spot {
    fn of(report: &Report, label: &Label, is_primary: bool) -> Self {
        let file = report.sources.get(label.span.file);
        let position = file.position(label.span.start as usize);
        let end = file.position(label.span.end as usize);
        // A span up to a line break ends on the line before.
        let last = if end.column == 1 && end.line > position.line { end.line - 1 } else { end.line };
        let line_end = |line| file.line_range(line).map_or(end.byte, |range| range.end);
        let mut message = visible::line(&label.message).into_owned();
        let lines = last - position.line + 1;
        let last_line = if lines > MAX_SPAN_LINES { position.line + SHORT_SPAN_LINES - 1 } else { last };
        if last_line < last {
            let more = format!("({} more lines)", last - last_line);
            message = if message.is_empty() { more } else { format!("{message} {more}") };
        }
        Self {
            file: label.span.file,
            bytes: position.byte..end.byte.min(line_end(last_line)).max(position.byte),
            position,
            first_line: position.line,
            last_line,
            message,
            is_primary,
        }
    }

    fn is_one_line(&self) -> bool {
        self.first_line == self.last_line
    }

    /// A finding about a whole file has nothing to point at: the path says it all.
    fn is_bare(&self) -> bool {
        self.bytes == (0..0) && self.message.is_empty()
    }

    /// The lines shown for it.
    fn window(&self, report_end: usize) -> Range<usize> {
        if self.is_bare() {
            return 1..1;
        }
        let first = self.first_line.saturating_sub(CONTEXT_LINES).max(1);
        first..(self.last_line + CONTEXT_LINES + 1).min(report_end.max(self.last_line + 1))
    }
}

/// The labels to be shown, the primary one first, and how many are left out. Labels of one place become one.
fn spots(report: &Report, finding: &Finding) -> (Vec<(Spot, Range<usize>)>, usize) {
    let mut spots: Vec<Spot> = vec![Spot::of(report, &finding.primary, true)];
    let mut omitted = 0;
    for label in &finding.related {
        let spot = Spot::of(report, label, false);
        if let Some(same) = spots.iter_mut().find(|same| same.file == spot.file && same.bytes == spot.bytes) {
            let separator = if same.message.is_empty() || spot.message.is_empty() { "" } else { "; " };
            same.message = format!("{}{separator}{}", same.message, spot.message);
        } else if spots.len() <= MAX_RELATED {
            spots.push(spot);
        } else {
            omitted += 1;
        }
    }
    let window = |spot: Spot| {
        let file = report.sources.get(spot.file);
        // The empty line after a last line break is no line to a reader.
        let count = file.line_count();
        let is_empty = count > 1 && file.line_range(count).is_some_and(|line| line.is_empty());
        let window = spot.window(count + usize::from(!is_empty));
        (spot, window)
    };
    (spots.into_iter().map(window).collect(), omitted)
}

/// Lines of one file that are shown together, with the labels in them.
struct Window<'a> {
    file: FileId,
    lines: Range<usize>,
    spots: Vec<&'a Spot>,
}

impl Window<'_> {
    /// Whether a label belongs into this frame: its lines overlap or touch, and it can be drawn beside the
    /// labels that are there. Two underlines cannot share a column.
    fn takes(&self, spot: &Spot, lines: &Range<usize>) -> bool {
        let overlaps = |other: &&Spot| {
            let (first, second) =
                (other.bytes.start.min(spot.bytes.start), other.bytes.start.max(spot.bytes.start));
            let end = if first == other.bytes.start { other.bytes.end } else { spot.bytes.end };
            other.is_one_line() && spot.is_one_line() && second < end.max(first + 1)
        };
        self.file == spot.file
            && !self.lines.is_empty()
            && !lines.is_empty()
            && lines.start <= self.lines.end
            && !self.spots.iter().any(overlaps)
    }
}

/// Joins labels that can be shown in one frame; the window of the primary label comes first.
fn windows(spots: &[(Spot, Range<usize>)]) -> Vec<Window<'_>> {
    let mut order: Vec<usize> = (0..spots.len()).collect();
    order.sort_by_key(|&at| (spots[at].0.file, spots[at].1.start, spots[at].0.bytes.start, at));
    let mut windows: Vec<(usize, Window<'_>)> = Vec::new();
    for at in order {
        let (spot, lines) = &spots[at];
        match windows.last_mut() {
            Some((rank, window)) if window.takes(spot, lines) => {
                *rank = at.min(*rank);
                window.lines.end = window.lines.end.max(lines.end);
                window.spots.push(spot);
            }
            _ => windows.push((at, Window { file: spot.file, lines: lines.clone(), spots: vec![spot] })),
        }
    }
    windows.sort_by_key(|&(rank, _)| rank);
    windows.into_iter().map(|(_, window)| window).collect()
}
