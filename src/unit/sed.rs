//! What `sed -i` and similar commands change in files that a script writes. Must not know what the files are.

use std::ops::Range;

use super::heredoc::open_quote;
use super::lines::{continued_lines, line_before};
use super::quotes::{Piece, Quote, Word, expanded_word, words};
use super::{Builder, View};
use crate::source::file_name;
use crate::yaml::{Stream, is_mask};

mod expression;

use expression::{Change, Pattern, Step};

/// A command that changes files in place.
#[derive(Debug)]
pub struct Edit {
    /// Their names; none if they are not known.
    files: Vec<String>,
    /// What it does.
    steps: Vec<Step>,
}

/// Maximum number of commands and of their steps, each of which is looked for in all files.
const MAX_EDITS: usize = 64;

/// Maximum number of commands in one line, each of which is a search through it.
const MAX_OF_LINE: usize = 16;

/// Maximum length in bytes of a text that is searched for what commands change. A longer one is unknown.
const MAX_EDITED: usize = 256 * 1024;

/// The commands of a script that change files in place.
pub fn edits(host: &View) -> Vec<Edit> {
    let text = host.text();
    if !PROGRAMS.iter().any(|program| text.contains(program)) {
        return Vec::new();
    }
    let mut left = MAX_EDITS;
    let mut edits = Vec::new();
    for place in continued_lines(text) {
        let line = &text[place.clone()];
        if line.trim_start().starts_with('#') {
            continue;
        }
        for program in PROGRAMS {
            let places = line.match_indices(program).filter(|(at, _)| is_program(line, *at, program));
            for (at, _) in places.take(MAX_OF_LINE) {
                let before = &line[..at + program.len()];
                let edit = edit(host, program, place.start + before.len(), line, before);
                if let Some(edit) = edit {
                    left = left.saturating_sub(edit.steps.len().max(1));
                    edits.push(edit);
                }
                if left == 0 {
                    return edits;
                }
            }
        }
    }
    edits
}

/// The programs that are known to change files in place.
const PROGRAMS: [&str; 3] = ["sed", "perl", "yq"];

/// Whether a word in a line is the name of a program that is run.
fn is_program(line: &str, at: usize, program: &str) -> bool {
    let starts = line_before(line, at).chars().next_back();
    let starts = starts.is_none_or(|c| c.is_whitespace() || ";&|({\"'`/".contains(c));
    starts && line[at + program.len()..].starts_with([' ', '\t'])
}

/// The arguments of a command.
#[derive(Default)]
struct Arguments {
    in_place: bool,
    extended: bool,
    /// Whether an option makes the effect unknown.
    is_unknown: bool,
    expressions: Vec<String>,
    rest: Vec<String>,
}

impl Arguments {
    fn of(program: &str, words: &[String]) -> Self {
        let mut all = Self { extended: program == "perl", ..Self::default() };
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word.split_once('=').map_or(word, |(name, _)| name) {
                "--in-place" | "--inplace" => all.in_place = true,
                "--regexp-extended" => all.extended = true,
                "--expression" => {
                    let value = word.split_once('=').map(|(_, value)| value).or_else(|| words.next());
                    all.expressions.extend(value.map(str::to_owned));
                }
                "--file" | "--null-data" => all.is_unknown = true,
                option if option.starts_with("--") => {}
                option if option.len() > 1 && option.starts_with('-') => {
                    let is_yq = program == "yq";
                    for (at, letter) in word.char_indices().skip(1) {
                        match letter {
                            'i' => {
                                all.in_place = true;
                                // What follows is the suffix of a copy; `-pie` of perl is not used.
                                break;
                            }
                            'E' | 'r' => all.extended = true,
                            'e' if !is_yq => {
                                let rest = &word[at + 1..];
                                let value = if rest.is_empty() { words.next() } else { Some(rest) };
                                all.expressions.extend(value.map(str::to_owned));
                                break;
                            }
                            'f' | 'n' | 'z' | '0' => all.is_unknown = true,
                            _ => {}
                        }
                    }
                }
                // `-i ''` of BSD.
                "" => {}
                _ => all.rest.push(word.to_owned()),
            }
        }
        if program == "yq" {
            all.rest = all.rest.pop().into_iter().collect();
        } else if all.expressions.is_empty() && !all.rest.is_empty() {
            all.expressions.push(all.rest.remove(0));
        }
        all
    }
}

