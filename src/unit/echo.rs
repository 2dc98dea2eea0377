//! Texts that `echo` and `printf` write to files in shell scripts. This module must not know what they mean.

use std::ops::Range;

use super::groups::{self, Group};
use super::lines::{MAX_LINE, boundary, continued_lines, line_after, line_before, offset};
use super::quotes::{Piece, Quote, Word, expanded_word, interpreted, printed, words};
use super::role::runs_on_shell;
use super::targets::{destination, further_destinations, is_append, is_copied};
use super::{Builder, View};

/// A text that a command writes to a file.
pub struct Written {
    /// Byte offset of the command in the script.
    pub at: usize,
    /// `echo`, `printf`, or a function of the script.
    pub command: String,
    /// The path of the file.
    pub path: String,
    /// Where the path is in the script.
    pub target: usize,
    /// Whether the command appends to the file.
    pub appends: bool,
    /// The text.
    pub view: View,
    /// The index of the group of commands that the file belongs to.
    pub group: Option<usize>,
    /// Other files that get the text, with their places in the script.
    pub further: Vec<(usize, String)>,
}

const COMMANDS: &[&str] = &["echo", "printf"];

/// Strings nested deeper are not searched for commands.
const MAX_DEPTH: usize = 4;

/// The texts that a script's commands write to files, in order. `bodies` are its here-documents, in which quotes have no
/// meaning; `groups` are its groups of commands.
pub fn writes(host: &View, bodies: &[Range<usize>], groups: &[Group<'_>]) -> Vec<Written> {
    writes_below(host, bodies, groups, 0)
}

fn writes_below(host: &View, bodies: &[Range<usize>], groups: &[Group<'_>], depth: usize) -> Vec<Written> {
    let text = host.text();
    let scripts = if depth < MAX_DEPTH { scripts(text, bodies) } else { Vec::new() };
    let is_in_string = |at: usize| {
        let next = scripts.partition_point(|script| script.range.end <= at);
        scripts.get(next).is_some_and(|script| script.range.contains(&at))
    };
    let mut functions: Vec<Function<'_>> = Vec::new();
    let mut found: Vec<Written> = Vec::new();
    for command in simple_commands(text).filter(|command| !is_in_string(command.at)) {
        match Function::around(text, &command) {
            Some(function) => functions.push(function),
            None => found.extend(written(host, command, groups)),
        }
    }
    let strings = text.match_indices("<<<").filter(|(at, _)| !is_in_string(*at));
    found.extend(strings.filter_map(|(at, _)| here_string(host, at)));
    for function in functions.iter().take(MAX_FUNCTIONS) {
        let calls = text.match_indices(function.name);
        let calls = calls.filter(|(at, name)| is_call(text, *at, name.len()) && !is_in_string(*at));
        found.extend(calls.filter_map(|(at, _)| function.call(host, at)));
    }
    found.sort_by_key(|written| written.at);
    if !scripts.is_empty() {
        let own = View::whole(host.shared_text());
        for script in &scripts {
            let places = expanded_word(&own, &script.word);
            let outer =
                |at: usize| places.outer(&(at..at + 1)).map_or(script.range.start, |place| place.start);
            let inner = expanded_word(host, &script.word);
            let inner_groups = groups::groups(inner.text());
            let mut below = writes_below(&inner, &[], &inner_groups, depth + 1);
            // These groups are not those of the whole script.
            groups::begin(below.iter_mut().map(|text| (text.group.take(), &mut text.appends)), &inner_groups);
            found.extend(below.into_iter().map(|written| {
                let (at, target) = (outer(written.at), outer(written.target));
                let further = written.further.into_iter().map(|(at, path)| (outer(at), path)).collect();
                Written { at, target, further, ..written }
            }));
        }
        found.sort_by_key(|written| written.at);
    }
    found
}

/// A command that prints its words.
struct Printer {
    at: usize,
    name: &'static str,
    words: Vec<Word>,
    /// Where the words end.
    end: usize,
}

/// The commands of a script that print their words, in order. The words of one of them are not commands.
fn simple_commands(text: &str) -> impl Iterator<Item = Printer> {
    let mut places: Vec<(usize, &'static str)> = COMMANDS
        .iter()
        .flat_map(|name| text.match_indices(name).map(|(at, _)| (at, *name)))
        .filter(|(at, name)| is_command(text, *at, name.len()))
        .collect();
    places.sort_unstable();
    let (mut line_end, mut until, mut endless) = (0, 0, 0);
    places.into_iter().filter_map(move |(at, name)| {
        // A misread quote does not change what other lines mean.
        if at < until.min(line_end) || endless == MAX_ENDLESS {
            return None;
        }
        if at >= line_end {
            line_end = at + continued_lines(&text[at..]).next().map_or(0, |line| line.end);
        }
        let Some((words, end)) = words(text, at + name.len()) else {
            endless += 1;
            return None;
        };
        until = end;
        Some(Printer { at, name, words, end })
    })
}

/// A string with commands, which the shell passes on: `ssh HOST "echo … > FILE"`.
struct Script {
    /// From its first to its last quote.
    range: Range<usize>,
    word: Word,
}

/// Maximum number of lines with a quote that does not end, because each of them is a search through the rest of the
/// script.
const MAX_ENDLESS: usize = 64;

/// The strings of a script in which there are commands, in order. Each line is read by itself, so that a misread quote
/// affects few lines: a string continues on the next line only if it is certain that a shell gets it.
fn scripts(text: &str, bodies: &[Range<usize>]) -> Vec<Script> {
    let mut found = Vec::new();
    let (mut at, mut endless, mut body) = (0, 0, 0);
    while at < text.len() && endless < MAX_ENDLESS {
        while bodies.get(body).is_some_and(|body| body.end <= at) {
            body += 1;
        }
        if let Some(body) = bodies.get(body).filter(|body| body.contains(&at)) {
            at = body.end;
            continue;
        }
        let end_of_line = |at: usize| text[at..].find('\n').map_or(text.len(), |len| at + len + 1);
        let end = end_of_line(at);
        let line = &text[at..end];
        if line.contains(['"', '\'']) && !line.trim_start().starts_with('#') {
            let until = strings(text, at..end, &mut found);
            endless += usize::from(until.is_none());
            at = until.filter(|until| *until > end).map_or(end, end_of_line);
        } else {
            at = end;
        }
    }
    found
}

/// Adds the strings with commands in a line, and returns the end of the last one; `None` if a quote does not end.
fn strings(text: &str, line: Range<usize>, found: &mut Vec<Script>) -> Option<usize> {
    let (mut at, mut is_run, mut until) = (line.start, false, line.start);
    while at < line.end {
        let (words, next) = words(text, at)?;
        // A command in a text that is printed is shown to people, unless the text is passed to a shell.
        let is_printed = words.first().and_then(|word| word.first()).is_some_and(|piece| {
            let passes = || {
                rest_of_pipeline(text, next)
                    .split_whitespace()
                    .any(|word| runs_on_shell(word.trim_matches('"')))
            };
            COMMANDS.contains(&&text[piece.range.clone()]) && !passes()
        });
        for word in words {
            let Some((first, last)) = word.first().zip(word.last()) else { continue };
            let range = first.range.start..last.range.end;
            let source = &text[range.clone()];
            if let [Piece { quote: Quote::Bare, .. }] = word.as_slice() {
                is_run |= runs_on_shell(source);
                continue;
            }
            let has_command = COMMANDS.iter().any(|command| source.contains(command));
            if source.contains('\n') && !(has_command && (is_run || source.contains("\\\""))) {
                return Some(until);
            }
            if has_command && !is_printed {
                until = range.end;
                found.push(Script { range, word });
            }
        }
        is_run &= !text[next..].starts_with([';', '&', '|']);
        at = boundary(text, next + 1);
    }
    Some(until)
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
    fn around(text: &'t str, command: &Printer) -> Option<Self> {
        let Printer { at, name, ref words, end } = *command;
        let [word] = words.as_slice() else { return None };
        let [Piece { range, .. }] = word.as_slice() else { return None };
        if name != "echo" || !["$1", "${1}", "$*", "$@"].contains(&&text[range.clone()]) {
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
    fn call(&self, host: &View, at: usize) -> Option<Written> {
        let text = host.text();
        if line_before(text, at).trim() == "function" {
            return None;
        }
        let (words, end) = words(text, at + self.name.len())?;
        let [word] = words.as_slice() else { return None };
        let mut out = Builder::new(host);
        if depends_on_shell(text, word) {
            out.masked(at..end);
        } else {
            out.append(&expanded_word(host, word));
        }
        out.made_up("\n");
        let (command, path) = (self.name.to_owned(), self.path.to_owned());
        let target = offset(text, self.path);
        let (group, further) = (None, Vec::new());
        Some(Written { at, command, path, target, appends: true, view: out.finish(), group, further })
    }
}

/// Whether a word at an offset is a command: it starts one, and is not in a comment.
fn is_command(text: &str, at: usize, len: usize) -> bool {
    let before = line_before(text, at);
    let starts = before.chars().next_back().is_none_or(|c| c.is_whitespace() || ";&|({'\"`".contains(c));
    starts && text[at + len..].starts_with([' ', '\t']) && !before.trim_start().starts_with('#')
}

/// Whether a word at an offset is the name of a function that is called.
fn is_call(text: &str, at: usize, len: usize) -> bool {
    let before = line_before(text, at).trim_end();
    let is_start = before.is_empty()
        || before.ends_with([';', '&', '|', '{', '(', '!'])
        || before.split_whitespace().next_back().is_some_and(|word| ["do", "else", "then"].contains(&word));
    is_start && is_command(text, at, len)
}

/// What follows a command on its line and on those that continue it, up to the next command that is not in its pipeline.
fn rest_of_pipeline(text: &str, at: usize) -> &str {
    let until = boundary(text, at.saturating_add(MAX_LINE).min(text.len()));
    let bytes = &text.as_bytes()[..until];
    let (mut end, mut depth, mut quote) = (at, 0_usize, None);
    while let Some(byte) = bytes.get(end) {
        match (byte, quote) {
            (b'\\', None | Some(b'"')) => end += 1,
            (byte, Some(open)) if *byte == open => quote = None,
            (b'"' | b'\'', None) => quote = Some(*byte),
            (b'(', None) => depth += 1,
            (b')', None) if depth > 0 => depth -= 1,
            (b'\n', None) if text[at..end].trim_end().ends_with('|') => {}
            (b';' | b'\n' | b')', None) => break,
            (b'#', None) if text[at..end].ends_with([' ', '\t']) => break,
            (b'&' | b'|', None) if bytes.get(end + 1) == Some(byte) => break,
            _ => {}
        }
        end += 1;
    }
    &text[at..boundary(text, end.min(until))]
}

fn written(host: &View, command: Printer, groups: &[Group<'_>]) -> Option<Written> {
    let text = host.text();
    let Printer { at, name: command, mut words, end } = command;
    // `(echo …) > FILE`
    let is_subshell = text[end..].starts_with(')') && line_before(text, at).trim_end().ends_with('(');
    let rest = rest_of_pipeline(text, end + usize::from(is_subshell));
    let group = || {
        let is_open = !rest.contains(['>', '|']);
        is_open.then(|| groups.iter().position(|group| group.body.contains(&at)))?
    };
    // `printf -v NAME` writes nothing.
    if words.first().is_some_and(|word| &text[word[0].range.clone()] == "-v") {
        return None;
    }
    let (path, appends, group) = match destination("cat", rest) {
        Some(path) => (path, is_append(rest), None),
        None => group().map(|index| (groups[index].path, true, Some(index)))?,
    };
    let mut options = String::new();
    while let Some(option) = words.first().and_then(|word| option(text, word)) {
        options.push_str(option);
        words.remove(0);
    }
    let mut out = Builder::new(host);
    let depends =
        command == "echo" && !options.contains('e') && words.iter().any(|word| depends_on_shell(text, word));
    let is_known = !depends && is_copied("", rest);
    let printed = (is_known && command == "printf").then(|| of_printf(host, &words));
    if !is_known || printed.as_ref().is_some_and(Option::is_none) {
        out.masked(at..end);
        out.made_up("\n");
    } else if let Some(printed) = printed.flatten() {
        out.append(&printed);
    } else {
        let mut line = Builder::new(host);
        for (index, word) in words.iter().enumerate() {
            line.made_up(if index > 0 { " " } else { "" });
            line.append(&expanded_word(host, word));
        }
        let line = line.finish();
        out.append(&if options.contains('e') { interpreted(&line) } else { line });
        out.made_up(if options.contains('n') { "" } else { "\n" });
    }
    let (command, target, path) = (command.to_owned(), offset(text, path), path.to_owned());
    let further = further_destinations("", rest).into_iter();
    let further = further.map(|path| (offset(text, path), path.to_owned())).collect();
    Some(Written { at, command, path, target, appends, view: out.finish(), group, further })
}

/// What a here-string is written to: `tee FILE <<< TEXT`.
fn here_string(host: &View, at: usize) -> Option<Written> {
    let text = host.text();
    let (words, _) = words(text, at + 3)?;
    let word = words.first()?;
    let last = word.last()?;
    let before = line_before(text, at);
    let separator = before.rfind([';', '&', '|', '(', '{']).map_or(0, |at| at + 1);
    let command = &before[separator..];
    if before.trim_start().starts_with('#') {
        return None;
    }
    let end = last.range.end + usize::from(last.quote != Quote::Bare);
    let rest = rest_of_pipeline(text, end);
    let path = destination(command, rest)?;
    let mut out = Builder::new(host);
    if is_copied(command, rest) && command.split_whitespace().all(|word| !word.ends_with("sh")) {
        out.append(&expanded_word(host, word));
    } else {
        out.masked(last.range.clone());
    }
    out.made_up("\n");
    let further = further_destinations(command, rest).into_iter();
    Some(Written {
        at: at - command.trim_start().len(),
        command: "<<<".to_owned(),
        path: path.to_owned(),
        target: offset(text, path),
        appends: is_append(command) || is_append(rest),
        view: out.finish(),
        group: None,
        further: further.map(|path| (offset(text, path), path.to_owned())).collect(),
    })
}

/// Whether the shell decides what `echo` writes: without `-e`, some shells interpret `\n`.
fn depends_on_shell(text: &str, word: &Word) -> bool {
    word.iter().any(|piece| piece.quote != Quote::Ansi && text[piece.range.clone()].contains("\\n"))
}

/// What `printf` writes with its arguments.
fn of_printf(host: &View, words: &[Word]) -> Option<View> {
    let text = host.text();
    let source = |word: &Word| Some(&text[word.first()?.range.start..word.last()?.range.end]);
    let words = match words.first().and_then(source) {
        Some("--") => &words[1..],
        _ => words,
    };
    let [format, arguments @ ..] = words else { return None };
    // An array, or a variable without quotes, may be any number of words.
    let is_open = |word: &Word| {
        let is_list = |text: &str| ["@", "*"].iter().any(|sign| text.contains(sign)) && text.contains('$');
        let is_split =
            |piece: &Piece| piece.quote == Quote::Bare && text[piece.range.clone()].contains(['$', '`']);
        source(word).is_some_and(is_list) || word.iter().any(is_split)
    };
    let known = (!arguments.iter().any(is_open))
        .then(|| arguments.iter().map(|word| expanded_word(host, word)).collect::<Vec<_>>());
    printed(&expanded_word(host, format), known.as_deref())
}

/// The options of a word like `-ne`.
fn option<'t>(text: &'t str, word: &Word) -> Option<&'t str> {
    let [Piece { quote: Quote::Bare, range }] = word.as_slice() else { return None };
    let options = text[range.clone()].strip_prefix('-')?;
    (!options.is_empty() && options.bytes().all(|option| b"neE".contains(&option))).then_some(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<(String, String, bool)> {
        let view = View::whole(text);
        let plain = |view: &View| {
            view.text().chars().map(|c| if crate::yaml::is_mask(c) { '~' } else { c }).collect::<String>()
        };
        let groups = groups::groups(text);
        writes(&view, &[], &groups)
            .into_iter()
            .map(|written| (written.path.clone(), plain(&written.view), written.appends))
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
            one("~\n", false)
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
    fn texts_are_what_the_shell_makes_of_them() {
        let config = "/etc/rancher/rke2/config.yaml";
        let is = |command: &str, text: &str| {
            let seen = seen(&format!("{command} > {config}\n"));
            assert_eq!(seen, [(config.to_owned(), text.to_owned(), false)], "{command}");
        };
        is(r#"echo a: \"0640\" \'b\'"#, "a: \"0640\" 'b'\n");
        is(r"echo 'a: '\''0640'\'''", "a: '0640'\n");
        is(r"echo $'a: \'b\'\nc: d'", "a: 'b'\nc: d\n");
        is("echo \"a: \\\nb\"", "a: b\n");
        is(r#"echo "a: $(b "c d" | tr ')' -)e""#, "a: ~e\n");
        is(r#"echo -e 'a: \"b\"\x41\0101'"#, "a: \\\"b\\\"AA\n");
        is(r#"printf "a: \\\\n\\nb: \042c\042%%\\n""#, "a: \\n\nb: \"c\"%\n");
        is(r"printf -- '- %s\n' a 'b c'", "- a\n- b c\n");
        is(r#"printf '%s: %s\n' cni "$CNI" debug true"#, "cni: ~\ndebug: true\n");
        is(r#"printf '- %s\n' "${SANS[@]}" x"#, "- ~\n");
        is("echo Y25pOiBjYW5hbAo= | base64 -d", "~\n");
        is("echo cni: CNI |\n  sed s/CNI/canal/", "~\n");
        is("echo cni: canal \\\n  | sudo tee /dev/null", "cni: canal\n");
    }

    #[test]
    fn strings_with_commands_are_read_as_the_other_shell_does() {
        let config = "/etc/rancher/rke2/config.yaml";
        let is = |command: &str, texts: &[&str]| {
            let seen: Vec<String> = seen(command).into_iter().map(|(_, text, _)| text).collect();
            assert_eq!(seen, texts, "{command}");
        };
        is(&format!(r#"sudo sh -c "echo 'a: \"0640\"' > {config}""#), &["a: \"0640\"\n"]);
        is(&format!(r#"bash -ec 'echo "a: '\''b'\''" > {config}'"#), &["a: 'b'\n"]);
        is(
            &format!("ssh h \"\necho \\\"a: \\$X\\\" > {config}\necho it's\n\"; echo b > {config}\n"),
            &["a: ~\n", "b\n"],
        );
        is(
            &format!(r#"ssh h "sh -c 'echo \"a: \\\"b\\\"\" > {config}'"; echo \"c\" > {config}"#),
            &["a: \"b\"\n", "\"c\"\n"],
        );
        // A misread quote does not change what other lines mean.
        is(&format!("{{# don't #}}\necho 'a: b' > {config}\n# it's\n"), &["a: b\n"]);
        is(&format!("x=\"$(echo y | ssh h)\"\necho \"$(echo z | tr a b)\" > {config}\n"), &["~\n"]);
    }

    #[test]
    fn functions_that_append_their_argument_are_followed() {
        let config = "/etc/rancher/rke2/config.yaml";
        let both = vec![
            (config.to_owned(), "cni: é\n".to_owned(), true),
            (config.to_owned(), "token: ~\n".to_owned(), true),
            (config.to_owned(), "~\n".to_owned(), true),
        ];
        for function in [
            format!("add() {{\n  echo \"$1\" >> \"{config}\"\n}}\n"),
            format!("function add {{\n\techo \"$*\" | sudo tee -a {config} > /dev/null\n}}\n"),
            format!("add() {{ echo $1 >> {config}; }}\n"),
        ] {
            let calls = "if x; then\n  add 'cni: é'\nfi\nadd \"token: $TOKEN\"\n# add 'a: b'\nadd\necho \"no add x\"; add \"a\\nb\"\n";
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
            "# echo a > /etc/rancher/rke2/config.yaml",
            "echo writes /etc/rancher/rke2/config.yaml",
            "echo \"a > /etc/rancher/rke2/config.yaml",
            "myecho a > /etc/rancher/rke2/config.yaml",
        ] {
            assert!(seen(text).is_empty(), "{text}");
        }
    }
}
