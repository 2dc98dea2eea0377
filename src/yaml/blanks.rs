//! Lines, spaces and comments as yaml.v2 sees them.

use std::ops::Range;

use super::dialect::{MOST_ATTEMPTS, Readable};
use super::libyaml::{Failure, Parser};

/// Ranges of comments outside scalars, `#` included. After a syntax error, the comments before it are returned.
pub(super) fn comments(text: &str, base: usize) -> Vec<Range<usize>> {
    let mut readable = Readable::new(text);
    let mut comments = Vec::new();
    for _ in 0..=MOST_ATTEMPTS {
        comments.clear();
        let Err(failure) = add_comments(text, &readable, &mut comments) else { break };
        let Some(again) = readable.retry(readable.written(failure.place(readable.text())), failure.problem)
        else {
            break;
        };
        readable = again;
    }
    comments.into_iter().map(|range| range.start + base..range.end + base).collect()
}

fn add_comments(
    text: &str,
    readable: &Readable<'_>,
    comments: &mut Vec<Range<usize>>,
) -> Result<(), Failure> {
    let mut parser = Parser::new(readable.text());
    let mut gap = 0;
    // Only blanks, line breaks and comments can be between tokens.
    while let Some(token) = parser.token()? {
        let (start, end) = (readable.written(token.range.start), readable.written(token.range.end));
        lines_from_hash(text, gap..start, comments);
        if token.is_block_scalar {
            lines_from_hash(text, start..line_end(text, start).min(end), comments);
        }
        gap = end;
    }
    Ok(())
}

/// Adds what follows the first `#` of each line of a range.
fn lines_from_hash(text: &str, range: Range<usize>, comments: &mut Vec<Range<usize>>) {
    let mut at = range.start;
    while let Some(hash) = text.get(at..range.end).and_then(|rest| rest.find('#')) {
        let end = line_end(text, at + hash);
        comments.push(at + hash..end);
        at = end;
    }
}

/// Whether Go treats a character as a line break.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub(super) fn is_blank_or_break(c: char) -> bool {
    matches!(c, ' ' | '\t') || is_break(c)
}

/// The end of the line at an offset, without its line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text[at..].find(is_break).map_or(text.len(), |end| at + end)
}

/// The start of the line at an offset.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    let before = text[..at].char_indices().rfind(|&(_, c)| is_break(c));
    before.map_or(0, |(at, c)| at + c.len_utf8())
}

/// The first offset at or after `at` that is neither blank nor in a comment.
pub(super) fn skip_blanks(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start_matches(is_blank_or_break).len();
        if !text[at..].starts_with('#') {
            return at;
        }
        at = line_end(text, at);
    }
}

/// Where content follows the end of a document; the end marker `...` does not count.
pub(super) fn content_behind(text: &str, end: usize) -> Option<usize> {
    let mut at = skip_blanks(text, end);
    while text[at..].starts_with("...") && text[at + 3..].chars().next().is_none_or(is_blank_or_break) {
        at = skip_blanks(text, at + 3);
    }
    (at < text.len()).then_some(at)
}
