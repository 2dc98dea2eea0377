//! Finds the path to a place in a YAML text from lines and indentation, so that the text need not parse. Must not know
//! the meaning of keys.

use std::ops::Range;

/// A step on the path to a place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into the value of a key.
    Key(String),
    /// Into an element of a list.
    Item,
    /// Into a block scalar, whose content is an embedded text.
    Block,
}

/// The kind of node at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A key.
    Key,
    /// The value of the last key of the path, on the same line.
    Value,
    /// An element of a list: a scalar, or the first key of a mapping.
    Item,
}

/// A place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caret {
    /// The path to the place.
    pub steps: Vec<Step>,
    /// The kind of node.
    pub slot: Slot,
    /// The byte range of the word.
    pub word: Range<usize>,
    /// The start column of the word, in bytes.
    pub column: usize,
    /// Whether a colon follows the word.
    pub has_colon: bool,
    /// The other keys of the same mapping.
    pub siblings: Vec<String>,
}

/// The structure of a line.
struct Line<'t> {
    /// The columns of the leading dashes.
    dashes: Vec<usize>,
    /// The column of the content after the dashes.
    column: usize,
    /// The key, without quotes.
    key: Option<&'t str>,
    /// The text after the colon, or the whole content if there is no key.
    value: &'t str,
}

impl<'t> Line<'t> {
    fn of(text: &'t str) -> Self {
        let mut dashes = Vec::new();
        let mut column = text.len() - text.trim_start_matches([' ', '\u{feff}']).len();
        while text[column..].starts_with('-') {
            let rest = &text[column + 1..];
            let inner = rest.trim_start_matches(' ');
            if rest.len() == inner.len() && !inner.is_empty() {
                break;
            }
            dashes.push(column);
            column = text.len() - inner.len();
        }
        let content = text[column..].trim_end();
        match split_key(content) {
            Some((key, value)) => Self { dashes, column, key: Some(key), value },
            None => Self { dashes, column, key: None, value: content },
        }
    }

    /// Whether the value is a block scalar that starts on the next line.
    fn opens_block(&self) -> bool {
        let header = self.value.split(" #").next().unwrap_or_default().trim();
        // Skip a tag or anchor before the header.
        let header = header.rsplit(' ').next().unwrap_or_default();
        header.starts_with(['|', '>'])
            && header[1..].bytes().all(|byte| matches!(byte, b'-' | b'+' | b'0'..=b'9'))
    }
}

/// The key and the value of `key: value`.
fn split_key(content: &str) -> Option<(&str, &str)> {
    if let Some(quote @ ('"' | '\'')) = content.chars().next() {
        let end = content[1..].find(quote)? + 1;
        let rest = content[end + 1..].trim_start().strip_prefix(':')?;
        return Some((&content[1..end], rest.trim()));
    }
    if content.starts_with(['#', '[', '{', '|', '>', '&', '*', '!', '%', '@']) {
        return None;
    }
    let at = content
        .match_indices(':')
        .map(|(at, _)| at)
        .find(|at| content[at + 1..].is_empty() || content[at + 1..].starts_with([' ', '\t']))?;
    Some((content[..at].trim_end(), content[at + 1..].trim()))
}

/// Whether a character may be part of a word to complete.
fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_' | '.' | '/' | '+' | '*')
}

/// The byte range of the word around a place, within its line.
fn word_at(text: &str, offset: usize) -> Range<usize> {
    let before = &text[..offset];
    let start =
        offset - before.chars().rev().take_while(|c| is_of_word(*c)).map(char::len_utf8).sum::<usize>();
    let end =
        offset + text[offset..].chars().take_while(|c| is_of_word(*c)).map(char::len_utf8).sum::<usize>();
    let word = &text[start..end];
    // The dash of a list is not part of the word.
    let is_first = text[..start].rsplit('\n').next().unwrap_or_default().trim_matches([' ', '-']).is_empty();
    if is_first && word == "-" { offset.max(start + 1).min(end)..end } else { start..end }
}

impl Caret {
    /// The place at a byte offset; `None` inside comments, quotes and flow mappings.
    pub fn at(text: &str, offset: usize) -> Option<Self> {
        let word = word_at(text, offset);
        let line_start = text[..word.start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[word.end..].find(['\n', '\r']).map_or(text.len(), |at| word.end + at);
        let before = &text[line_start..word.start];
        let line = Line::of(before);
        let rest = text[word.end..line_end].trim_end();
        let has_colon = rest.trim_start_matches(['"', '\'']).starts_with(':');
        let above: Vec<&str> = text[..line_start].split_terminator('\n').collect();
        let column = word.start - line_start;
        let mut climb = Climb { steps: Vec::new(), limit: column, in_item: false };
        let slot = match line.key {
            Some(_) if line.value.contains(['#', '{', '"', '\'']) => return None,
            Some(key) => {
                climb.key(key, line.column, false);
                Slot::Value
            }
            None if line.value.is_empty() && !line.dashes.is_empty() => Slot::Item,
            None if line.value.is_empty() => Slot::Key,
            None => return None,
        };
        for &dash in line.dashes.iter().rev() {
            climb.item(dash);
        }
        climb.over(&above);
        climb.steps.reverse();
        let below: Vec<&str> = text[line_end..].split('\n').skip(1).collect();
        let siblings = if slot == Slot::Value {
            Vec::new()
        } else {
            let starts_item = !line.dashes.is_empty();
            siblings(if starts_item { &[] } else { &above }, &below, column)
        };
        Some(Self { steps: climb.steps, slot, word, column, has_colon, siblings })
    }

    /// Splits the steps at the last block scalar.
    pub fn parts(steps: &[Step]) -> (&[Step], &[Step]) {
        match steps.iter().rposition(|step| *step == Step::Block) {
            Some(at) => (&steps[..at], &steps[at + 1..]),
            None => (&[], steps),
        }
    }
}

/// The state of a walk upwards through the lines above a place.
struct Climb {
    /// The steps so far, innermost first.
    steps: Vec<Step>,
    /// The next parent must start to the left of this column.
    limit: usize,
    /// The last step was into a list, whose key may be at the same column.
    in_item: bool,
}

impl Climb {
    fn key(&mut self, key: &str, column: usize, block: bool) {
        if block {
            self.steps.push(Step::Block);
        }
        self.steps.push(Step::Key(key.to_owned()));
        self.limit = column;
        self.in_item = false;
    }

