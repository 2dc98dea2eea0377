//! The language of `sed`: what an expression does to lines. Must not know any file.

use std::ops::Range;

use regex_lite::Regex;

use crate::yaml::is_mask;

/// A command of an expression.
#[derive(Debug)]
pub struct Step {
    /// What is in the lines that it is about; `None` for any line.
    pub address: Option<Pattern>,
    /// What it does.
    pub change: Change,
}

/// What a command does.
#[derive(Debug)]
pub enum Change {
    /// The matching texts become others. `keeps_key`: what replaces a whole line starts with the same key.
    Replace {
        /// What matches.
        pattern: Pattern,
        /// Whether the key of a line stays.
        keeps_key: bool,
    },
    /// The line is deleted or becomes another one.
    Line,
    /// Lines are added next to the line.
    Insert,
    /// Lines are added near the start.
    InsertAtStart,
    /// Lines are added at the end.
    InsertAtEnd,
    /// It is not known.
    Anything,
}

/// What texts match.
#[derive(Debug)]
pub enum Pattern {
    /// A fixed text.
    Plain(String),
    /// A regular expression.
    Regex(Regex),
}

/// Maximum length in bytes of a pattern that is read.
const MAX_PATTERN: usize = 512;

impl Pattern {
    /// Reads a pattern; `None` if it is not understood. `extended`: in the syntax of `sed -E`.
    pub fn of(pattern: &str, extended: bool) -> Option<Self> {
        if pattern.is_empty() || pattern.len() > MAX_PATTERN {
            return None;
        }
        let is_plain = |c: char| !"\\[]*()?+|$^{}.".contains(c) && !is_mask(c);
        if pattern.chars().all(is_plain) {
            return Some(Self::Plain(pattern.to_owned()));
        }
        Regex::new(&converted(pattern, extended)?).ok().map(Self::Regex)
    }

    /// Whether something in a line matches.
    pub fn is_in(&self, line: &str) -> bool {
        match self {
            Self::Plain(text) => line.contains(text),
            Self::Regex(regex) => regex.is_match(line),
        }
    }

    /// Where a line matches.
    pub fn places(&self, line: &str) -> Vec<Range<usize>> {
        match self {
            Self::Plain(text) => line.match_indices(text).map(|(at, _)| at..at + text.len()).collect(),
            Self::Regex(regex) => regex.find_iter(line).map(|found| found.range()).collect(),
        }
    }
}

/// A pattern of `sed` in the syntax of Rust; `None` if it is not understood. A variable may be any text.
fn converted(pattern: &str, extended: bool) -> Option<String> {
    const SPECIAL: &str = "(){}+?|";
    let mut out = String::new();
    let mut chars = pattern.char_indices().peekable();
    let literal = |out: &mut String, c: char| {
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(c);
    };
    while let Some((at, c)) = chars.next() {
        let is_last = at + c.len_utf8() == pattern.len();
        match c {
            '\\' => match chars.next()?.1 {
                c if SPECIAL.contains(c) && !extended => out.push(c),
                c @ ('s' | 'S' | 'w' | 'W' | 'b' | 'B' | 'n' | 't') => {
                    out.push('\\');
                    out.push(c);
                }
                '<' | '>' => out.push_str("\\b"),
                c if c.is_ascii_punctuation() => literal(&mut out, c),
                _ => return None,
            },
            '[' => {
                let rest = &pattern[at + 1..];
                let head = rest.len() - rest.trim_start_matches('^').len().min(rest.len());
                let head = head.min(1) + usize::from(rest[head.min(1)..].starts_with(']'));
                let mut end = head;
                // `[[:space:]]`
                while !rest[end..].starts_with(']') {
                    end += if rest[end..].starts_with("[:") {
                        rest[end..].find(":]")? + 2
                    } else {
                        rest[end..].chars().next()?.len_utf8()
                    };
                }
                out.push('[');
                let (mut inner, mut is_first) = (&rest[..end], true);
                while let Some(c) = inner.chars().next() {
                    if is_mask(c) {
                        return None;
                    }
                    let len = if inner.starts_with("[:") { inner.find(":]")? + 2 } else { c.len_utf8() };
                    if len == 1 && "\\[]&~".contains(c) || c == '^' && !is_first {
                        out.push('\\');
                    }
                    out.push_str(&inner[..len]);
                    inner = &inner[len..];
                    is_first = false;
                }
                out.push(']');
                while chars.next_if(|(next, _)| *next <= at + 1 + end).is_some() {}
            }
            c if is_mask(c) => out.push_str(".*"),
            '^' if at == 0 || extended => out.push('^'),
            '$' if is_last || extended => out.push('$'),
            '*' if at == 0 => out.push_str("\\*"),
            '.' | '*' => out.push(c),
            c if SPECIAL.contains(c) && extended => out.push(c),
            c => literal(&mut out, c),
        }
    }
    Some(out)
}

