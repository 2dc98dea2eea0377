//! PowerShell: here-strings that scripts for Windows agents write to RKE2's files, and shell scripts for servers.

use std::collections::HashMap;
use std::ops::Range;

use crate::unit::heredoc::expansion;
use crate::unit::{Builder, Format, Found, Host, View};

/// Scripts for Windows agents.
pub const FORMAT: Format = Format {
    name: "powershell",
    files: &[".ps1"],
    marks: &["rancher/rke2", "rancher\\rke2"],
    is_program: true,
    fits,
    read,
};

/// Folders of RKE2 without the drive; either kind of slash may be used.
const FOLDERS: &[&str] = &["/etc/rancher/rke2/", "/var/lib/rancher/rke2/"];

/// Commands, methods and operators that write a file.
const WRITERS: &[&str] = &[
    "set-content",
    "add-content",
    "out-file",
    "tee-object",
    "new-item",
    "writealltext",
    "writealllines",
    "appendalltext",
    "tee",
    ">",
    ">>",
];

/// Words that occur in scripts that set up Linux servers remotely, or run on Linux.
const LINUX: &[&str] = &["scp", "ssh", "sudo", "systemctl"];

fn fits(host: &Host<'_>) -> bool {
    host.has_extension(&["ps1"]) || host.text().trim_start().starts_with("<powershell>")
}

fn read(host: &Host<'_>, found: &mut Found) {
    let text = host.text();
    let commands = commands(text);
    let is_linux = text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| LINUX.contains(&word));
    let is_user_data = text.trim_start().starts_with("<powershell>");
    let add = |part: String, write: &Write, view: View, is_part: bool, found: &mut Found| {
        // Servers run on Linux only.
        if (write.drive || is_user_data) && !is_linux {
            found.agent();
        } else {
            found.node();
        }
        match (write.appends, is_part) {
            (true, _) => found.added_to_file(part, &write.path, &view),
            (false, true) => found.part_of_file(part, &write.path, view),
            (false, false) => found.file(part, &write.path, view),
        }
    };
    for (index, string) in strings(text).enumerate() {
        let part = format!("here-string {}", index + 1);
        let Some(write) = destination(text, &string, &commands) else {
            let body = &text[string.body.clone()];
            if body.contains("<<") && body.contains("rancher/rke2") && !is_edited(text, &string, &commands) {
                found.node();
                found.text(part, "script.sh", string.view(host.view()));
            }
            continue;
        };
        let view = string.view(host.view());
        if is_edited(text, &string, &commands) {
            found.unread(part, "PowerShell changes the text before it is written");
            continue;
        }
        let is_part = !is_alone(text, &string, &write, &commands);
        add(part, &write, view, is_part, found);
    }
    let mut writes: HashMap<String, usize> = HashMap::new();
    for write in commands.iter().filter_map(|command| command.write.as_ref()) {
        *writes.entry(write.path.to_ascii_lowercase()).or_default() += 1;
    }
    let (mut at, mut line) = (0, 1);
    for command in &commands {
        let Some((write, string)) = command.string() else { continue };
        // Several commands for one file may be in different branches.
        if writes.get(&write.path.to_ascii_lowercase()) != Some(&1) {
            continue;
        }
        line += text[at..command.at].matches('\n').count();
        at = command.at;
        let part = format!("string in line {line}");
        let view = string.view(host.view());
        add(part, write, view, gets_more(text), found);
    }
}

/// Whether the installer gets a setting that it adds to RKE2's configuration.
fn gets_more(text: &str) -> bool {
    ["RKE2_URL", "RKE2_TOKEN"].iter().any(|name| text.contains(name))
}

