//! PowerShell: here-strings that scripts for Windows agents write to files of RKE2.

use std::ops::Range;

use crate::unit::heredoc::expansion;
use crate::unit::{Builder, Format, Found, Host, View};

/// Scripts for Windows agents.
pub const FORMAT: Format =
    Format { name: "powershell", marks: &["rancher/rke2", "rancher\\rke2"], fits, read };

/// The start of the folder on Windows, with either slash.
const FOLDERS: &[&str] = &["/etc/rancher/rke2/", "/var/lib/rancher/rke2/"];

fn fits(host: &Host<'_>) -> bool {
    host.has_extension(&["ps1"]) || host.text().trim_start().starts_with("<powershell>")
}

fn read(host: &Host<'_>, found: &mut Found) {
    let text = host.text();
    let commands = commands(text);
    for (index, string) in strings(text).enumerate() {
        let Some((path, appends)) = destination(text, &string, &commands) else { continue };
        let view = string.view(host.view());
        let part = format!("here-string {}", index + 1);
        if is_edited(text, &string, &commands) {
            found.unread(part, "an operator of PowerShell fills in the text");
            continue;
        }
        // Servers run on Linux only.
        found.agent();
        if appends {
            found.part_of_file(part, &path, view);
        } else {
            found.file(part, &path, view);
        }
    }
}

/// A text between `@"` or `@'` at the end of a line and the same at the start of one.
struct HereString {
    /// Its lines.
    body: Range<usize>,
    /// The line that it starts in, up to it.
    head: Range<usize>,
    /// What follows its end in that line.
    tail: Range<usize>,
    /// `$` is left as it is.
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
            // The body may be empty: then its break is that of the head.
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

/// The file that a here-string is written to, and whether it is added to: said in the line that it starts or ends in,
/// or where the variable that holds it is used.
fn destination(text: &str, string: &HereString, commands: &[Command<'_>]) -> Option<(String, bool)> {
    let (head, tail) = (&text[string.head.clone()], &text[string.tail.clone()]);
    let of_line = |line: &str| {
        let appends = line.contains("Add-Content") || line.contains("-Append");
        Some((path(line)?, appends))
    };
    of_line(head).or_else(|| of_line(tail)).or_else(|| uses(text, string, commands).find_map(of_line))
}

/// Whether an operator or a method changes the text after it is written: `-f`, `-replace`, `.Replace(`.
fn is_edited(text: &str, string: &HereString, commands: &[Command<'_>]) -> bool {
    edits(&text[string.tail.clone()]) || uses(text, string, commands).any(edits)
}

fn edits(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    [" -f ", "-replace", ".replace("].iter().any(|edit| line.contains(edit))
}

/// A line that names a file of RKE2 or changes a text, with the byte where it starts.
struct Command<'t> {
    at: usize,
    line: &'t str,
}

/// The lines that may say what happens to a here-string in a variable. They are few: each string asks all of them.
fn commands(text: &str) -> Vec<Command<'_>> {
    let mut at = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let start = at;
        at += line.len();
        Command { at: start, line: line.trim_end() }
    });
    lines.filter(|command| path(command.line).is_some() || edits(command.line)).collect()
}

/// The commands after a here-string that use the variable which holds it; none without a variable.
fn uses<'t>(
    text: &'t str,
    string: &HereString,
    commands: &'t [Command<'t>],
) -> impl Iterator<Item = &'t str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let head = text[string.head.clone()].trim();
    let name = head.strip_suffix('=').and_then(|head| head.trim_end().strip_prefix('$'));
    let name = name.filter(|name| !name.is_empty() && name.chars().all(is_name));
    let variable = name.map(|name| format!("${name}"));
    let end = string.tail.end;
    let uses = move |line: &str| {
        variable.as_deref().is_some_and(|variable| {
            line.match_indices(variable).any(|(at, _)| !line[at + variable.len()..].starts_with(is_name))
        })
    };
    commands.iter().filter(move |command| command.at >= end && uses(command.line)).map(|command| command.line)
}

/// The path of a file of RKE2 in a command, as it is on Linux.
fn path(line: &str) -> Option<String> {
    let words = line.split([' ', '\t', '"', '\'', '(', ')', ';', '|', ',']);
    words.filter(|word| word.contains("rancher")).find_map(|word| {
        let word = word.replace('\\', "/");
        let at = FOLDERS.iter().find_map(|folder| word.to_ascii_lowercase().find(folder))?;
        let drive = &word[..at];
        (drive.is_empty() || drive.ends_with(':') || drive.starts_with('$')).then(|| word[at..].to_owned())
    })
}

impl HereString {
    /// What the node gets: what PowerShell fills in is masked.
    fn view(&self, host: &View) -> View {
        if self.literal {
            return host.slice(self.body.clone());
        }
        let text = &host.text()[self.body.clone()];
        let mut builder = Builder::new(host);
        let (mut kept, mut at) = (0, 0);
        let start = self.body.start;
        while let Some(next) = text[at..].find(['$', '`']).map(|next| at + next) {
            // A backquote takes the meaning from what follows it.
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

/// The length of the name after the scope of a variable: `$env:NAME`.
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

    fn read(text: &str) -> Vec<(Option<(String, bool)>, String)> {
        let host = View::whole(text);
        let masked = |string: &HereString| {
            string.view(&host).text().chars().map(|c| if is_mask(c) { '~' } else { c }).collect()
        };
        let commands = commands(text);
        strings(text).map(|string| (destination(text, &string, &commands), masked(&string))).collect()
    }

    #[test]
    fn here_strings_name_their_files() {
        let config = Some(("/etc/rancher/rke2/config.yaml".to_owned(), false));
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
            read("Add-Content c:/etc/rancher/rke2/config.yaml @\"\na: b\n\"@\n")[0].0.as_ref().unwrap().1
        );
        assert_eq!(read("$a = @\"\na: b\n\"@\n$abc | Out-File c:/etc/rancher/rke2/config.yaml\n")[0].0, None);
        assert!(read("# $a = @\"\n$b = @\"\nno end\n").is_empty());
        assert_eq!(read("$a = @\"\n\"@\n").len(), 1);
        assert!(read("$a = @\"\u{a0}").is_empty());
    }

    #[test]
    fn a_text_that_an_operator_fills_in_is_told() {
        for (text, edited) in [
            ("$a = @\"\nt: {0}\n\"@ -f $x\n", true),
            ("$a = @\"\nt: {0}\n\"@\n$a -f $x | Out-File c:/etc/rancher/rke2/config.yaml\n", true),
            ("$a = @\"\nt: X\n\"@\n$a = $a.Replace('X', $x)\n", true),
            ("$a = @\"\nt: X\n\"@\n$b -replace 'X', $x\n", false),
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