/// The command whose arguments start at an offset, if it changes files in place. `before`: its line up to them.
fn edit(host: &View, program: &str, at: usize, line: &str, before: &str) -> Option<Edit> {
    let text = host.text();
    // A command in a string ends with it.
    let rest = &line[before.len()..];
    let end = match open_quote(before) {
        Some(quote) => at + rest.find(char::from(quote)).unwrap_or(rest.len()),
        None => text.len(),
    };
    if text[at..end].ends_with('\\') {
        return in_string(line);
    }
    let (words, _) = words(&text[..end], at)?;
    let is_escaped = |word: &Word| {
        let first = word.first().map(|piece| (piece.quote, &text[piece.range.clone()]));
        first.is_some_and(|(quote, text)| quote == Quote::Bare && text.starts_with('\\') && text.len() > 1)
    };
    if words.iter().any(is_escaped) {
        return in_string(line);
    }
    let words: Vec<String> = words.iter().map(|word| resolved(host, word)).collect();
    let arguments = Arguments::of(program, &words);
    if !arguments.in_place {
        return None;
    }
    let anything = || Step { address: None, change: Change::Anything };
    let mut steps = Vec::new();
    for expression in &arguments.expressions {
        steps.extend(
            expression::steps(expression, program, arguments.extended).unwrap_or_else(|| vec![anything()]),
        );
    }
    if arguments.is_unknown || program == "yq" || steps.len() > MAX_EDITS {
        steps = vec![anything()];
    }
    Some(Edit { files: arguments.rest, steps })
}

/// What the shell makes of a word.
fn resolved(host: &View, word: &Word) -> String {
    let text = |piece: &Piece| match piece.quote {
        Quote::Single => host.text()[piece.range.clone()].to_owned(),
        _ => expanded_word(host, &vec![piece.clone()]).text().to_owned(),
    };
    word.iter().map(text).collect()
}

/// What a command does whose quotes are escaped: only the texts that it replaces are known, not its files.
fn in_string(line: &str) -> Option<Edit> {
    let is_option = |word: &str| word.starts_with("-i") || word.starts_with("--in-place");
    let ends = |c: char| c.is_whitespace() || "\"'\\".contains(c);
    if !line.split(ends).any(is_option) {
        return None;
    }
    let steps = line.match_indices('s').filter_map(|(at, _)| {
        let is_start = line[..at].ends_with([' ', '"', '\'', ';', '{', '/', '\n', '\t']);
        let rest = &line[at + 1..];
        let delimiter =
            rest.chars().next().filter(|c| c.is_ascii_punctuation() && !"\"'\\-._=".contains(*c))?;
        let mut parts = rest[1..].split(delimiter);
        let (pattern, _) = (parts.next()?, parts.next()?);
        let pattern = Pattern::of(pattern, false).filter(|_| is_start && !pattern.contains('\n'))?;
        Some(Step { address: None, change: Change::Replace { pattern, keeps_key: true } })
    });
    Some(Edit { files: Vec::new(), steps: steps.collect() })
}

impl Edit {
    /// Whether it may change the file with a path. `end`: where a file ends up.
    fn is_of(&self, path: &str, end: impl Fn(&str) -> String) -> bool {
        let is_variable = |name: &str| name.contains(['$', '*', '{', '?']) || name.contains(is_mask);
        let is_same = |name: &str| {
            let name = end(name.trim_matches(['"', '\'']));
            let path = path.trim_end_matches(['"', '\'']);
            let (last, of_path) = (file_name(&name), file_name(path));
            if is_variable(last) || is_variable(of_path) {
                return true;
            }
            let folders_match = is_variable(&name)
                || is_variable(path)
                || path.ends_with(name.trim_start_matches("./"))
                || name.ends_with(path.trim_start_matches("./"));
            last == of_path && folders_match
        };
        self.files.is_empty() || self.files.iter().any(|name| is_same(name))
    }
}

/// The steps of the commands that may change the file with a path. `end`: where a file ends up.
pub fn steps_of<'e>(edits: &'e [Edit], path: &str, end: impl Fn(&str) -> String) -> Vec<&'e Step> {
    let is_known = |edit: &&Edit| edit.is_of(path, &end);
    let steps = edits.iter().filter(is_known).flat_map(|edit| {
        // A command without files, as in `find -exec`, may be about any others.
        let is_about = |step: &&Step| !edit.files.is_empty() || matches!(step.change, Change::Replace { .. });
        edit.steps.iter().filter(is_about)
    });
    steps.take(MAX_EDITS).collect()
}