/// Whether a here-string is the complete content of a file: no other command writes the file, no string is appended to
/// the variable, and the installer gets no setting that it adds to RKE2's configuration.
fn is_alone(text: &str, string: &HereString, write: &Write, commands: &[Command<'_>]) -> bool {
    let writes = commands.iter().filter_map(|command| command.write.as_ref());
    let is_joined = |command: &Command<'_>| command.line.contains(['+', '`']);
    // Branches may assign one text each to the variable.
    let head = text[string.head.clone()].trim();
    let is_repeated = !head.is_empty() && text.matches(head).count() > 1;
    writes.filter(|other| other.path.eq_ignore_ascii_case(&write.path)).count() < 2
        && !is_repeated
        && !gets_more(text)
        && !uses(text, string, commands).any(is_joined)
}

/// A text between `@"` or `@'` at the end of a line and `"@` or `'@` at the start of a later one.
struct HereString {
    /// Its lines.
    body: Range<usize>,
    /// The text before it in the line where it starts.
    head: Range<usize>,
    /// The text after it in the line where it ends.
    tail: Range<usize>,
    /// Whether `$` is not expanded.
    literal: bool,
}

/// The here-strings of a script, in order. An unterminated one ends the search.
fn strings(text: &str) -> impl Iterator<Item = HereString> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(line) = text[at..].split_inclusive('\n').next() {
            let (start, bare) = (at, line.trim_end());
            at += line.len();
            let literal = bare.ends_with("@'");
            if !(literal || bare.ends_with("@\"")) || bare.trim_start().starts_with('#') {
                continue;
            }
            let close = if literal { "\n'@" } else { "\n\"@" };
            // The body may be empty: then the line break at its end is the one after the head.
            let end = start + text[start..at].strip_suffix('\n')?.len();
            let end = end + text[end..].find(close)?;
            let after = end + close.len();
            let tail = after..text[after..].find('\n').map_or(text.len(), |end| after + end);
            let body = at..(end + 1).max(at);
            let head = start..start + bare.len() - 2;
            at = tail.end.max(at);
            return Some(HereString { body, head, tail, literal });
        }
        None
    })
}

/// How a command writes a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Write {
    /// The path of the file, in its Linux form.
    path: String,
    /// Whether the path begins with a Windows drive.
    drive: bool,
    /// Whether the command appends to the file.
    appends: bool,
}

/// How a here-string is written: as stated in the line where it starts or ends, or where the variable that holds it is
/// used.
fn destination(text: &str, string: &HereString, commands: &[Command<'_>]) -> Option<Write> {
    let (head, tail) = (&text[string.head.clone()], &text[string.tail.clone()]);
    write_of(head)
        .or_else(|| write_of(tail))
        .or_else(|| uses(text, string, commands).find_map(|command| command.write.clone()))
}

/// What a command writes, if it writes one of RKE2's files.
fn write_of(line: &str) -> Option<Write> {
    let line = code(line.trim_end());
    let lower = line.to_ascii_lowercase();
    let mut words = lower.split(|c: char| c.is_whitespace() || "().:;|{}\"'".contains(c));
    // `2>&1` and `2>$null` are not writes to a file.
    let is_writer = words.any(|word| WRITERS.contains(&word) || word.starts_with('>'));
    let (drive, path) = path(line).filter(|_| is_writer)?;
    let appends = ["add-content", "-append", "appendalltext", ">>", "tee -a"];
    Some(Write { path, drive, appends: appends.iter().any(|word| lower.contains(word)) })
}

/// A line without its comment.
fn code(line: &str) -> &str {
    let is_start = |at: usize| line[..at].chars().next_back().is_none_or(|c| c.is_whitespace() || c == '<');
    let comment = line.match_indices('#').find(|(at, _)| is_start(*at));
    comment.map_or(line, |(at, _)| &line[..at])
}

/// Whether a here-string is modified before it is written, or differs from its lines: an operator or a method fills it
/// in or replaces text, or a backquote escapes a character.
fn is_edited(text: &str, string: &HereString, commands: &[Command<'_>]) -> bool {
    let body = &text[string.body.clone()];
    let is_escape = |(at, _): (usize, &str)| body[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic());
    !string.literal && body.match_indices('`').any(is_escape)
        || edits(&text[string.tail.clone()])
        || uses(text, string, commands).any(|command| command.edits)
}

fn edits(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    [" -f ", "-replace", ".replace(", "match ", "-split", "-join", ".split("]
        .iter()
        .any(|edit| line.contains(edit))
}

/// A line that names one of RKE2's files or modifies a text.
struct Command<'t> {
    /// Byte offset of the line.
    at: usize,
    line: &'t str,
    /// What it writes.
    write: Option<Write>,
    /// Whether it modifies a text.
    edits: bool,
}

/// A string on one line.
struct LineString {
    /// What is between its quotes.
    body: Range<usize>,
    /// Whether `$` and backquotes are not expanded.
    literal: bool,
}

impl Command<'_> {
    /// The string that it writes. A string in a condition is not one.
    fn string(&self) -> Option<(&Write, LineString)> {
        let write = self.write.as_ref()?;
        if ["@\"", "\"@", "@'", "'@"].iter().any(|mark| self.line.contains(mark)) {
            return None;
        }
        let all = strings_of_line(code(self.line))?;
        let (mut rest, mut at) = (String::new(), 0);
        for string in &all {
            rest.push_str(&self.line[at..string.body.start]);
            at = string.body.end;
        }
        rest.push_str(&self.line[at..]);
        let mut texts = all.into_iter().filter(|string| self.takes(write, &string.body));
        let text = texts.next().filter(|_| texts.next().is_none() && !edits(&rest) && !rest.contains('+'))?;
        let body = self.at + text.body.start..self.at + text.body.end;
        Some((write, LineString { body, ..text }))
    }

    /// Whether a string of the line is what the command writes.
    fn takes(&self, write: &Write, string: &Range<usize>) -> bool {
        let before = self.line[..string.start - 1].trim().to_ascii_lowercase();
        let after = self.line[string.end + 1..].trim_start();
        let slashed = before.replace('\\', "/");
        let is_after_path = slashed.trim_end_matches(['"', '\'']).ends_with(&write.path.to_ascii_lowercase())
            && ["set-content", "add-content"].iter().any(|name| before.contains(name));
        let is_value = before.ends_with("-value") || is_after_path;
        let next = after.strip_prefix('|').unwrap_or(after).trim_start().to_ascii_lowercase();
        let is_piped = matches!(&*before, "" | "echo" | "write-output")
            && WRITERS.iter().any(|writer| next.starts_with(writer))
            && !next.contains('|');
        let ends = after.is_empty() || after.starts_with([';', '}', '|', '>', '-']);
        (is_value && ends) || is_piped
    }
}

