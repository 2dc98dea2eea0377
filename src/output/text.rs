//! Text for people: where it may be broken, and the help of a finding on one line. This module must not know a format.

use std::borrow::Cow;

use textwrap::core::Word;

use crate::finding::Finding;

/// `concise` leaves out a longer help: its lines are read in logs.
const SHORT_HELP: usize = 100;

/// The pieces that a line may be broken between, each with the spaces after it. Text in backticks is one piece: it is
/// there to be copied.
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

/// [`pieces`] as miette's wrapping asks for them.
pub fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    Box::new(pieces(line).map(Word::from))
}

fn end_of_piece(text: &str) -> usize {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            // A lone backtick quotes nothing.
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

/// [`with_help`], without a help that is long or written on several lines.
pub fn with_short_help(finding: &Finding) -> Cow<'_, str> {
    let is_short = |help: &str| !help.trim_end().contains('\n') && help.chars().count() <= SHORT_HELP;
    match finding.help.as_deref() {
        Some(help) if !is_short(help) => Cow::Borrowed(&finding.message),
        _ => with_help(finding),
    }
}

/// The help of a finding, for formats that show it below the message; empty when there is none.
pub fn help_below(finding: &Finding) -> String {
    finding.help.as_ref().map(|help| format!("\n\nhelp: {help}")).unwrap_or_default()
}

fn one_line(help: &str) -> String {
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