    fn item(&mut self, column: usize) {
        self.steps.push(Step::Item);
        self.limit = column;
        self.in_item = true;
    }

    fn over(&mut self, above: &[&str]) {
        for text in above.iter().rev() {
            let text = text.trim_end();
            if text.starts_with("---") || (self.limit == 0 && !self.in_item) {
                return;
            }
            let line = Line::of(text);
            if text[line.column..].is_empty() && line.dashes.is_empty()
                || text[line.column..].starts_with('#')
            {
                continue;
            }
            if let Some(key) = line.key {
                let is_list = self.in_item && line.column == self.limit && line.value.is_empty();
                if line.column < self.limit || is_list {
                    self.key(key, line.column, line.opens_block());
                }
            }
            for &dash in line.dashes.iter().rev() {
                if dash < self.limit {
                    self.item(dash);
                }
            }
        }
    }
}

/// The keys at a column around a place, up to the next less indented line in either direction.
fn siblings(above: &[&str], below: &[&str], column: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut gather = |lines: &mut dyn Iterator<Item = &&str>, up: bool| {
        for text in lines {
            let text = text.trim_end();
            let line = Line::of(text);
            if text.trim().is_empty() || text[line.column..].starts_with('#') {
                continue;
            }
            let first = line.dashes.first().copied().unwrap_or(line.column);
            if text.starts_with("---") || line.column < column {
                return;
            }
            // In a list of mappings, only the element around the place counts.
            if first < column && !up {
                return;
            }
            if line.column == column {
                found.extend(line.key.map(str::to_owned));
            }
            if first < column {
                return;
            }
        }
    };
    gather(&mut above.iter().rev(), true);
    gather(&mut below.iter(), false);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place at the `^` of a text.
    fn at(text: &str) -> Option<(String, Slot, Vec<String>)> {
        let offset = text.find('^').unwrap();
        let caret = Caret::at(&text.replacen('^', "", 1), offset)?;
        let words = caret.steps.iter().map(|step| match step {
            Step::Key(key) => key.clone(),
            Step::Item => "-".to_owned(),
            Step::Block => "|".to_owned(),
        });
        Some((words.collect::<Vec<_>>().join("/"), caret.slot, caret.siblings))
    }

    fn path(text: &str) -> String {
        at(text).unwrap().0
    }

    #[test]
    fn a_path_is_told_by_indentation() {
        assert_eq!(path("^"), "");
        assert_eq!(path("a:\n  b:\n    c^"), "a/b");
        assert_eq!(path("a:\n  b: 1\n  ^\nd: 1\n"), "a");
        assert_eq!(path("a:\n  - b: 1\n    c^"), "a/-");
        assert_eq!(path("a:\n- b^"), "a/-");
        assert_eq!(path("a:\n- b: 1\n- c: ^"), "a/-/c");
        assert_eq!(path("x: 1\n---\na:\n  ^"), "a");
        assert_eq!(
            path("spec:\n  valuesContent: |-\n    # c\n    hubble:\n      rel^"),
            "spec/valuesContent/|/hubble"
        );
        assert_eq!(path("a: !x |2-\n  b^"), "a/|");
        assert_eq!(path("a:\n  - - b^"), "a/-/-");
    }

    #[test]
    fn what_is_broken_around_does_not_matter() {
        assert_eq!(path("a: \"\nb: [\nc:\n  d:\n\n    ^\n  e: }"), "c/d");
    }

    #[test]
    fn slots_are_told_apart() {
        assert_eq!(at("a: ^").unwrap().1, Slot::Value);
        assert_eq!(at("a: [b, ^").unwrap().1, Slot::Value);
        assert_eq!(at("a:\n  - ^").unwrap().1, Slot::Item);
        assert_eq!(at("# a^"), None);
        assert_eq!(at("a: 'b^"), None);
    }

    #[test]
    fn siblings_are_those_of_the_same_mapping() {
        let siblings = |text: &str| at(text).unwrap().2;
        assert_eq!(siblings("a:\n  b: 1\n  c:\n    d: 1\n  ^\n  e: 1\nf: 1\n"), ["c", "b", "e"]);
        assert_eq!(siblings("a:\n  - b: 1\n    ^\n    c: 1\n  - d: 1\n"), ["b", "c"]);
    }
}
