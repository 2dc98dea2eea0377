//! Text helpers: where lines may be broken, and the help of a finding on one line. Must not know formats.

use std::borrow::Cow;

use textwrap::core::Word;

use crate::finding::Finding;

/// The maximum length of a help in `concise` output, whose lines are read in logs.
const SHORT_HELP: usize = 100;

/// The pieces between which a line may be broken, each with its trailing spaces. Text in backticks is a single piece,
/// because users copy it.
pub fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, after) = rest.split_at(end_of_piece(rest));
        rest = after;
        Some(piece)
    })
}

/// [`pieces`] in the form that miette's wrapping expects.
pub fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    Box::new(pieces(line).map(Word::from))
}

fn end_of_piece(text: &str) -> usize {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            // An unpaired backtick does not quote.
            '`' => quoted = !quoted && text[at + 1..].contains('`'),
            ' ' if !quoted => {
                return at + text[at..].find(|c| c != ' ').unwrap_or(text.len() - at);
            }
            _ => {}
        }
    }
    text.len()
}

/// The message of a finding with its help in parentheses, on one line.
pub fn with_help(finding: &Finding) -> Cow<'_, str> {
    match finding.help.as_deref() {
        Some(help) => Cow::Owned(format!("{} ({})", finding.message, one_line(help))),
        None => Cow::Borrowed(&finding.message),
    }
}

/// Like [`with_help`], but without a help that is long or has several lines.
pub fn with_short_help(finding: &Finding) -> Cow<'_, str> {
    let is_short = |help: &str| !help.trim_end().contains('\n') && help.chars().count() <= SHORT_HELP;
    match finding.help.as_deref() {
        Some(help) if !is_short(help) => Cow::Borrowed(&finding.message),
        _ => with_help(finding),
    }
}

/// The help and the notes of a finding, for formats that show them below the message; empty if there are none.
pub fn help_below(finding: &Finding) -> String {
    let help = finding.help.iter().map(|help| format!("\n\nhelp: {help}"));
    help.chain(finding.notes.iter().map(|note| format!("\n\nnote: {note}"))).collect()
}

/// A text without its line breaks.
pub fn one_line(help: &str) -> String {
    help.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A number with its noun: `1 file`, `2 files`.
pub fn counted(count: usize, word: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {word}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Vec<&str> {
        pieces(line).collect()
    }

    #[test]
    fn text_in_backticks_stays_together() {
        assert_eq!(split("set `a: b c` in  `x`, or"), ["set ", "`a: b c` ", "in  ", "`x`, ", "or"]);
        assert_eq!(split("a ` b"), ["a ", "` ", "b"]);
        assert_eq!(split("  - a"), ["  ", "- ", "a"]);
        assert_eq!(split("node-role.kubernetes.io/x"), ["node-role.kubernetes.io/x"]);
        assert_eq!(split("größe `ä ö`"), ["größe ", "`ä ö`"]);
        assert!(split("").is_empty());
    }
}