/// The strings of a line; `None` if one has no end there.
fn strings_of_line(line: &str) -> Option<Vec<LineString>> {
    let bytes = line.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let quote = bytes[at];
        at += 1;
        if !matches!(quote, b'"' | b'\'') {
            continue;
        }
        let start = at;
        loop {
            match bytes.get(at)? {
                b'`' if quote == b'"' => at += 2,
                byte if *byte == quote && bytes.get(at + 1) == Some(&quote) => at += 2,
                byte if *byte == quote => break,
                _ => at += 1,
            }
        }
        found.push(LineString { body: start..at, literal: quote == b'\'' });
        at += 1;
    }
    Some(found)
}

impl LineString {
    /// The text that the node gets; what PowerShell expands is masked. The command ends it with a line break.
    fn view(&self, host: &View) -> View {
        let text = &host.text()[..self.body.end];
        let mut builder = Builder::new(host);
        let (mut kept, mut at) = (self.body.start, self.body.start);
        let marks: &[char] = if self.literal { &['\''] } else { &['$', '`', '"'] };
        while let Some(next) = text[at..].find(marks).map(|next| at + next) {
            let rest = &text[next..];
            let second = rest.chars().nth(1);
            let (plain, len) = match (&rest[..1], second) {
                ("$", _) => {
                    let len = expansion(rest).map(|len| len + scope(text, next, len));
                    (None, len.unwrap_or(0))
                }
                ("`", Some('n')) => (Some("\n".to_owned()), 2),
                ("`", Some('r')) => (Some("\r".to_owned()), 2),
                ("`", Some('t')) => (Some("\t".to_owned()), 2),
                (_, Some(second)) => (Some(second.to_string()), 1 + second.len_utf8()),
                (_, None) => (None, 0),
            };
            at = next + len.max(1);
            if len == 0 {
                continue;
            }
            builder.verbatim(kept..next);
            match plain {
                Some(plain) => builder.replaced(&plain, next..at),
                None => builder.masked(next..at),
            }
            kept = at;
        }
        builder.verbatim(kept..text.len());
        builder.made_up("\n");
        builder.finish()
    }
}

/// The lines that may affect a here-string in a variable. There are few of them, and all are searched for each string.
fn commands(text: &str) -> Vec<Command<'_>> {
    let mut at = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let start = at;
        at += line.len();
        (start, line.trim_end())
    });
    let mut in_comment = false;
    let code = lines.filter(|(_, line)| {
        let was_comment = in_comment;
        in_comment = match (line.rfind("<#"), line.rfind("#>")) {
            (Some(start), end) => end.is_none_or(|end| end < start),
            (None, Some(_)) => false,
            (None, None) => in_comment,
        };
        !was_comment
    });
    let command = |(at, line)| {
        let command = Command { at, line, write: write_of(line), edits: edits(line) };
        let is_one = command.write.is_some() || command.edits || line.contains("+=") || path(line).is_some();
        is_one.then_some(command)
    };
    code.filter_map(command).collect()
}

