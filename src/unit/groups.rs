//! Commands of a script whose output goes to one file: `{ … } > FILE`, `for … done >> FILE`. Must not know what they
//! print.

use std::ops::Range;

use super::lines::{line_after, line_before, offset};
use super::targets::{destination, is_append, is_copied};

/// Commands whose output goes to one file.
pub struct Group<'t> {
    /// Where the commands are.
    pub body: Range<usize>,
    /// The path of the file.
    pub path: &'t str,
    /// Whether the output is appended to it.
    pub appends: bool,
}

/// Maximum number of groups, and of open braces, that are looked at. Each command is compared with all groups.
const MAX_GROUPS: usize = 256;

/// How a group starts and ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Braces,
    Parentheses,
    Loop,
}

/// The groups of a script that start and end on lines of their own, with the same indentation.
pub fn groups(text: &str) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    let mut functions: Vec<Function<'_>> = Vec::new();
    let mut open: Vec<(Kind, &str, usize, Option<&str>)> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let code = line.trim();
        let indent = &line[..line.len() - line.trim_start().len()];
        if open.len() == MAX_GROUPS || groups.len() == MAX_GROUPS {
            break;
        }
        if let Some(kind) = opened(code) {
            open.push((kind, indent, at, function(code)));
        } else if let Some((kind, rest)) = closed(code)
            && let Some(index) = open.iter().rposition(|(of, outer, ..)| *of == kind && *outer == indent)
        {
            let (_, _, body, name) = open[index];
            open.truncate(index);
            if let Some(path) = destination("cat", rest).filter(|_| is_copied("", rest)) {
                groups.push(Group { body: body..start, path, appends: is_append(rest) });
            } else if let Some(name) = name.filter(|_| rest.is_empty() && functions.len() < MAX_FUNCTIONS) {
                functions.push(Function { name, body: body..start });
            }
        }
    }
    groups.extend(functions.iter().filter_map(|function| function.written(text)));
    // An inner group ends before the one around it.
    groups.sort_by_key(|group| group.body.end);
    groups
}

/// Maximum number of functions whose calls are looked for, each of which is a search through the script.
const MAX_FUNCTIONS: usize = 16;

/// A function of a script.
struct Function<'t> {
    name: &'t str,
    body: Range<usize>,
}

/// The name of the function that a line begins.
fn function(code: &str) -> Option<&str> {
    let head = code.strip_suffix('{')?.trim_end();
    let name = match head.strip_prefix("function ") {
        Some(name) => name.trim_end_matches("()"),
        None => head.strip_suffix("()")?,
    };
    let name = name.trim();
    (!name.is_empty() && name.bytes().all(is_of_name)).then_some(name)
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-".contains(&byte)
}

impl<'t> Function<'t> {
    /// The file that its output goes to, if its only call, which comes after it, begins that file.
    fn written(&self, text: &'t str) -> Option<Group<'t>> {
        let bytes = text.as_bytes();
        let is_word = |at: &usize| {
            let end = at + self.name.len();
            let is_part = |at: usize| bytes.get(at).copied().is_some_and(is_of_name);
            !at.checked_sub(1).is_some_and(is_part) && !is_part(end)
        };
        let mut places = text.match_indices(self.name).map(|(at, _)| at).filter(is_word);
        let [_, call] = [places.next()?, places.next().filter(|at| *at >= self.body.end)?];
        let (before, rest) = (line_before(text, call), line_after(text, call + self.name.len()));
        let is_alone =
            before.trim().is_empty() && places.next().is_none() && !rest.contains([';', '&', '#', '`', '(']);
        let path =
            destination("cat", rest).filter(|_| is_alone && is_copied("", rest) && !is_append(rest))?;
        // What is written to the file between the two does not belong to it.
        let is_first = !text[self.body.start..call].contains(path);
        is_first.then(|| Group { body: self.body.clone(), path, appends: false })
    }
}

/// The commands of a group write one file: the text of the first of them begins it, unless the group appends. `texts`
/// holds, in the order of the script, the index of a text's group and whether the text is appended.
pub fn begin<'x>(texts: impl Iterator<Item = (Option<usize>, &'x mut bool)>, groups: &[Group<'_>]) {
    let mut seen = vec![false; groups.len()];
    for (group, appends) in texts {
        let Some(index) = group else { continue };
        if !std::mem::replace(&mut seen[index], true) {
            *appends = groups[index].appends;
        }
    }
}

