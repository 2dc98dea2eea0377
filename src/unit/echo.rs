//! Texts that `echo` and `printf` write to files in shell scripts. This module must not know what they mean.

use std::ops::Range;

use super::heredoc::{destination, expansion, is_append};
use super::{Builder, View};

/// A text that a command writes to a file.
pub struct Written<'t> {
    /// Byte offset of the command in the script.
    pub at: usize,
    /// `echo`, `printf`, or a function of the script.
    pub command: &'t str,
    /// The path of the file.
    pub path: &'t str,
    /// Whether the command appends to the file.
    pub appends: bool,
    /// The text.
    pub view: View,
    /// The index of the group of commands that the file belongs to.
    group: Option<usize>,
}

const COMMANDS: &[&str] = &["echo", "printf"];

/// The texts that a script's commands write to files, in order.
pub fn writes(host: &View) -> Vec<Written<'_>> {
    let text = host.text();
    let groups = groups(text);
    let mut functions: Vec<Function<'_>> = Vec::new();
    let mut found: Vec<Written<'_>> = COMMANDS
        .iter()
        .flat_map(|command| text.match_indices(command))
        .filter(|(at, command)| is_command(text, *at, command.len()))
        .filter_map(|(at, command)| match Function::around(text, at, command) {
            Some(function) => {
                functions.push(function);
                None
            }
            None => written(host, command, at, &groups),
        })
        .collect();
    for function in functions.iter().take(MAX_FUNCTIONS) {
        let calls = text.match_indices(function.name);
        let calls = calls.filter(|(at, name)| is_command(text, *at, name.len()));
        found.extend(calls.filter_map(|(at, _)| function.call(host, at)));
    }
    found.sort_by_key(|written| written.at);
    // What the commands of a group write follows what the first of them writes.
    let mut seen = vec![false; groups.len()];
    for written in &mut found {
        let Some(index) = written.group else { continue };
        if !std::mem::replace(&mut seen[index], true) {
            written.appends = groups[index].appends;
        }
    }
    found
}

/// Maximum number of functions whose calls are looked for, each of which is a search through the script.
const MAX_FUNCTIONS: usize = 16;

/// A function that appends its argument to a file: `append() { echo "$1" >> FILE; }`.
struct Function<'t> {
    name: &'t str,
    path: &'t str,
}

impl<'t> Function<'t> {
    /// The function of which a command is all.
    fn around(text: &'t str, at: usize, command: &str) -> Option<Self> {
        let (words, end) = words(text, at + command.len())?;
        let [word] = words.as_slice() else { return None };
        let [Piece { range, .. }] = word.as_slice() else { return None };
        if command != "echo" || !["$1", "${1}", "$*", "$@"].contains(&&text[range.clone()]) {
            return None;
        }
        let rest = line_after(text, end);
        let (rest, is_closed) = match rest.split_once(';') {
            Some((rest, after)) => (rest, after.trim() == "}"),
            None => (rest, false),
        };
        let path = destination("cat", rest).filter(|_| is_append(rest))?;
        let before = line_before(text, at);
        let (head, is_closed) = if before.trim().is_empty() {
            let line = at - before.len();
            let next = end + line_after(text, end).len() + 1;
            let next = text.get(next..).map_or("", |_| line_after(text, next));
            (line_before(text, line.checked_sub(1)?), is_closed || next.trim() == "}")
        } else {
            (before, is_closed)
        };
        let head = head.trim().strip_suffix('{')?.trim_end();
        let head = head.strip_prefix("function ").unwrap_or(head).trim_end_matches(['(', ')', ' ']).trim();
        let is_name =
            head.len() > 2 && head.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        (is_closed && is_name).then_some(Self { name: head, path })
    }

    /// What a call of the function writes.
    fn call(&self, host: &'t View, at: usize) -> Option<Written<'t>> {
        let text = host.text();
        if line_before(text, at).trim() == "function" {
            return None;
        }
        let (words, _) = words(text, at + self.name.len())?;
        let [word] = words.as_slice() else { return None };
        // Whether `echo` interprets `\n` depends on the shell.
        if word.iter().any(|piece| text[piece.range.clone()].contains("\\n")) {
            return None;
        }
        let mut writer = Writer { text, out: Builder::new(host), escapes: false };
        writer.word(word);
        writer.out.made_up("\n");
        let view = writer.out.finish();
        Some(Written { at, command: self.name, path: self.path, appends: true, view, group: None })
    }
}

/// Commands between `{` and `}` whose output goes to one file.
struct Group<'t> {
    body: Range<usize>,
    path: &'t str,
    appends: bool,
}

/// Maximum number of groups, and of open braces, that are looked at. Each command is compared with all groups.
const MAX_GROUPS: usize = 256;

