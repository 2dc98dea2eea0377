//! Formats a line of source for display: without hidden characters and tabs, and with limited length. Must not know
//! labels, only positions in the line.

use std::ops::Range;

use crate::output::visible;

const TAB_WIDTH: usize = 4;

/// How a long line is cut.
pub struct Cut {
    /// The number of characters that fit.
    pub width: usize,
    /// Replaces the omitted part.
    pub ellipsis: &'static str,
}

/// The line at `range` of `text`, and where each of `points` (byte offsets in `text`) is in it. A line that is too long
/// is cut around the first point; points in the omitted part are moved to the nearest end.
pub fn show_line(text: &str, mut range: Range<usize>, points: &[usize], cut: &Cut) -> (String, Vec<usize>) {
    if range.start == 0 && text.starts_with('\u{feff}') {
        range.start = '\u{feff}'.len_utf8();
    }
    let kept = kept(text, &range, points, cut);
    let mut shown = String::new();
    if kept.start > range.start {
        shown.push_str(cut.ellipsis);
    }
    let mut places: Vec<Option<usize>> = vec![None; points.len()];
    let mut place = |up_to: usize, shown: &str| {
        for (place, _) in
            places.iter_mut().zip(points).filter(|(place, point)| place.is_none() && **point <= up_to)
        {
            *place = Some(shown.len());
        }
    };
    let mut column = shown.chars().count();
    for (at, c) in text[kept.clone()].char_indices() {
        place(kept.start + at, &shown);
        let length = shown.len();
        if c == '\t' {
            shown.extend(std::iter::repeat_n(' ', TAB_WIDTH - column % TAB_WIDTH));
        } else if visible::is_shown_as_code(c, &text[kept.start + at..range.end]) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
        column += shown[length..].chars().count();
    }
    place(kept.end, &shown);
    if kept.end < range.end {
        shown.push_str(cut.ellipsis);
    }
    let end = shown.len();
    (shown, places.into_iter().map(|place| place.unwrap_or(end)).collect())
}

/// The part of the line that is shown.
fn kept(text: &str, range: &Range<usize>, points: &[usize], cut: &Cut) -> Range<usize> {
    let line = &text[range.clone()];
    // A line has at least as many bytes as characters, so most lines need no counting.
    if line.len() <= cut.width || line.chars().count() <= cut.width {
        return range.clone();
    }
    let room = cut.width - 2 * cut.ellipsis.chars().count();
    let focus = points.iter().min().copied().unwrap_or(range.start).clamp(range.start, range.end);
    let before = text[range.start..focus].chars().count();
    // A third of the room is for the text before the point, to recognise the place, and the rest for the text after it.
    let skipped = if before < room * 2 / 3 { 0 } else { before - room / 3 };
    let at = |count: usize| line.char_indices().nth(count).map_or(range.end, |(at, _)| range.start + at);
    at(skipped)..at(skipped + room)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUT: Cut = Cut { width: 20, ellipsis: "…" };

    #[test]
    fn tabs_and_hidden_characters_move_points() {
        let (shown, places) = show_line("a\tb\u{1b}c", 0..5, &[2, 3, 4], &CUT);
        assert_eq!(shown, "a   b\\u{1b}c");
        assert_eq!(places, [4, 5, 11]);
    }

    #[test]
    fn long_lines_are_cut_around_the_first_point() {
        let text = format!("{}KEY{}", "a".repeat(100), "b".repeat(100));
        let (shown, places) = show_line(&text, 0..text.len(), &[100, 103], &CUT);
        assert_eq!(shown, "…aaaaaaKEYbbbbbbbbb…");
        assert_eq!(&shown[places[0]..places[1]], "KEY");
        let (shown, places) = show_line(&text, 0..text.len(), &[0, 203], &CUT);
        assert_eq!(shown, "aaaaaaaaaaaaaaaaaa…");
        assert_eq!(places, [0, shown.len()]);
    }

    #[test]
    fn a_byte_order_mark_is_not_shown() {
        assert_eq!(show_line("\u{feff}a", 0..4, &[0, 3, 4], &CUT), ("a".to_owned(), vec![0, 0, 1]));
    }
}