/// What a line opens.
fn opened(code: &str) -> Option<Kind> {
    let is_loop = || ["for ", "select ", "until ", "while "].iter().any(|word| code.starts_with(word));
    match code {
        "{" => Some(Kind::Braces),
        "(" => Some(Kind::Parentheses),
        _ if code.starts_with('#') => None,
        _ if code.ends_with(" {") || code.ends_with("){") => Some(Kind::Braces),
        _ => (is_loop() && !code.contains("done")).then_some(Kind::Loop),
    }
}

/// What a line closes, and the rest of the line.
fn closed(code: &str) -> Option<(Kind, &str)> {
    let of = |kind, end| code.strip_prefix(end).map(|rest| (kind, rest));
    let is_end = |(_, rest): &(Kind, &str)| rest.is_empty() || rest.starts_with([' ', '>', '|', ';', '<']);
    of(Kind::Braces, "}")
        .or_else(|| of(Kind::Parentheses, ")"))
        .or_else(|| of(Kind::Loop, "done").filter(is_end))
}

/// Commands that print nothing, or of which the text is known.
const QUIET: &[&str] = &[
    ":",
    "!",
    "(",
    "((",
    ")",
    ".",
    "[",
    "[[",
    "break",
    "case",
    "cd",
    "chmod",
    "chown",
    "continue",
    "cp",
    "declare",
    "do",
    "done",
    "echo",
    "elif",
    "else",
    "esac",
    "exit",
    "export",
    "false",
    "fi",
    "for",
    "if",
    "install",
    "ln",
    "local",
    "mkdir",
    "mv",
    "popd",
    "printf",
    "pushd",
    "read",
    "return",
    "rm",
    "select",
    "set",
    "shift",
    "sleep",
    "source",
    "systemctl",
    "test",
    "then",
    "touch",
    "true",
    "umask",
    "unset",
    "until",
    "while",
    "{",
    "}",
];

/// The lines in groups with a command that prints an unknown text, with the index of the group. `bodies` are the
/// here-documents of the script.
pub fn unknown_lines<'t>(
    text: &'t str,
    groups: &'t [Group<'_>],
    bodies: &'t [Range<usize>],
) -> impl Iterator<Item = (Range<usize>, usize)> + 't {
    // After a here-document, there is the line that ends it.
    let is_inside = |at: usize| {
        let next = bodies.partition_point(|body| body.end < at);
        bodies.get(next).is_some_and(|body| body.start <= at)
    };
    let lines = groups
        .iter()
        .enumerate()
        .flat_map(|(index, group)| text[group.body.clone()].lines().map(move |line| (index, line)));
    lines.filter_map(move |(index, line)| {
        let at = offset(text, line);
        let of_inner = || groups.iter().position(|group| group.body.contains(&at)) != Some(index);
        let code = line.trim();
        let word = code.split([' ', '\t', ';']).next().unwrap_or_default();
        let is_assignment = || {
            code.split_once('=').is_some_and(|(name, _)| {
                name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            })
        };
        let prints_elsewhere = || code.contains('>') || code.contains("<<");
        let is_quiet = code.is_empty()
            || code.starts_with('#')
            || QUIET.contains(&word) && !code.contains(" cat ")
            || word.ends_with(')') && !word.contains('(')
            || is_assignment()
            || prints_elsewhere();
        (!is_quiet && !is_inside(at) && !of_inner()).then_some((at..at + line.len(), index))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_commands_are_found() {
        let text = "{\n  echo a\n  cat /x\n} > /a\nwrite() {\n  echo b\n} >> /b\n(\necho c\n) | sudo tee /c\nfor x in y; do\n  echo d\n  \
                    case $x in\n    y) echo e ;;\n  esac\n  f $x\ndone >> /d\n{\necho e\n} | sort > /e\nlog() {\n  echo > /f\n}\n";
        let groups = groups(text);
        let seen: Vec<_> = groups.iter().map(|group| (group.path, group.appends)).collect();
        assert_eq!(seen, [("/a", false), ("/b", true), ("/c", false), ("/d", true)]);
        let unknown: Vec<_> =
            unknown_lines(text, &groups, &[]).map(|(line, index)| (&text[line], index)).collect();
        assert_eq!(unknown, [("  cat /x", 0), ("  f $x", 3)]);
    }
}