/// The commands after a here-string that use its variable; none if it has no variable.
fn uses<'t>(
    text: &'t str,
    string: &HereString,
    commands: &'t [Command<'t>],
) -> impl Iterator<Item = &'t Command<'t>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let head = text[string.head.clone()].trim_start_matches('\u{feff}').trim();
    let name = head.strip_suffix('=').and_then(|head| head.trim_end().strip_prefix('$'));
    let name = name.filter(|name| !name.is_empty() && name.chars().all(is_name));
    let variable = name.map(|name| format!("${name}"));
    let end = string.tail.end;
    let uses = move |line: &str| {
        variable.as_deref().is_some_and(|variable| {
            line.match_indices(variable).any(|(at, _)| !line[at + variable.len()..].starts_with(is_name))
        })
    };
    commands.iter().filter(move |command| command.at >= end && uses(command.line))
}

/// Whether the path of an RKE2 file in a command begins with a drive, and the path in its Linux form.
fn path(line: &str) -> Option<(bool, String)> {
    let words = line.split([' ', '\t', '"', '\'', '(', ')', ';', '|', ',']);
    words.filter(|word| word.contains("rancher")).find_map(|word| {
        let word = word.replace('\\', "/");
        let at = FOLDERS.iter().find_map(|folder| word.to_ascii_lowercase().find(folder))?;
        let drive = &word[..at];
        (drive.is_empty() || drive.ends_with(':') || drive.starts_with('$'))
            .then(|| (is_windows(drive), word[at..].to_owned()))
    })
}

/// Whether the start of a path is a drive: a letter or Windows' variable.
fn is_windows(start: &str) -> bool {
    start.ends_with(':') || start.to_ascii_lowercase().contains("env:systemdrive")
}

impl HereString {
    /// The text that the node gets; what PowerShell expands is masked.
    fn view(&self, host: &View) -> View {
        if self.literal {
            return host.slice(self.body.clone());
        }
        let text = &host.text()[self.body.clone()];
        let mut builder = Builder::new(host);
        let (mut kept, mut at) = (0, 0);
        let start = self.body.start;
        while let Some(next) = text[at..].find(['$', '`']).map(|next| at + next) {
            // A backquote escapes the character after it.
            let escapes = text[next..].starts_with('`');
            let len = if escapes {
                Some(1)
            } else {
                expansion(&text[next..]).map(|len| len + scope(text, next, len))
            };
            at = next + len.unwrap_or(1);
            let Some(len) = len else { continue };
            builder.verbatim(start + kept..start + next);
            if escapes {
                at += text[at..].chars().next().map_or(0, char::len_utf8);
            } else {
                builder.masked(start + next..start + next + len);
            }
            kept = next + len;
        }
        builder.verbatim(start + kept..start + text.len());
        builder.finish()
    }
}

