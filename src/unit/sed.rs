//! What `sed -i` replaces in files that a script has written before: placeholders. Must not know what they stand for.

use std::ops::Range;

use super::lines::continued_lines;
use super::{Builder, View};

/// A text that a command replaces.
#[derive(Debug, PartialEq, Eq)]
pub struct Replaced<'t> {
    text: &'t str,
    /// Whether the rest of the line is replaced, too: `s/^cni: .*/…/`.
    to_end: bool,
}

/// Maximum number of replaced texts, each of which is looked for in all files.
const MAX_REPLACED: usize = 64;

/// The texts that the commands of a script replace in files. Patterns that are not a plain text are left out.
pub fn replaced(script: &str) -> Vec<Replaced<'_>> {
    let commands = continued_lines(script).map(|place| &script[place]).filter(|line| edits(line));
    commands.flat_map(patterns).filter_map(plain).take(MAX_REPLACED).collect()
}

/// Whether a command edits a file in place.
fn edits(line: &str) -> bool {
    let words = || line.split(|c: char| c.is_whitespace() || "\"'(;|&".contains(c));
    let is_option = |word: &str| {
        let short = word.strip_prefix('-').and_then(|word| word.split(['.', '=']).next());
        word.starts_with("--in-place")
            || short.is_some_and(|word| {
                word.contains('i') && word.len() < 4 && word.bytes().all(|byte| byte.is_ascii_alphabetic())
            })
    };
    words().any(|word| matches!(crate::source::file_name(word), "perl" | "sed"))
        && words().any(is_option)
        && !line.trim_start().starts_with('#')
}

/// The patterns of `s/…/…/` in a command.
fn patterns(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices('s').filter_map(|(at, _)| {
        let is_start = line[..at].ends_with([' ', '"', '\'', ';', '{', '/', '\n', '\t']);
        let rest = &line[at + 1..];
        let delimiter =
            rest.chars().next().filter(|c| c.is_ascii_punctuation() && !"\"'\\-._=".contains(*c))?;
        let pattern = rest[1..].split(delimiter).next()?;
        (is_start && pattern.len() + 1 < rest.len() && !pattern.contains('\n')).then_some(pattern)
    })
}

/// The text that a pattern matches, if it is a plain one.
fn plain(pattern: &str) -> Option<Replaced<'_>> {
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
    let text = pattern.strip_suffix(".*").unwrap_or(pattern);
    let is_plain = !text.contains(['\\', '[', ']', '*', '(', ')', '?', '+', '|', '$', '^']);
    (is_plain && text.trim().len() > 2).then_some(Replaced { text, to_end: text.len() < pattern.len() })
}

/// A text in which what is replaced later is masked.
pub fn filled_in(view: &View, replaced: &[Replaced<'_>]) -> View {
    let text = view.text();
    let places = |Replaced { text: known, to_end }: &Replaced<'_>| -> Vec<Range<usize>> {
        if !to_end {
            return text.match_indices(known).map(|(at, _)| at..at + known.len()).collect();
        }
        let mut at = 0;
        let lines = text.split_inclusive('\n').filter_map(|line| {
            let start = at;
            at += line.len();
            let rest = line.find(known).map(|found| &line[found + known.len()..])?;
            let end = start + line.trim_end_matches(['\n', '\r']).len();
            let begin = start + line.len() - rest.trim_start().len();
            (begin < end).then_some(begin..end)
        });
        lines.collect()
    };
    let mut places: Vec<Range<usize>> = replaced.iter().flat_map(places).collect();
    if places.is_empty() {
        return view.clone();
    }
    places.sort_by_key(|place| (place.start, place.end));
    let mut builder = Builder::new(view);
    let mut kept = 0;
    for place in places {
        if place.start >= kept {
            builder.verbatim(kept..place.start);
            builder.masked(place.clone());
            kept = place.end;
        }
    }
    builder.verbatim(kept..text.len());
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_replaced_later_is_masked() {
        let script = "sed -i \"s/__CNI__/$CNI/; s|NODE_IP|$IP|g\" /c\nsudo sed -i.bak -E -e 's/^mode: .*/x/' \\\n  -e 's/a.[b]/c/' /c\n\
                      # sed -i s/token/x/ /c\nsed s/server/x/ /c\nperl -pi -e 's#@SAN@#x#' /c\n";
        let replaced = replaced(script);
        let view =
            View::whole("cni: __CNI__\nip: [NODE_IP, é]\nmode: 0640\ntoken: server\nsan: @SAN@\nmode: \n");
        let view = filled_in(&view, &replaced);
        let plain: String =
            view.text().chars().map(|c| if crate::yaml::is_mask(c) { '~' } else { c }).collect();
        assert_eq!(plain, "cni: ~\nip: [~, é]\nmode: ~\ntoken: server\nsan: ~\nmode: \n");
        assert_eq!(replaced.len(), 4);
    }
}
