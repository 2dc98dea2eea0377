//! Lines of scripts. Must not know what is in them.

use std::ops::Range;

/// Of longer lines, only the part next to a command is looked at: otherwise a line of many commands takes quadratic
/// time.
pub const MAX_LINE: usize = 4096;

/// What is before an offset in its line.
pub fn line_before(text: &str, at: usize) -> &str {
    let from = boundary(text, at.saturating_sub(MAX_LINE));
    let line = text[from..at].rfind('\n').map_or(from, |end| from + end + 1);
    &text[line..at]
}

/// What is at and after an offset in its line.
pub fn line_after(text: &str, at: usize) -> &str {
    let until = boundary(text, at.saturating_add(MAX_LINE).min(text.len()));
    let rest = &text[at..until];
    &rest[..rest.find('\n').unwrap_or(rest.len())]
}

/// The lines of a script, each with those that continue it.
pub fn continued_lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let from = start;
        for line in text[from..].split_inclusive('\n') {
            start += line.len();
            // A comment does not continue.
            let is_continued = line.trim_end_matches(['\n', '\r']).ends_with('\\');
            if !is_continued || line.trim_start().starts_with('#') {
                break;
            }
        }
        (start > from).then_some(from..start)
    })
}

/// The lines of a script that are commands, each with those that continue it: neither comments nor a part of `bodies`,
/// its here-documents.
pub fn command_lines(text: &str, bodies: &[Range<usize>]) -> impl Iterator<Item = Range<usize>> {
    let is_inside = |at: usize| {
        let next = bodies.partition_point(|body| body.end <= at);
        bodies.get(next).is_some_and(|body| body.contains(&at))
    };
    let is_comment = |line: &Range<usize>| text[line.clone()].trim_start().starts_with('#');
    continued_lines(text).filter(move |line| !is_inside(line.start) && !is_comment(line))
}

/// Where a part of a text is in it.
pub fn offset(text: &str, part: &str) -> usize {
    part.as_ptr().addr() - text.as_ptr().addr()
}

/// The nearest character boundary at or after an offset.
pub fn boundary(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}