/// The length of a variable name including its scope: `$env:NAME`.
fn scope(text: &str, at: usize, len: usize) -> usize {
    let scopes = ["$env", "$global", "$local", "$private", "$script", "$using"];
    let is_scope = scopes.iter().any(|scope| text[at..at + len].eq_ignore_ascii_case(scope));
    let Some(rest) = text[at + len..].strip_prefix(':').filter(|_| is_scope) else { return 0 };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    1 + rest.find(|c| !is_name(c)).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::is_mask;

    fn read(text: &str) -> Vec<(Option<Write>, String)> {
        let host = View::whole(text);
        let masked = |string: &HereString| {
            string.view(&host).text().chars().map(|c| if is_mask(c) { '~' } else { c }).collect()
        };
        let commands = commands(text);
        strings(text).map(|string| (destination(text, &string, &commands), masked(&string))).collect()
    }

    #[test]
    fn here_strings_name_their_files() {
        let path = "/etc/rancher/rke2/config.yaml".to_owned();
        let config = Some(Write { path, drive: true, appends: false });
        for text in [
            "Set-Content -Path c:/etc/rancher/rke2/config.yaml -Value @\"\na: b\n\"@\n",
            "@'\na: b\n'@ | Out-File -FilePath \"C:\\etc\\rancher\\rke2\\config.yaml\"\n",
            "$config = @\"\r\na: b\r\n\"@\r\nSet-Content 'C:\\etc\\rancher\\rke2\\config.yaml' $config\r\n",
            "$config = @\"\na: b\n\"@\n$config | Out-File $env:SystemDrive\\etc\\rancher\\rke2\\config.yaml\n",
        ] {
            let found = read(text);
            assert_eq!(found[0].0, config, "{text}");
            assert_eq!(found[0].1.trim_end(), "a: b", "{text}");
        }
        assert!(
            read("Add-Content c:/etc/rancher/rke2/config.yaml @\"\na: b\n\"@\n")[0]
                .0
                .as_ref()
                .unwrap()
                .appends
        );
        assert_eq!(read("$a = @\"\na: b\n\"@\n$abc | Out-File c:/etc/rancher/rke2/config.yaml\n")[0].0, None);
        assert!(read("# $a = @\"\n$b = @\"\nno end\n").is_empty());
        assert_eq!(read("$a = @\"\n\"@\n").len(), 1);
        assert!(read("$a = @\"\u{a0}").is_empty());
    }

    #[test]
    fn only_a_command_that_writes_the_text_names_its_file() {
        for line in [
            "if (-not (Test-Path C:\\etc\\rancher\\rke2\\config.yaml)) { Write-Host $a }",
            "# Set-Content C:/etc/rancher/rke2/config.yaml $a",
            "Copy-Item $src C:/x # $a was > C:/etc/rancher/rke2/config.yaml",
            "<#\nSet-Content C:/etc/rancher/rke2/config.yaml $a\n#>",
            "(Get-Content C:/etc/rancher/rke2/config.yaml) -match $a",
        ] {
            assert_eq!(read(&format!("$a = @'\na: b\n'@\n{line}\n"))[0].0, None, "{line}");
        }
        let remote = "$a = @'\na: b\n'@\n$a | ssh root@n1 \"cat > /etc/rancher/rke2/config.yaml\"\n";
        assert!(!read(remote)[0].0.as_ref().unwrap().drive);
    }

    #[test]
    fn a_file_that_other_commands_write_as_well_is_open() {
        let write = "Set-Content C:/etc/rancher/rke2/config.yaml $a\n";
        for (more, alone) in [
            ("", true),
            ("Add-Content C:/etc/rancher/rke2/config.yaml 'server: x'\n", false),
            ("Test-Path C:/etc/rancher/rke2/config.yaml\n", true),
            ("$env:RKE2_URL = 'x'\n", false),
            ("$a += 'server: x'\n", false),
            ("if ($b) {\n$a = @'\nc: d\n'@\n}\n", false),
        ] {
            let text = format!("$a = @'\na: b\n'@\n{more}{write}");
            let (string, commands) = (strings(&text).next().unwrap(), commands(&text));
            let write = destination(&text, &string, &commands).unwrap();
            assert_eq!(is_alone(&text, &string, &write, &commands), alone, "{more}");
        }
    }

    #[test]
    fn a_text_that_an_operator_fills_in_is_told() {
        for (text, edited) in [
            ("$a = @\"\nt: {0}\n\"@ -f $x\n", true),
            ("$a = @\"\nt: {0}\n\"@\n$a -f $x | Out-File c:/etc/rancher/rke2/config.yaml\n", true),
            ("$a = @\"\nt: X\n\"@\n$a = $a.Replace('X', $x)\n", true),
            ("$a = @\"\nt: X\n\"@\n$b -replace 'X', $x\n", false),
            ("$a = @\"\nt: X`nu: Y\n\"@\n", true),
            ("$a = @'\nt: X`nu: Y\n'@\n", false),
            ("$a = @\"\nt: `$X\n\"@\n", false),
        ] {
            let string = strings(text).next().unwrap();
            assert_eq!(is_edited(text, &string, &commands(text)), edited, "{text}");
        }
    }

    #[test]
    fn what_powershell_fills_in_is_masked() {
        let text = "$a = @\"\ns: https://$($ip):9345\nt: $env:TOKEN\nu: `$no ${b}\nv: $c-d\n\"@\n";
        assert_eq!(read(text)[0].1, "s: https://~:9345\nt: ~\nu: $no ~\nv: ~-d\n");
        assert_eq!(read("$a = @'\na: $b\n'@\n")[0].1, "a: $b\n");
    }
}
