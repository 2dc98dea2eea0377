//! The lines that are shown with a finding, split into marked and plain pieces, for formats that draw excerpts
//! themselves.

use super::line::{Cut, show_line};
use super::window::{Window, spots, windows};
use crate::finding::{Finding, Report};

/// The maximum length of a line in characters. In a longer line, the mark would be hard to find.
const CUT: Cut = Cut { width: 400, ellipsis: "…" };

/// Neighbouring lines of one file.
pub struct Chunk {
    /// The path of the file, not yet escaped for display.
    pub path: String,
    /// The lines; empty if only the path is shown.
    pub lines: Vec<Line>,
}

/// A line of source.
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// Its text, escaped for display.
    pub pieces: Vec<Piece>,
    /// The messages of the labels that end on it, escaped for display.
    pub labels: Vec<String>,
}

/// A part of a line.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text outside marks.
    Plain(String),
    /// Text to which a label refers.
    Mark {
        /// The text.
        text: String,
        /// Whether it is the primary label.
        is_primary: bool,
    },
}

/// The lines around the labels of a finding, in the order in which the human format shows them.
pub fn source_lines(report: &Report, finding: &Finding) -> Vec<Chunk> {
    let (spots, _) = spots(report, finding);
    let chunk = |window: Window<'_>| {
        let file = report.sources.get(window.file);
        let lines = window.lines.clone().map_while(|number| {
            let range = file.line_range(number)?;
            Some(line(&window, number, file.text(), range))
        });
        Chunk { path: file.path().to_owned(), lines: lines.collect() }
    };
    windows(&spots).into_iter().map(chunk).collect()
}

fn line(window: &Window<'_>, number: usize, text: &str, range: std::ops::Range<usize>) -> Line {
    let (owners, points): (Vec<usize>, Vec<usize>) = window.points_on(number).unzip();
    let (shown, places) = show_line(text, range, &points, &CUT);
    let mut marks: Vec<(usize, usize, bool)> = Vec::new();
    let mut labels = Vec::new();
    for (index, spot) in window.spots.iter().enumerate() {
        if !(spot.first_line..=spot.last_line).contains(&number) {
            continue;
        }
        let mut own =
            owners.iter().zip(&places).filter(|(owner, _)| **owner == index).map(|(_, place)| *place);
        let start = if spot.first_line == number { own.next().unwrap_or(0) } else { 0 };
        let end = if spot.last_line == number { own.next().unwrap_or(shown.len()) } else { shown.len() };
        marks.push((start, end, spot.is_primary));
        if spot.last_line == number && !spot.message.is_empty() {
            labels.push(spot.message.clone());
        }
    }
    marks.sort_unstable();
    Line { number, pieces: pieces(&shown, &marks), labels }
}

/// Splits a line at its marks. Text in two marks belongs to the earlier one.
fn pieces(shown: &str, marks: &[(usize, usize, bool)]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    for &(start, end, is_primary) in marks {
        let start = start.max(at);
        if end <= start {
            continue;
        }
        if start > at {
            pieces.push(Piece::Plain(shown[at..start].to_owned()));
        }
        pieces.push(Piece::Mark { text: shown[start..end].to_owned(), is_primary });
        at = end;
    }
    if at < shown.len() {
        pieces.push(Piece::Plain(shown[at..].to_owned()));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_cut_a_line() {
        let plain = |text: &str| Piece::Plain(text.to_owned());
        let mark = |text: &str, is_primary| Piece::Mark { text: text.to_owned(), is_primary };
        assert_eq!(
            pieces("abcdef", &[(1, 3, true), (2, 5, false)]),
            [plain("a"), mark("bc", true), mark("de", false), plain("f")]
        );
        assert_eq!(pieces("ab", &[(2, 2, true)]), [plain("ab")]);
        assert_eq!(pieces("", &[]), []);
    }
}
