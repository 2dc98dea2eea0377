//! Commands of a script whose output goes to one file: `{ … } > FILE`, `for … done >> FILE`. Must not know what they
//! print.

use std::ops::Range;

use super::lines::offset;
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
    let mut open: Vec<(Kind, &str, usize)> = Vec::new();
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
            open.push((kind, indent, at));
        } else if let Some((kind, rest)) = closed(code)
            && let Some(index) = open.iter().rposition(|(of, outer, _)| *of == kind && *outer == indent)
        {
            let (_, _, body) = open[index];
            open.truncate(index);
            if let Some(path) = destination("cat", rest).filter(|_| is_copied("", rest)) {
                groups.push(Group { body: body..start, path, appends: is_append(rest) });
            }
        }
    }
    groups
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
