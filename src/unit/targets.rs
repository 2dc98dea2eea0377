//! The files that commands of a script write, and whether they write what they read. Must not know what the files are.

use super::role::runs_on_shell;
use crate::source::file_name;

/// Commands that write their input to the file they name.
const WRITERS: &[&str] = &["cat", "tee", "install", "sudo", "dd"];

/// Commands that write their first file to the second.
const COPIES: &[&str] = &["cp", "install"];

/// The file that a command with a here-document writes: the one after `>`, or the argument of `tee`.
pub fn destination<'t>(before: &'t str, after: &'t str) -> Option<&'t str> {
    let redirected = |part: &'t str| {
        // `2>&1` and `2>/dev/null` are about messages.
        let mut places = part.rmatch_indices('>').map(|(at, _)| at);
        let at = places.find(|at| !part[..*at].ends_with(['2', '&']) && !part[at + 1..].starts_with('&'))?;
        word(&part[at + 1..])
    };
    let tee = |part: &'t str| {
        let at = part.rfind("tee ")?;
        part[at + 4..]
            .split_whitespace()
            .find(|word| !word.starts_with(['-', '>', '<', '|', '&', '\\']))
            .and_then(word)
    };
    // `install -m 600 /dev/stdin FILE`
    let named = |part: &'t str| {
        let (command, rest) = part.split_once("/dev/stdin")?;
        let is_copy = command.split_whitespace().any(|word| COPIES.contains(&file_name(word)));
        word(rest).filter(|name| is_copy && name.starts_with(['/', '$']))
    };
    let writes = WRITERS.iter().any(|writer| before.split_whitespace().any(|word| word.ends_with(writer)));
    let tee_name = tee(after).or_else(|| tee(before));
    // In a Dockerfile, the text becomes a file of the image.
    if before.trim_start().starts_with("COPY ") || before.trim_start().starts_with("ADD ") {
        return after.split_whitespace().next_back().and_then(word);
    }
    if let Some(name) = named(after).or_else(|| named(before)) {
        return Some(name);
    }
    let name = tee_name
        .filter(|name| *name != "/dev/null")
        .or_else(|| redirected(after))
        .or_else(|| redirected(before));
    name.filter(|_| writes || tee_name.is_some())
}

/// Maximum number of further files of a command.
const MAX_FURTHER: usize = 8;

/// The files that a command writes in addition to its [`destination`]: further arguments of `tee`.
pub fn further_destinations<'t>(before: &'t str, after: &'t str) -> Vec<&'t str> {
    let mut names = Vec::new();
    for part in [before, after] {
        for (at, _) in part.match_indices("tee ") {
            let is_name = |word: &&str| !word.starts_with('-') && *word != "\\";
            let ends = |word: &&str| {
                !word.starts_with(['>', '<', '|', '&', ';', ')', '}', '#']) && !word.starts_with("2>")
            };
            let words = part[at + 4..].split_whitespace().take_while(ends);
            names.extend(words.filter(is_name).filter_map(word).filter(|name| name.starts_with(['/', '$'])));
        }
    }
    if names.is_empty() {
        return names;
    }
    let first = destination(before, after);
    names.retain(|name| *name != "/dev/null" && Some(*name) != first);
    names.truncate(MAX_FURTHER);
    names
}

/// Whether a command appends to the file that it writes.
pub fn is_append(command: &str) -> bool {
    let adds = |word: &str| word == "-a" || word == "--append";
    command.contains(">>") || (command.contains("tee ") && command.split_whitespace().any(adds))
}

/// Whether a here-document is what its command prints.
pub fn is_printed(before: &str, after: &str) -> bool {
    let mut words =
        before.split_whitespace().filter(|word| !matches!(*word, "{" | "(" | "then" | "do" | "else"));
    let is_cat = words.next().is_some_and(|word| file_name(word) == "cat");
    let is_message = |word: &str| matches!(word, "-" | ">&2" | "1>&2");
    is_cat && words.chain(after.split_whitespace().take_while(|word| !word.starts_with('#'))).all(is_message)
}

/// Programs that write what they read, or pass it to one that does.
const COPIERS: &[&str] =
    &["add", "bash", "cat", "copy", "cp", "dd", "envsubst", "install", "sh", "sponge", "su", "tee"];

/// Whether a command passes its here-document, or the text that is piped to it, on to its file. Any other program may
/// change it: `sed`, `base64 -d`.
pub fn is_copied(before: &str, after: &str) -> bool {
    let copies = |command: &str| {
        let ends = |c: char| c.is_whitespace() || "\"'(){}`".contains(c);
        command
            .split(ends)
            .map(file_name)
            .any(|word| COPIERS.iter().any(|copier| word.eq_ignore_ascii_case(copier)) || runs_on_shell(word))
    };
    let before = before.rsplit('|').next().unwrap_or(before);
    (before.trim().is_empty() || copies(before)) && after.split('|').skip(1).all(copies)
}

/// The first word, without quotes.
fn word(text: &str) -> Option<&str> {
    let word = text.split_whitespace().find(|word| *word != "\\")?.trim_matches(['"', '\'', ';']);
    (!word.is_empty()).then_some(word)
}