/// The groups of a script whose braces are on lines of their own, with the same indentation.
fn groups(text: &str) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    let mut open: Vec<(&str, usize)> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let code = line.trim();
        let indent = &line[..line.len() - line.trim_start().len()];
        if open.len() == MAX_GROUPS || groups.len() == MAX_GROUPS {
            break;
        }
        if code == "{" {
            open.push((indent, at));
        } else if let Some(rest) = code.strip_prefix('}')
            && let Some(index) = open.iter().rposition(|(outer, _)| *outer == indent)
        {
            let (_, body) = open[index];
            open.truncate(index);
            if let Some(path) = destination("cat", rest) {
                groups.push(Group { body: body..start, path, appends: is_append(rest) });
            }
        }
    }
    groups
}

/// Whether a word at an offset is a command: it starts one, and is not in a comment.
fn is_command(text: &str, at: usize, len: usize) -> bool {
    let before = line_before(text, at);
    let starts = before.chars().next_back().is_none_or(|c| c.is_whitespace() || ";&|({'\"`".contains(c));
    starts && text[at + len..].starts_with([' ', '\t']) && !before.trim_start().starts_with('#')
}

/// Of longer lines, only the part next to a command is looked at: otherwise a line of many commands takes quadratic
/// time.
const MAX_LINE: usize = 4096;

/// What is before an offset in its line.
fn line_before(text: &str, at: usize) -> &str {
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
            if !line.trim_end().ends_with('\\') || line.trim_start().starts_with('#') {
                break;
            }
        }
        (start > from).then_some(from..start)
    })
}

fn written<'h>(host: &'h View, command: &'h str, at: usize, groups: &[Group<'h>]) -> Option<Written<'h>> {
    let text = host.text();
    let (mut words, end) = words(text, at + command.len())?;
    let rest = line_after(text, end);
    let rest = &rest[..[";", "&&", "||"].iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len())];
    let group = || {
        let is_open = !rest.contains(['>', '|']);
        is_open.then(|| groups.iter().position(|group| group.body.contains(&at)))?
    };
    let (path, appends, group) = match destination("cat", rest) {
        Some(path) => (path, is_append(rest), None),
        None => group().map(|index| (groups[index].path, true, Some(index)))?,
    };
    let mut options = String::new();
    while let Some(option) = words.first().and_then(|word| option(text, word)) {
        options.push_str(option);
        words.remove(0);
    }
    let mut writer =
        Writer { text, out: Builder::new(host), escapes: options.contains('e') || command == "printf" };
    if command == "printf" {
        writer.printf(&words)?;
    } else {
        // Without `-e`, whether `echo` interprets `\n` depends on the shell.
        let is_open = |word: &Word| word.iter().any(|piece| text[piece.range.clone()].contains("\\n"));
        if !writer.escapes && words.iter().any(is_open) {
            return None;
        }
        for (index, word) in words.iter().enumerate() {
            writer.out.made_up(if index > 0 { " " } else { "" });
            writer.word(word);
        }
        writer.out.made_up(if options.contains('n') { "" } else { "\n" });
    }
    let view = writer.out.finish();
    Some(Written { at, command, path, appends, view, group })
}

/// The options of a word like `-ne`.
fn option<'t>(text: &'t str, word: &Word) -> Option<&'t str> {
    let [Piece { quote: Quote::Bare, range }] = word.as_slice() else { return None };
    let options = text[range.clone()].strip_prefix('-')?;
    (!options.is_empty() && options.bytes().all(|option| b"neE".contains(&option))).then_some(options)
}

/// How a part of a word is quoted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    Bare,
    Single,
    Double,
    /// Escaped double quotes, in a string that is passed to another shell: `ssh HOST "echo \"…\""`.
    Escaped,
}

