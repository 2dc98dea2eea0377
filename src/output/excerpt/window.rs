//! Decides which lines are shown with a finding, and which labels share a frame. Must not copy text.

use std::ops::Range;

use crate::finding::{Finding, Label, Report};
use crate::output::visible;
use crate::source::{FileId, Position, SourceFile};

/// The number of lines shown before and after a labelled line.
pub const CONTEXT_LINES: usize = 1;
/// The maximum number of related places that are shown.
const MAX_RELATED: usize = 4;
/// A span over more lines than this is cut to [`SHORT_SPAN_LINES`].
const MAX_SPAN_LINES: usize = 5;
const SHORT_SPAN_LINES: usize = 3;

/// A label to show, with its place in its file.
pub struct Spot {
    /// The file it is in.
    pub file: FileId,
    /// The bytes that are marked; fewer than those of the label if it spans too many lines.
    pub bytes: Range<usize>,
    /// The printed start position.
    pub position: Position,
    /// The line (from 1) on which the mark starts.
    pub first_line: usize,
    /// The line on which the mark ends.
    pub last_line: usize,
    /// The message, escaped for display; may be empty.
    pub message: String,
    /// Whether it is the primary label.
    pub is_primary: bool,
    /// The lines that are shown with it.
    window: Range<usize>,
}

/// Lines of one file that are shown in one frame, with the labels in them.
pub struct Window<'a> {
    /// The file.
    pub file: FileId,
    /// The lines, from 1; empty if only the path is shown.
    pub lines: Range<usize>,
    /// The labels, in the order of their places.
    pub spots: Vec<&'a Spot>,
}

impl Window<'_> {
    /// The starts and ends of labels on a line, each as the index of the label and the byte offset.
    pub fn points_on(&self, line: usize) -> impl Iterator<Item = (usize, usize)> {
        let points = |(index, spot): (usize, &&Spot)| {
            [(spot.first_line, index, spot.bytes.start), (spot.last_line, index, spot.bytes.end)]
        };
        let on_line = move |(at, index, byte)| (at == line).then_some((index, byte));
        self.spots.iter().enumerate().flat_map(points).filter_map(on_line)
    }

    /// Whether a label fits in this frame: its lines overlap or touch those of the frame, and it can be drawn together
    /// with the other labels. Two underlines cannot share a column.
    fn takes(&self, spot: &Spot) -> bool {
        let overlaps = |other: &&Spot| {
            let (first, second) =
                (other.bytes.start.min(spot.bytes.start), other.bytes.start.max(spot.bytes.start));
            let end = if first == other.bytes.start { other.bytes.end } else { spot.bytes.end };
            other.is_one_line() && spot.is_one_line() && second < end.max(first + 1)
        };
        self.file == spot.file
            && !self.lines.is_empty()
            && !spot.window.is_empty()
            && spot.window.start <= self.lines.end
            && !self.spots.iter().any(overlaps)
    }
}

/// The labels to show, the primary one first, and the number of omitted labels. Labels at the same place are merged.
pub fn spots(report: &Report, finding: &Finding) -> (Vec<Spot>, usize) {
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
    (spots, omitted)
}

/// Joins labels that can be shown in one frame; the window of the primary label comes first.
pub fn windows(spots: &[Spot]) -> Vec<Window<'_>> {
    let mut order: Vec<usize> = (0..spots.len()).collect();
    order.sort_by_key(|&at| (spots[at].file, spots[at].window.start, spots[at].bytes.start, at));
    let mut windows: Vec<(usize, Window<'_>)> = Vec::new();
    for at in order {
        let spot = &spots[at];
        match windows.last_mut() {
            Some((rank, window)) if window.takes(spot) => {
                *rank = at.min(*rank);
                window.lines.end = window.lines.end.max(spot.window.end);
                window.spots.push(spot);
            }
            _ => {
                windows.push((at, Window { file: spot.file, lines: spot.window.clone(), spots: vec![spot] }));
            }
        }
    }
    windows.sort_by_key(|&(rank, _)| rank);
    windows.into_iter().map(|(_, window)| window).collect()
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
        let bytes = position.byte..end.byte.min(line_end(last_line)).max(position.byte);
        // A finding about a whole file has nothing to point at, so only its path is shown.
        let is_bare = bytes == (0..0) && message.is_empty();
        Self {
            file: label.span.file,
            bytes,
            position,
            first_line: position.line,
            last_line,
            message,
            is_primary,
            window: if is_bare { 1..1 } else { with_context(file, position.line, last_line) },
        }
    }

    fn is_one_line(&self) -> bool {
        self.first_line == self.last_line
    }
}

/// The lines with their context. The empty line after a trailing line break does not count as a line.
fn with_context(file: &SourceFile, first: usize, last: usize) -> Range<usize> {
    let count = file.line_count();
    let is_empty = file.line_range(count).is_some_and(|line| line.is_empty());
    let after = (last + CONTEXT_LINES).min(count - usize::from(is_empty)).max(last);
    first.saturating_sub(CONTEXT_LINES).max(1)..after + 1
}
