//! Commands of a script after which a file has no content or is not there. Must not know what the files are.

use std::ops::Range;

use super::lines::{command_lines, offset};

/// The paths of files that commands empty, remove or move away, with their offsets, in order. `bodies` are the
/// here-documents of the script.
pub fn removed<'t>(text: &'t str, bodies: &[Range<usize>]) -> Vec<(usize, &'t str)> {
    let lines = command_lines(text, bodies).map(|place| &text[place]);
    let may_remove = |line: &&str| ["rm ", "mv ", "truncate ", ">"].iter().any(|sign| line.contains(sign));
    let commands = lines.filter(may_remove).flat_map(|line| line.split([';', '&', '|', '\n']));
    commands.flat_map(of_command).map(|path| (offset(text, path), path)).collect()
}

fn unquoted(word: &str) -> &str {
    word.trim_matches(['"', '\''])
}

/// The paths of files that a command removes.
fn of_command(command: &str) -> Vec<&str> {
    let before = |word: &&str| matches!(*word, "sudo" | "then" | "do" | "else" | "{" | "(" | "!" | "command");
    let mut words = command.split_whitespace().skip_while(before);
    let Some(program) = words.next() else { return Vec::new() };
    let mut files = words.filter(|word| !word.starts_with('-')).map(unquoted);
    match program {
        "rm" => files.filter(|file| !file.contains('>')).collect(),
        "mv" => files.next().into_iter().collect(),
        "truncate" if command.contains("-s 0") || command.contains("-s0") => {
            files.last().into_iter().collect()
        }
        ":" | "true" | "cat" => {
            let Some((before, path)) = command.split_once('>') else { return Vec::new() };
            let is_empty = !before.contains('<')
                && !path.starts_with('>')
                && (program != "cat" || before.contains("/dev/null"));
            path.split_whitespace().next().filter(|_| is_empty).map(unquoted).into_iter().collect()
        }
        _ => {
            let path = program.strip_prefix('>').filter(|path| !path.starts_with('>'));
            let path = path.map(|path| if path.is_empty() { files.next() } else { Some(unquoted(path)) });
            path.flatten().into_iter().collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_without_content_are_found() {
        let text = "rm -f /a \"/b\" 2>/dev/null\nif x; then sudo mv /c /d; fi\n: > /e\n> /f\n>/g\ncat /dev/null > /h\n\
                    truncate -s 0 /i\n# rm /x\ncat /x > /x\necho a > /x\n: >> /x\necho rm /x\nchmod 1 /x && >'/j'\n";
        let seen: Vec<_> = removed(text, &[]).into_iter().map(|(_, path)| path).collect();
        assert_eq!(seen, ["/a", "/b", "/c", "/e", "/f", "/g", "/h", "/i", "/j"]);
    }
}
