//! The simple commands of a shell script that are in command position, in one pass. Must not know what they mean.

use std::ops::Range;

use super::heredoc::documents;
use super::quotes::{Piece, Quote, Word, words};

/// A command of a script: its words, without what the shell removes from the front (`VAR=x`, `sudo`, `exec`, `then`).
pub struct Simple {
    /// The name and the arguments.
    pub words: Vec<Word>,
    /// Where the words end: at an operator, a comment or the end of the line.
    pub end: usize,
}

/// What may precede the name of a command, with the number of its arguments.
const PREFIXES: &[(&str, usize)] = &[
    ("!", 0),
    ("{", 0),
    ("command", 0),
    ("do", 0),
    ("elif", 0),
    ("else", 0),
    ("env", 0),
    ("exec", 0),
    ("if", 0),
    ("nice", 0),
    ("nohup", 0),
    ("setsid", 0),
    ("sudo", 0),
    ("then", 0),
    ("time", 0),
    ("timeout", 1),
    ("until", 0),
    ("while", 0),
];

/// Options of these programs that have a value of their own.
const WITH_VALUE: &[&str] = &["-g", "-k", "-n", "-s", "-u"];

/// The commands of a script or a part of one, in order. The search ends where the script cannot be followed: at a quote
/// or a here-document without an end.
pub struct Commands<'t> {
    text: &'t str,
    /// The part that is being read, below the parts that it is an argument in.
    parts: Vec<Range<usize>>,
    bodies: Vec<Range<usize>>,
    /// Here-documents whose bodies start on the next line.
    open: usize,
}

impl<'t> Commands<'t> {
    /// The commands of a script.
    pub fn of_script(text: &'t str) -> Self {
        let bodies = documents(text).map(|document| document.body).collect();
        let start = text.len() - text.trim_start_matches('\u{feff}').len();
        Self { text, parts: std::iter::once(start..text.len()).collect(), bodies, open: 0 }
    }

    /// The commands of a command line.
    pub fn of_line(text: &'t str, line: Range<usize>) -> Self {
        Self { text, parts: vec![line], bodies: Vec::new(), open: 0 }
    }

    /// Where reading continues after a line; `None` when the bodies of its here-documents are not known.
    fn next_line(&mut self, at: usize) -> Option<usize> {
        let index = self.bodies.partition_point(|body| body.start < at);
        let body = self.bodies.get(index).filter(|body| body.start == at);
        match (body, std::mem::take(&mut self.open)) {
            (Some(body), 0 | 1) => Some(body.end.max(at)),
            (None, 0) => Some(at),
            _ => None,
        }
    }

    /// Reads on at an offset, and returns where it stopped and the words of a command; `None` if the script cannot be
    /// followed.
    fn step(&mut self, at: usize, end: usize) -> Option<(usize, Vec<Word>)> {
        let text = &self.text[..end];
        let rest = &text[at..];
        let after = |what: &str| end - rest.trim_start_matches(|c| what.contains(c)).len();
        match rest.as_bytes().first()? {
            b'\n' => self.next_line(at + 1).map(|next| (next, Vec::new())),
            b'#' => Some((rest.find('\n').map_or(end, |len| at + len), Vec::new())),
            // The words of an array are not a command.
            b'(' if text[..at].ends_with('=') => rest.find(')').map(|len| (at + len + 1, Vec::new())),
            b';' | b'|' | b'&' | b'(' | b')' => Some((at + 1, Vec::new())),
            b'<' if rest.starts_with("<(") => Some((at + 1, Vec::new())),
            b'<' | b'>' => {
                self.open += usize::from(rest.starts_with("<<") && !rest.starts_with("<<<"));
                // What follows the name of a file are arguments of the command before.
                words(text, after("<>&|")).map(|(_, next)| (next, Vec::new()))
            }
            b' ' | b'\t' | b'\r' => Some((after(" \t\r"), Vec::new())),
            _ => words(text, at).map(|(words, next)| (next, words)),
        }
    }
}

impl Iterator for Commands<'_> {
    type Item = Simple;

    fn next(&mut self) -> Option<Simple> {
        while let Some(Range { start, end }) = self.parts.pop() {
            let Some((next, words)) = self.step(start, end) else { continue };
            self.parts.push(next.min(end)..end);
            let words = without_prefixes(self.text, words);
            if words.is_empty() {
                continue;
            }
            if let Some(part) = nested(self.text, &words) {
                self.parts.push(part);
            }
            return Some(Simple { words, end: next });
        }
        None
    }
}

/// The text of a word without quotes.
pub fn plain<'t>(text: &'t str, word: &Word) -> Option<&'t str> {
    let [Piece { quote: Quote::Bare, range }] = word.as_slice() else { return None };
    text.get(range.clone())
}

fn without_prefixes(text: &str, words: Vec<Word>) -> Vec<Word> {
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.peek() {
        let first = word.first().filter(|piece| piece.quote == Quote::Bare);
        let is_assignment = first.is_some_and(|piece| is_assignment(&text[piece.range.clone()]));
        let arguments = PREFIXES.iter().find(|(name, _)| plain(text, word) == Some(name));
        if is_assignment {
            words.next();
        } else if let Some((_, arguments)) = arguments {
            words.next();
            while let Some(option) =
                words.next_if(|word| plain(text, word).is_some_and(|word| word.starts_with('-')))
            {
                if plain(text, &option).is_some_and(|option| WITH_VALUE.contains(&option)) {
                    words.next();
                }
            }
            words.by_ref().take(*arguments).for_each(drop);
        } else {
            break;
        }
    }
    words.collect()
}

/// Whether a word assigns a variable, as in `VAR=x`.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(is_name)
    })
}

/// The script that a command gets as an argument: `ssh HOST "…"`, `sh -c '…'`. One with escapes is not read, because its
/// text is not what is written.
fn nested(text: &str, words: &[Word]) -> Option<Range<usize>> {
    let (name, arguments) = words.split_first()?;
    let script = match crate::source::file_name(plain(text, name)?) {
        "ssh" => arguments.last(),
        "sh" | "bash" => {
            let is_command = |word: &Word| {
                plain(text, word).is_some_and(|word| word.starts_with('-') && word.ends_with('c'))
            };
            arguments.iter().skip_while(|word| !is_command(word)).nth(1)
        }
        _ => None,
    }?;
    let [Piece { quote: Quote::Single | Quote::Double, range }] = script.as_slice() else { return None };
    (!text[range.clone()].contains('\\')).then(|| range.clone())
}
