//! Commands of a script that append a text to a file which is not in the script: `cat FILE >> …`, the output of a loop.
//! Must not know what the files are.

use std::collections::BTreeSet;

/// Maximum number of options of a command that are read.
const MAX_OPTIONS: usize = 16;

/// The paths to which commands append, with their offsets, except for `known` offsets: the text of those commands is
/// known.
pub fn unknown<'t>(text: &'t str, known: &BTreeSet<usize>) -> impl Iterator<Item = (usize, &'t str)> {
    let redirected = text.match_indices(">>").map(|(at, sign)| at + sign.len());
    let is_word = |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'));
    let commands = text.match_indices("tee ").filter(move |(at, _)| is_word(*at));
    let piped = commands.filter_map(|(at, name)| after_options(text, at + name.len()));
    let paths = redirected.chain(piped).filter_map(move |at| path(text, at));
    paths.filter(|(at, _)| !known.contains(at))
}

/// Where the first argument after the options of a command starts, if one of them is for appending.
fn after_options(text: &str, mut at: usize) -> Option<usize> {
    let mut appends = false;
    for _ in 0..MAX_OPTIONS {
        let rest = text[at..].trim_start_matches([' ', '\t']);
        at = text.len() - rest.len();
        let option = &rest[..rest.find([' ', '\t', '\n']).unwrap_or(rest.len())];
        if !option.starts_with('-') {
            return appends.then_some(at);
        }
        appends |= matches!(option, "-a" | "--append" | "-ai" | "-ia");
        at += option.len();
    }
    None
}

/// The path that starts at an offset, without its quotes.
fn path(text: &str, at: usize) -> Option<(usize, &str)> {
    let rest = text[at..].trim_start_matches([' ', '\t', '"', '\'', '\\']);
    let at = text.len() - rest.len();
    let path =
        &rest[..rest.find(|c: char| c.is_whitespace() || "\"'\\;|&<>()".contains(c)).unwrap_or(rest.len())];
    (!path.is_empty()).then_some((at, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_whose_text_is_not_known_are_found() {
        let text = "cat a >> /c\necho b >> /d\ndone | sudo tee -a \"$X\" >/dev/null\necho c | tee /e\nx >>\n";
        let known = BTreeSet::from([text.find("/d").unwrap()]);
        let seen: Vec<_> = unknown(text, &known).map(|(_, path)| path).collect();
        assert_eq!(seen, ["/c", "$X"]);
    }
}