/// A text in which what commands change is masked; `None` if it may become anything.
pub fn edited(view: &View, steps: &[&Step]) -> Option<View> {
    if steps.is_empty() {
        return Some(view.clone());
    }
    if view.text().len() > MAX_EDITED {
        return None;
    }
    let mut editor = Editor { view, out: Builder::new(view), is_changed: false };
    let mut at = 0;
    let lines: Vec<Range<usize>> = view
        .text()
        .split_inclusive('\n')
        .map(|line| {
            at += line.len();
            at - line.len()..at
        })
        .collect();
    for (index, line) in lines.iter().enumerate() {
        let next = lines[index + 1..].iter().find(|next| !view.text()[(*next).clone()].trim().is_empty());
        editor.line(steps, line, next.map(|next| &view.text()[next.clone()]))?;
    }
    if !editor.is_changed {
        return Some(view.clone());
    }
    let after = editor.out.finish();
    let parses = |view: &View| Stream::parse(View::id(), &view.shared_text()).first_error().is_none();
    (!parses(view) || parses(&after)).then_some(after)
}

/// Writes a text in which what commands change is masked.
struct Editor<'e> {
    view: &'e View,
    out: Builder<'e>,
    is_changed: bool,
}

/// The parts of a line of YAML.
struct Parts {
    /// Where its key or item starts, after the indentation and the dashes.
    content: usize,
    /// Where the value of its key starts; `None` without a key.
    value: Option<usize>,
    /// Where it ends, without the line break.
    end: usize,
}

impl Parts {
    fn of(line: &str) -> Self {
        let end = line.trim_end().len();
        let mut content = line.len() - line.trim_start().len();
        while line[content.min(end)..end].starts_with("- ") {
            content += 2;
            content += line[content..].len() - line[content..].trim_start_matches(' ').len();
        }
        let content = content.min(end);
        let rest = &line[content..end];
        let value = rest.find(": ").map(|at| at + 1).or_else(|| rest.ends_with(':').then_some(rest.len()));
        let value = value.map(|at| {
            let at = content + at;
            at + line[at..end].len() - line[at..end].trim_start().len()
        });
        Self { content, value, end }
    }
}

