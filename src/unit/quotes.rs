//! Words of shell commands: how they are quoted, and what a shell makes of them. Must not know what they mean.

use std::ops::Range;

use super::heredoc::{expansion, substituted, substitution};
use super::lines::boundary;
use super::{Builder, View};

/// How a part of a word is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    Bare,
    Single,
    Double,
    /// `$'…'`, in which the shell interprets escapes.
    Ansi,
}

/// A part of a word in one kind of quotes; the range excludes the quotes.
#[derive(Clone, Debug)]
pub struct Piece {
    /// How it is quoted.
    pub quote: Quote,
    /// Where it is.
    pub range: Range<usize>,
}

/// A word: its pieces.
pub type Word = Vec<Piece>;

/// The words of a command, and where they end; `None` when a quote is not closed.
pub fn words(text: &str, start: usize) -> Option<(Vec<Word>, usize)> {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let mut word: Word = Vec::new();
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' => {
                words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
                at += 1;
            }
            b'\\' if bytes.get(at + 1) == Some(&b'\n') => at += 2,
            b'\\' if bytes[at..].starts_with(b"\\\r\n") => at += 3,
            b'<' | b'>' => {
                // `2>FILE`: the number of a file, not a word.
                let is_number = |piece: &Piece| {
                    piece.quote == Quote::Bare
                        && text[piece.range.clone()].bytes().all(|byte| byte.is_ascii_digit())
                };
                if matches!(word.as_slice(), [piece] if is_number(piece)) {
                    word.clear();
                }
                break;
            }
            b'\n' | b';' | b'|' | b'&' | b')' | b'(' => break,
            // A comment.
            b'#' if word.is_empty() => break,
            b'"' | b'\'' => {
                let quote = if *byte == b'"' { Quote::Double } else { Quote::Single };
                at = quoted(text, at, quote, &mut word)?;
            }
            b'$' if bytes.get(at + 1) == Some(&b'\'') => at = quoted(text, at + 1, Quote::Ansi, &mut word)?,
            _ => {
                let mut end = at;
                while let Some(byte) = bytes.get(end).filter(|byte| !b" \t\r\n;|&<>()\"'".contains(byte)) {
                    end += match byte {
                        b'\\' if bytes[end..].starts_with(b"\\\r\n") => 3,
                        b'\\' => 2,
                        b'`' => substituted(&text[end..]).unwrap_or(1),
                        b'$' if end > at && bytes.get(end + 1) == Some(&b'\'') => break,
                        b'$' => text.get(end..).and_then(expansion).unwrap_or(1),
                        _ => 1,
                    };
                }
                let end = boundary(text, end);
                word.push(Piece { quote: Quote::Bare, range: at..end });
                at = end;
            }
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    Some((words, boundary(text, at)))
}

/// Adds the piece whose quotes open at an offset, and returns where they end.
fn quoted(text: &str, at: usize, quote: Quote, word: &mut Word) -> Option<usize> {
    let end = closing(text, at + 1, quote)?;
    word.push(Piece { quote, range: at + 1..end });
    Some(end + 1)
}

/// Where the quotes end that are open at an offset.
fn closing(text: &str, start: usize, quote: Quote) -> Option<usize> {
    let bytes = text.as_bytes();
    // A substitution has quotes of its own. One without an end is text, and so are those after it.
    let (mut at, mut is_nested) = (start, true);
    while let Some(byte) = bytes.get(at) {
        match (byte, quote) {
            (b'\\', Quote::Double | Quote::Ansi) => at += 2,
            (b'"', Quote::Double) | (b'\'', Quote::Single | Quote::Ansi) => return Some(at),
            (b'$' | b'`', Quote::Double)
                if is_nested && (*byte == b'`' || bytes.get(at + 1) == Some(&b'(')) =>
            {
                let len = if *byte == b'`' { substituted(&text[at..]) } else { substitution(&text[at..]) };
                is_nested = len.is_some();
                at += len.unwrap_or(1);
            }
            _ => at += 1,
        }
    }
    None
}

/// The text that a shell makes of a word.
pub fn expanded_word(host: &View, word: &Word) -> View {
    let mut writer = Writer { text: host.text(), out: Builder::new(host) };
    writer.word(word);
    writer.out.finish()
}

/// Writes what a shell makes of words.
pub struct Writer<'w> {
    /// The script.
    pub text: &'w str,
    /// What was written so far.
    pub out: Builder<'w>,
}

impl Writer<'_> {
    /// Writes a word.
    pub fn word(&mut self, word: &Word) {
        for piece in word {
            self.piece(piece.quote, piece.range.clone());
        }
    }

    /// Writes a piece without what the shell removes. Expansions are masked in single quotes, too: these may be inside
    /// a string that is passed to another shell.
    pub fn piece(&mut self, quote: Quote, range: Range<usize>) {
        let text = &self.text[..range.end];
        let (mut kept, mut at) = (range.start, range.start);
        while at < range.end {
            let rest = &text[at..];
            let escaped = rest.strip_prefix('\\').and_then(|rest| rest.chars().next());
            let continued = ["\\\n", "\\\r\n"].into_iter().find(|end| rest.starts_with(end));
            if let Some(end) = continued.filter(|_| matches!(quote, Quote::Bare | Quote::Double)) {
                self.out.verbatim(kept..at);
                at += end.len();
                kept = at;
                continue;
            }
            let (len, plain) = match (rest.as_bytes()[0], quote) {
                (b'\\', Quote::Ansi) => match escape(rest, true) {
                    Some(escape) => (escape.len, escape.stands_for),
                    None => (0, None),
                },
                (b'\\', Quote::Bare | Quote::Double) => match escaped {
                    Some(c) if quote == Quote::Bare || "\"\\$`".contains(c) => (1 + c.len_utf8(), Some(c)),
                    _ => (0, None),
                },
                (b'$', Quote::Bare | Quote::Double | Quote::Single) => {
                    (expansion(rest).unwrap_or_default(), None)
                }
                // Ruby fills it in.
                (b'#', Quote::Double) if rest.starts_with("#{") => {
                    (expansion(rest).unwrap_or_default(), None)
                }
                (b'`', Quote::Bare | Quote::Double | Quote::Single) => {
                    (rest[1..].find('`').map_or(0, |end| end + 2), None)
                }
                _ => (0, None),
            };
            if len == 0 {
                at = boundary(text, at + 1);
                continue;
            }
            self.out.verbatim(kept..at);
            match plain {
                Some(c) => self.out.replaced(c.encode_utf8(&mut [0; 4]), at..at + len),
                None => self.out.masked(at..at + len),
            }
            at += len;
            kept = at;
        }
        self.out.verbatim(kept..range.end);
    }
}