/// A part of a word in one kind of quotes; the range excludes the quotes.
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
            b'\\' if word.is_empty() && bytes.get(at + 1) == Some(&b'"') => {
                let end = closing(text, at + 2, Quote::Escaped)?;
                word.push(Piece { quote: Quote::Escaped, range: at + 2..end });
                at = end + 2;
            }
            b'\n' | b';' | b'|' | b'&' | b'<' | b'>' | b')' | b'(' => break,
            // A comment.
            b'#' if word.is_empty() => break,
            b'"' | b'\'' => {
                let quote = if *byte == b'"' { Quote::Double } else { Quote::Single };
                let end = closing(text, at + 1, quote)?;
                word.push(Piece { quote, range: at + 1..end });
                at = end + 1;
            }
            _ => {
                let mut end = at;
                while let Some(byte) = bytes.get(end).filter(|byte| !b" \t\r\n;|&<>()\"'".contains(byte)) {
                    end += match byte {
                        b'\\' => 2,
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

/// The nearest character boundary at or after an offset.
pub fn boundary(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// Where the quotes end that are open at an offset.
fn closing(text: &str, start: usize, quote: Quote) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match (byte, quote) {
            (b'\\', Quote::Escaped) if bytes.get(at + 1) == Some(&b'"') => return Some(at),
            // The string around it ends.
            (b'"', Quote::Escaped) => return None,
            // The other shell sees what an escaped backslash escapes.
            (b'\\', Quote::Escaped) if bytes[at..].starts_with(b"\\\\\\") => at += 4,
            (b'\\', Quote::Double | Quote::Escaped) => at += 2,
            (b'"', Quote::Double) | (b'\'', Quote::Single) => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// Writes what the shell expands words to.
pub struct Writer<'w> {
    /// The script.
    pub text: &'w str,
    /// What was written so far.
    pub out: Builder<'w>,
    /// Whether `\n` is interpreted as a line break.
    pub escapes: bool,
}

impl Writer<'_> {
    /// Writes the output of `printf`. With the format `%s\n`, each argument is a line; with any other format, what the
    /// arguments fill in is masked.
    fn printf(&mut self, words: &[Word]) -> Option<()> {
        let (format, arguments) = words.split_first()?;
        let [piece] = format.as_slice() else { return None };
        if &self.text[piece.range.clone()] == "%s\\n" {
            self.escapes = false;
            for argument in arguments {
                self.word(argument);
                self.out.made_up("\n");
            }
            return Some(());
        }
        let mut kept = piece.range.start;
        let mut formats =
            self.text[piece.range.clone()].match_indices('%').map(|(at, _)| piece.range.start + at);
        while let Some(at) = formats.next() {
            let end = (at + 2).min(piece.range.end);
            if !self.text.is_char_boundary(end) {
                return None;
            }
            self.piece(piece.quote, kept..at);
            match &self.text[at..end] {
                "%%" => {
                    self.out.replaced("%", at..end);
                    formats.next();
                }
                "%s" | "%d" | "%b" | "%q" => self.out.masked(at..end),
                _ => return None,
            }
            kept = end;
        }
        self.piece(piece.quote, kept..piece.range.end);
        Some(())
    }

    fn word(&mut self, word: &Word) {
        for piece in word {
            self.piece(piece.quote, piece.range.clone());
        }
    }

    /// Writes what two shells make of an escape that only the second one interprets. `kept` is where the text begins
    /// that is not written yet, and then where the escape ends.
    fn escaped(&mut self, at: usize, end: usize, kept: &mut usize) -> bool {
        let rest = &self.text[at..end];
        let (len, plain) = if rest.starts_with("\\\\\\\"") {
            (4, Some("\""))
        } else if rest.starts_with("\\\\n") && self.escapes {
            (3, Some("\n"))
        } else if rest.starts_with("\\$") {
            (1 + expansion(&rest[1..]).unwrap_or(1), None)
        } else {
            return false;
        };
        self.out.verbatim(*kept..at);
        match plain {
            Some(plain) => self.out.replaced(plain, at..at + len),
            None => self.out.masked(at..at + len),
        }
        *kept = at + len;
        true
    }

    /// Writes a piece as the shell expands it.
    pub fn piece(&mut self, quote: Quote, range: Range<usize>) {
        let bytes = self.text.as_bytes();
        let (mut kept, mut at) = (range.start, range.start);
        while at < range.end {
            let next = bytes.get(at + 1).copied().filter(|_| at + 1 < range.end);
            let is_escape = quote == Quote::Escaped && bytes[at] == b'\\';
            if is_escape && self.escaped(at, range.end, &mut kept) {
                at = kept;
                continue;
            }
            let replaced = match (bytes[at], next) {
                (b'\\', Some(b'n')) if self.escapes => Some("\n"),
                (b'\\', Some(b't')) if self.escapes => Some("\t"),
                (b'\\', Some(b'"')) if self.escapes || quote != Quote::Single => Some("\""),
                (b'\\', Some(b'\\')) if self.escapes || quote != Quote::Single => Some("\\"),
                (b'\\', Some(b'$')) if quote != Quote::Single => Some("$"),
                (b'\\', Some(b'`')) if quote != Quote::Single => Some("`"),
                _ => None,
            };
            if let Some(replaced) = replaced {
                self.out.verbatim(kept..at);
                self.out.replaced(replaced, at..at + 2);
                at += 2;
                kept = at;
                continue;
            }
            // Expansions are masked in single quotes, too: these may be inside a string that is passed to another
            // shell.
            let filled = match bytes[at] {
                b'$' => expansion(&self.text[at..range.end]),
                b'`' => self.text[at + 1..range.end].find('`').map(|end| end + 2),
                _ => None,
            };
            match filled {
                Some(len) => {
                    self.out.verbatim(kept..at);
                    self.out.masked(at..at + len);
                    at += len;
                    kept = at;
                }
                None => at += 1,
            }
        }
        self.out.verbatim(kept..range.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<(String, String, bool)> {
        let view = View::whole(text);
        let plain = |view: &View| {
            view.text().chars().map(|c| if crate::yaml::is_mask(c) { '~' } else { c }).collect::<String>()
        };
        writes(&view)
            .into_iter()
            .map(|written| (written.path.to_owned(), plain(&written.view), written.appends))
            .collect()
    }

    #[test]
    fn commands_that_write_files_of_rke2_are_found() {
        let config = "/etc/rancher/rke2/config.yaml";
        let one = |text: &str, appends| vec![(config.to_owned(), text.to_owned(), appends)];
        assert_eq!(
            seen(&format!("echo \"cni: $CNI\ntoken: a\\\"b\" > {config}\n")),
            one("cni: ~\ntoken: a\"b\n", false)
        );
        assert_eq!(
            seen(&format!("echo 'a: \"b\"' | sudo tee -a {config} > /dev/null\n")),
            one("a: \"b\"\n", true)
        );
        assert_eq!(
            seen(&format!("ssh $h 'x; echo -e \"a: 1\\nb: \"'$y'\"\\nc: d\" > {config}; y'\n")),
            one("a: 1\nb: ~\nc: d\n", false)
        );
        assert_eq!(
            seen(&format!("printf 'a: %s\\nb: c\\n' \"$x\" >> \"{config}\"\n")),
            one("a: ~\nb: c\n", true)
        );
        assert_eq!(seen(&format!("printf '%s\\n' 'a: b' \"c: d\" > {config}\n")), one("a: b\nc: d\n", false));
        assert_eq!(
            seen(&format!("ssh h \"echo \\\"cni: $a\\nb: \\$c \\\\\\\"é\\\\\\\"\\\" > {config}\"\n")),
            Vec::new()
        );
        assert_eq!(
            seen(&format!("ssh h \"echo \\\"cni: $a\\\" \\\"b: \\$c \\\\\\\"é\\\\\\\"\\\" >> {config}\"\n")),
            one("cni: ~ b: ~ \"é\"\n", true)
        );
        assert_eq!(
            seen(&format!("ssh h \"echo -e \\\"a: b\\\\nc: d\\\" > {config}\"\n")),
            one("a: b\nc: d\n", false)
        );
        assert_eq!(seen(&format!("ssh h \"echo \\\"a > {config}\"\n")), Vec::new());
        assert_eq!(
            seen(&format!("echo server: https://x:9345 >>{config}")),
            one("server: https://x:9345\n", true)
        );
    }

    #[test]
    fn functions_that_append_their_argument_are_followed() {
        let config = "/etc/rancher/rke2/config.yaml";
        let both = vec![
            (config.to_owned(), "cni: é\n".to_owned(), true),
            (config.to_owned(), "token: ~\n".to_owned(), true),
        ];
        for function in [
            format!("add() {{\n  echo \"$1\" >> \"{config}\"\n}}\n"),
            format!("function add {{\n\techo \"$*\" | sudo tee -a {config} > /dev/null\n}}\n"),
            format!("add() {{ echo $1 >> {config}; }}\n"),
        ] {
            let calls =
                "if x; then\n  add 'cni: é'\nfi\nadd \"token: $TOKEN\"\n# add 'a: b'\nadd\nadd \"a\\nb\"\n";
            assert_eq!(seen(&format!("{function}{calls}")), both, "{function}");
        }
        for function in [
            format!("add() {{\n  echo \"$1\" > \"{config}\"\n}}\n"),
            format!("add() {{\n  echo \"$1\" >> \"{config}\"\n  sed -i s/a/b/ \"{config}\"\n}}\n"),
            format!("add() {{\n  echo \"$2\" >> \"{config}\"\n}}\n"),
        ] {
            let seen = seen(&format!("{function}add 'cni: x'\n"));
            assert!(seen.iter().all(|(_, text, _)| text == "~\n"), "{seen:?}");
        }
    }

    #[test]
    fn what_depends_on_the_shell_or_is_no_command_is_left() {
        for text in [
            "echo \"a\\nb\" > /etc/rancher/rke2/config.yaml",
            "# echo a > /etc/rancher/rke2/config.yaml",
            "echo writes /etc/rancher/rke2/config.yaml",
            "echo \"a > /etc/rancher/rke2/config.yaml",
            "myecho a > /etc/rancher/rke2/config.yaml",
        ] {
            assert!(seen(text).is_empty(), "{text}");
        }
    }
}