impl Editor<'_> {
    /// Writes a line; `None` if the text may become anything.
    fn line(&mut self, steps: &[&Step], place: &Range<usize>, next: Option<&str>) -> Option<()> {
        let line = &self.view.text()[place.clone()];
        let bare = line.trim_end_matches(['\n', '\r']);
        let parts = Parts::of(line);
        let is_comment = line[parts.content..].starts_with('#');
        let (mut masks, mut is_unknown, mut gets_more) = (Vec::new(), false, false);
        for step in steps {
            if step.address.as_ref().is_some_and(|address| !address.is_in(bare)) {
                continue;
            }
            match &step.change {
                Change::Anything => return None,
                Change::Line => is_unknown |= !is_comment && parts.content < parts.end,
                Change::InsertAtStart => {}
                Change::Insert => gets_more = true,
                Change::InsertAtEnd => gets_more |= next.is_none(),
                Change::Replace { pattern, keeps_key } => {
                    for found in pattern.places(bare) {
                        let value = parts.value.unwrap_or(parts.content);
                        if is_comment {
                            // Without its sign, it is a comment no more.
                            if found.start <= parts.content {
                                return None;
                            }
                        } else if found.start >= value && !found.is_empty() {
                            masks.push(found);
                        } else if found.end <= parts.content && !bare.is_empty() {
                            // The indentation changes.
                            return None;
                        } else if *keeps_key && found.start <= parts.content && found.end > value {
                            masks.push(value..parts.end);
                        } else {
                            is_unknown |= !bare.trim().is_empty();
                        }
                    }
                }
            }
        }
        let start = place.start;
        self.is_changed |= is_unknown || !masks.is_empty();
        if is_unknown {
            self.unknown(start, &parts, next);
            self.out.verbatim(start + parts.end..place.end);
        } else {
            masks.sort_by_key(|mask| (mask.start, mask.end));
            let mut kept = 0;
            for mask in masks {
                if mask.start >= kept && mask.start < mask.end {
                    self.out.verbatim(start + kept..start + mask.start);
                    self.out.masked(start + mask.start..start + mask.end);
                    kept = mask.end;
                }
            }
            self.out.verbatim(start + kept..place.end);
        }
        // Of what is inserted, only the value of a key that has none matters.
        if gets_more && parts.value == Some(parts.end) && !is_comment {
            self.is_changed = true;
            if !line.ends_with('\n') {
                self.out.made_up("\n");
            }
            self.fill(start..start + parts.end, line, next);
        }
        Some(())
    }

    /// Writes an unknown entry of the value of a key without one.
    fn fill(&mut self, place: Range<usize>, line: &str, next: Option<&str>) {
        let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let next = next.map(|next| (blanks(next), next.trim_start()));
        let value = next.filter(|(indent, next)| {
            *indent > blanks(line) || *indent == blanks(line) && next.starts_with("- ")
        });
        let (indent, value) = value.unwrap_or((blanks(line) + 2, ""));
        self.out.made_up(&" ".repeat(indent));
        if value.starts_with("- ") {
            self.out.made_up("- ");
        } else if !value.is_empty() {
            self.out.masked(place.clone());
            self.out.made_up(": ");
        }
        self.out.masked(place);
        self.out.made_up("\n");
    }

    /// Writes an entry of which nothing is known in place of the one in a line.
    fn unknown(&mut self, start: usize, parts: &Parts, next: Option<&str>) {
        let indent = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
        self.out.verbatim(start..start + parts.content);
        match parts.value {
            None => self.out.masked(start + parts.content..start + parts.end),
            // What follows may be its value.
            Some(value) if value == parts.end && next.is_some_and(|next| indent(next) > parts.content) => {
                self.out.masked(start + parts.content..start + parts.end);
                self.out.made_up(":");
            }
            Some(value) => {
                self.out.masked(start + parts.content..start + value);
                self.out.made_up(": ");
                self.out.masked(start + value.min(parts.end - 1)..start + parts.end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(script: &str, text: &str) -> Option<String> {
        let edits = edits(&View::whole(script));
        let steps = steps_of(&edits, "/c/config.yaml", str::to_owned);
        let view = edited(&View::whole(text), &steps)?;
        Some(view.text().chars().map(|c| if is_mask(c) { '~' } else { c }).collect())
    }

    #[test]
    fn what_is_replaced_later_is_masked() {
        let text = "cni: __CNI__\nip: [NODE_IP, é]\nmode: 0640\ntoken: server\nsan: @SAN@\nmode: \n";
        let script = "sed -i \"s/__CNI__/$CNI/; s|NODE_IP|$IP|g\" /c/config.yaml\nsudo sed -i.bak -E -e 's/^mode: .*/mode: x/' \\\n  -e 's/a.[b]/c/' /c/config.yaml\n\
                      # sed -i s/token/x/ /c/config.yaml\nsed s/server/x/ /c/config.yaml\nsed -i s/server/x/ /etc/hosts\nperl -pi -e 's#@SAN@#x#' config.yaml\n";
        let expected = "cni: ~\nip: [~, é]\nmode: ~\ntoken: server\nsan: ~\nmode: \n";
        assert_eq!(seen(script, text).as_deref(), Some(expected));
        let in_string = "ssh h \"sed -i \\\"s|__CNI__|$CNI|\\\" /c/config.yaml\"\n";
        assert_eq!(seen(in_string, "cni: __CNI__\n").as_deref(), Some("cni: ~\n"));
    }

    #[test]
    fn lines_that_are_changed_are_unknown() {
        let text = "cni: none\ntls-san:\n- a\nnode-label:\n  - b\n# c\ndebug: true\n";
        let is = |expression: &str, expected: Option<&str>| {
            let script = format!("sed -i {expression} /c/config.yaml\n");
            assert_eq!(seen(&script, text).as_deref(), expected, "{expression}");
        };
        is("'/^cni: none/d'", Some("~: ~\ntls-san:\n- a\nnode-label:\n  - b\n# c\ndebug: true\n"));
        is("'s/^cni/#&/'", Some("~: ~\ntls-san:\n- a\nnode-label:\n  - b\n# c\ndebug: true\n"));
        is("\"/^$KEY:/c\\debug: false\"", Some("~: ~\n~:\n- a\n~:\n  - b\n# c\n~: ~\n"));
        is(
            "-E 's/^(cni): .*/\\1: x/'",
            Some("cni: ~\ntls-san:\n- a\nnode-label:\n  - b\n# c\ndebug: true\n"),
        );
        is(
            "'/^tls-san:/a - d'",
            Some("cni: none\ntls-san:\n- ~\n- a\nnode-label:\n  - b\n# c\ndebug: true\n"),
        );
        is(
            "'/^node-label:$/a \\ \\ - d'",
            Some("cni: none\ntls-san:\n- a\nnode-label:\n  - ~\n  - b\n# c\ndebug: true\n"),
        );
        is("'1i server: x'", Some(text));
        is("'$a cni: x'", Some(text));
        is("'/^$/d'", Some(text));
        is("'s/^# *//'", None);
        is("'s/^ *//'", None);
        is("'/a/,/b/d'", None);
        is("-f /x.sed", None);
        is("\"$EXPRESSION\"", None);
        assert_eq!(seen("yq -i '.cni = \"x\"' /c/config.yaml\n", text), None);
        assert_eq!(seen("sed -i '$a - d' /c/config.yaml\n", "tls-san:").as_deref(), Some("tls-san:\n  ~\n"));
    }
}