/// An escape such as `\n`.
pub struct Escape {
    /// The character that it stands for; `None` if it is a part of one, or ends the text.
    pub stands_for: Option<char>,
    /// Its length.
    pub len: usize,
}

impl Escape {
    /// Writes what it stands for, if it is at an offset.
    fn write(&self, at: usize, out: &mut Builder<'_>) {
        match self.stands_for {
            Some(c) => out.replaced(c.encode_utf8(&mut [0; 4]), at..at + self.len),
            None => out.masked(at..at + self.len),
        }
    }
}

/// The escape at the start of a text. `echo -e` knows other escapes than `printf`, which is said by `is_printf`.
pub fn escape(text: &str, is_printf: bool) -> Option<Escape> {
    let rest = text.strip_prefix('\\')?;
    let number = |from: usize, digits: usize, radix: u32| {
        let digits =
            rest[from..].bytes().take(digits).take_while(|byte| char::from(*byte).is_digit(radix)).count();
        let code = u32::from_str_radix(&rest[from..from + digits], radix).ok()?;
        // Other bytes are parts of a character.
        let is_character = radix == 16 && !rest.starts_with('x') || code < 0x80;
        let stands_for = char::from_u32(code).filter(|_| is_character);
        Some(Escape { stands_for, len: 1 + from + digits })
    };
    let character = |c: char| Some(Escape { stands_for: Some(c), len: 2 });
    match rest.chars().next()? {
        'a' => character('\u{7}'),
        'b' => character('\u{8}'),
        'e' | 'E' => character('\u{1b}'),
        'f' => character('\u{c}'),
        'n' => character('\n'),
        'r' => character('\r'),
        't' => character('\t'),
        'v' => character('\u{b}'),
        '\\' => character('\\'),
        c @ ('"' | '\'' | '?') if is_printf => character(c),
        // Nothing after it is printed.
        'c' if !is_printf => Some(Escape { stands_for: None, len: text.len() }),
        'x' => number(1, 2, 16),
        'u' => number(1, 4, 16),
        'U' => number(1, 8, 16),
        '0' if !is_printf => number(1, 3, 8),
        '0'..='7' if is_printf => number(0, 3, 8),
        _ => None,
    }
}

/// A text with the escapes that `echo -e` interprets.
pub fn interpreted(view: &View) -> View {
    let text = view.text();
    let mut out = Builder::new(view);
    let (mut kept, mut next) = (0, 0);
    while let Some(at) = text[next..].find('\\').map(|at| next + at) {
        match escape(&text[at..], false) {
            Some(escape) => {
                out.verbatim(kept..at);
                escape.write(at, &mut out);
                next = at + escape.len;
                kept = next;
            }
            None => next = at + 1,
        }
    }
    out.verbatim(kept..text.len());
    out.finish()
}

/// Maximum length in bytes of what a format becomes that is used again and again.
const MAX_PRINTED: usize = 64 * 1024;

/// What `printf` writes with a format and its arguments; `None` if the format is not understood, or the text is too
/// long. `arguments` are `None` if their number is not known: then what they fill in is masked.
pub fn printed(format: &View, arguments: Option<&[View]>) -> Option<View> {
    let mut out = Builder::new(format);
    let mut left = arguments.map(<[View]>::iter);
    loop {
        let before = left.as_ref().map(ExactSizeIterator::len);
        print_once(format, &mut left, &mut out)?;
        let now = left.as_ref().map(ExactSizeIterator::len);
        if now.is_none_or(|now| now == 0) || now == before {
            return Some(out.finish());
        }
        if out.text().len() > MAX_PRINTED {
            return None;
        }
    }
}

fn print_once(
    format: &View,
    arguments: &mut Option<std::slice::Iter<'_, View>>,
    out: &mut Builder<'_>,
) -> Option<()> {
    let text = format.text();
    let (mut kept, mut next) = (0, 0);
    while let Some(at) = text[next..].find(['\\', '%']).map(|at| next + at) {
        if text[at..].starts_with('\\') {
            let Some(escape) = escape(&text[at..], true) else {
                next = at + 1;
                continue;
            };
            out.verbatim(kept..at);
            escape.write(at, out);
            next = at + escape.len;
        } else {
            out.verbatim(kept..at);
            next = at + 2;
            match (text.get(at + 1..next)?, arguments.as_mut()) {
                ("%", _) => out.replaced("%", at..next),
                ("s", Some(arguments)) => arguments.next().into_iter().for_each(|text| out.append(text)),
                ("s" | "d" | "b" | "q", arguments) => {
                    arguments.and_then(Iterator::next);
                    out.masked(at..next);
                }
                _ => return None,
            }
        }
        kept = next;
    }
    out.verbatim(kept..text.len());
    Some(())
}
