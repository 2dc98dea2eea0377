//! Keys that a template writes once for each item of a loop. Must not know what the template becomes.

use std::ops::Range;

use super::tokens::{Dialect, TokenKind, statement_words, tokenize};

/// Filters and functions that keep all items of a list. Any other may pick one.
const WHOLE: &[&str] = &[
    "concat",
    "d",
    "default",
    "dict2items",
    "distinct",
    "flatten",
    "items",
    "keys",
    "list",
    "map",
    "sort",
    "sortAlpha",
    "split",
    "toset",
    "union",
    "uniq",
    "unique",
    "values",
];

/// The keys at the start of lines that a loop writes unconditionally for each of its items.
pub fn repeated_keys(text: &str, dialect: Dialect) -> Vec<Range<usize>> {
    let Ok(tokens) = tokenize(text, dialect) else { return Vec::new() };
    let mut keys = Vec::new();
    // Whether each open statement is a loop over several items.
    let mut open: Vec<bool> = Vec::new();
    for token in tokens.tokens {
        match token.kind {
            TokenKind::Text if open.last() == Some(&true) => keys.extend(keys_in(text, &token.range)),
            TokenKind::Statement => {
                let words = statement_words(&text[token.range]);
                match words.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default() {
                    "for" | "range" => open.push(is_over_all(words)),
                    "if" | "unless" | "with" => open.push(false),
                    // What follows is for no item.
                    "else" | "elif" | "elsif" => {
                        if let Some(last) = open.last_mut() {
                            *last = false;
                        }
                    }
                    "end" | "endfor" | "endif" | "endwith" => {
                        open.pop();
                    }
                    // The loop may end after its first item.
                    "break" | "continue" => return Vec::new(),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    keys
}

/// Whether a loop is over all items of a variable, according to the words of its statement.
fn is_over_all(words: &str) -> bool {
    let head = words.split_once(" in ").or_else(|| words.split_once(":=")).or_else(|| words.split_once(' '));
    let Some((_, items)) = head else { return false };
    let is_name = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$'))
    };
    let mut parts = items.split('|').map(str::trim);
    let first = parts.next().unwrap_or_default();
    // `name`, `name.items()`, `distinct(name)`
    let is_whole_call = |text: &str| {
        let called = text.split('(').next().unwrap_or_default();
        WHOLE.contains(&called.rsplit('.').next().unwrap_or_default().trim())
    };
    let is_call = first.contains('(');
    !items.contains('[')
        && !items.contains(" if ")
        && (if is_call { is_whole_call(first) } else { is_name(first) })
        && parts.all(is_whole_call)
}

/// The keys at the start of lines in a part of a text.
fn keys_in<'t>(text: &'t str, part: &Range<usize>) -> impl Iterator<Item = Range<usize>> + 't {
    let mut at = part.start;
    text[part.clone()].split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let len = line.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '-')?;
        let is_start = start == 0 || text[..start].ends_with('\n');
        let is_key = len > 0 && line[len..].starts_with(':') && !line[len..].starts_with("://");
        (is_start && is_key).then_some(start..start + len)
    })
}