/// The commands of an expression; `None` if they are not understood.
pub fn steps(expression: &str, program: &str, extended: bool) -> Option<Vec<Step>> {
    if program == "perl" {
        return of_perl(expression);
    }
    let mut steps = Vec::new();
    let mut rest = expression;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', ';', '\r']);
        if rest.is_empty() {
            return Some(steps);
        }
        let (address, after) = Address::of(rest, extended)?;
        let after = after.trim_start_matches([' ', '\t']);
        let letter = after.chars().next().filter(char::is_ascii_alphabetic)?;
        let after = &after[1..];
        let (change, after) = match letter {
            's' => replace(after, extended)?,
            'd' => (Change::Line, after),
            'c' => (Change::Line, after_text(after)),
            'a' | 'i' | 'r' if matches!(address, Address::Last) => (Change::InsertAtEnd, after_text(after)),
            'a' | 'i' | 'r' if matches!(address, Address::First) => {
                (Change::InsertAtStart, after_text(after))
            }
            'a' | 'i' | 'r' => (Change::Insert, after_text(after)),
            _ => return None,
        };
        let address = match (address, &change) {
            (Address::Any, _)
            | (Address::Last, Change::InsertAtEnd)
            | (Address::First, Change::InsertAtStart) => None,
            (Address::Matching(pattern), _) => Some(pattern),
            // Some line is replaced, or all are.
            (Address::First | Address::Last | Address::Range, Change::Replace { .. } | Change::Insert) => {
                None
            }
            _ => return None,
        };
        // Every line is deleted.
        if address.is_none() && matches!(change, Change::Line) {
            return None;
        }
        steps.push(Step { address, change });
        rest = after;
    }
}

/// The command of an expression of Perl that only replaces a fixed text.
fn of_perl(expression: &str) -> Option<Vec<Step>> {
    let (change, rest) = replace(expression.trim().strip_prefix('s')?, false)?;
    let is_plain = matches!(change, Change::Replace { pattern: Pattern::Plain(_), .. });
    (is_plain && matches!(rest, "" | ";")).then(|| vec![Step { address: None, change }])
}

/// What follows the text of a command: its lines end with a backslash, except for the last one.
fn after_text(text: &str) -> &str {
    let mut ends = text.match_indices('\n').filter(|(at, _)| !text[..*at].ends_with('\\'));
    ends.next().map_or("", |(at, _)| &text[at..])
}

/// The lines that a command is about.
enum Address {
    Any,
    First,
    Last,
    Matching(Pattern),
    Range,
}

impl Address {
    /// Reads the address at the start of a text, and returns the rest.
    fn of(text: &str, extended: bool) -> Option<(Self, &str)> {
        let (first, rest) = Self::one(text, extended)?;
        match rest.strip_prefix(',') {
            Some(rest) => {
                let rest = rest.trim_start_matches([' ', '+', '~']);
                let (_, rest) = Self::one(rest, extended)?;
                Some((Self::Range, rest.trim_start_matches([' ', '!'])))
            }
            // All other lines.
            None if rest.trim_start().starts_with('!') => {
                Some((Self::Range, rest.trim_start().trim_start_matches('!')))
            }
            None => Some((first, rest)),
        }
    }

    fn one(text: &str, extended: bool) -> Option<(Self, &str)> {
        if let Some(rest) = text.strip_prefix('$') {
            return Some((Self::Last, rest));
        }
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 {
            return Some((Self::First, &text[digits..]));
        }
        let (delimiter, rest) = match (text.strip_prefix('/'), text.strip_prefix('\\')) {
            (Some(rest), _) => ('/', rest),
            (_, Some(rest)) => {
                let delimiter = rest.chars().next()?;
                (delimiter, &rest[delimiter.len_utf8()..])
            }
            _ => return Some((Self::Any, text)),
        };
        let (pattern, rest) = until(rest, delimiter)?;
        let rest = rest.strip_prefix('I').unwrap_or(rest);
        Some((Self::Matching(Pattern::of(&pattern, extended)?), rest))
    }
}

/// The text up to a delimiter, in which the delimiter may be escaped, and what follows.
fn until(text: &str, delimiter: char) -> Option<(String, &str)> {
    let mut part = String::new();
    let mut is_set = false;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            let (_, next) = chars.next()?;
            // An escaped delimiter that has a meaning of its own in patterns keeps its escape.
            if next != delimiter || "[]*.^$".contains(next) {
                part.push('\\');
            }
            part.push(next);
            continue;
        }
        if c == delimiter && !is_set {
            return Some((part, &text[at + c.len_utf8()..]));
        }
        is_set = (is_set || c == '[') && c != ']';
        part.push(c);
    }
    None
}

/// Reads what follows the `s` of `s/PATTERN/TEXT/FLAGS`.
fn replace(text: &str, extended: bool) -> Option<(Change, &str)> {
    let delimiter =
        text.chars().next().filter(|c| !c.is_ascii_alphanumeric() && !c.is_whitespace() && *c != '\\')?;
    let (pattern, rest) = until(&text[delimiter.len_utf8()..], delimiter)?;
    let (replacement, rest) = until_plain(rest, delimiter)?;
    let flags = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).len();
    // `s/a/b/e` runs a command, and a line break in the text adds lines.
    if rest[..flags].contains(['e', 'w', 'm', 'M', 'I', 'i', 'p'])
        || replacement.contains("\\n")
        || replacement.contains('\n')
    {
        return None;
    }
    let key = |text: &str| {
        let text = text.trim_start_matches(['^', ' ', '(', '\\']);
        text.split([':', ')', '\\']).next().unwrap_or_default().to_owned()
    };
    let keeps_key = replacement.starts_with('&')
        || replacement.starts_with("\\1")
        || (key(&pattern) == key(replacement) && replacement.contains(": "));
    Some((Change::Replace { pattern: Pattern::of(&pattern, extended)?, keeps_key }, &rest[flags..]))
}

/// The text up to a delimiter in a replacement, in which brackets have no meaning.
fn until_plain(text: &str, delimiter: char) -> Option<(&str, &str)> {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == delimiter {
            return Some((&text[..at], &text[at + c.len_utf8()..]));
        }
    }
    None
}
