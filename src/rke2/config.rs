//! config.yaml and its drop-ins, merged as RKE2 merges them. See docs/internals/semantics.md, Configuration.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::yaml::{Entry, Kind, NodeRef, Value, format_float, template_mark};

/// A configuration as it reaches the command line: files merged in order.
#[derive(Debug, Default)]
pub struct Merged<'a> {
    /// In the order in which the keys first occur.
    pub settings: Vec<Setting<'a>>,
    /// Assignments that a later file or key replaced.
    pub overwritten: Vec<Overwrite<'a>>,
    /// The index of each key in `settings`. A map, because a file may have very many keys.
    places: BTreeMap<Cow<'a, str>, usize>,
}

/// One key with its effective value.
#[derive(Debug)]
pub struct Setting<'a> {
    /// Without a trailing `+`.
    pub key: Cow<'a, str>,
    /// The entries that make up the value; more than one after `key+`.
    pub entries: Vec<Entry<'a>>,
    /// The nodes that become arguments: one, or one for each list element.
    pub values: Vec<NodeRef<'a>>,
    /// Whether the value is a list (also a string that was appended to).
    pub is_list: bool,
}

/// An assignment that was replaced.
#[derive(Clone, Debug)]
pub struct Overwrite<'a> {
    /// Without a trailing `+`.
    pub key: Cow<'a, str>,
    /// The entries that were replaced.
    pub earlier: Vec<Entry<'a>>,
    /// The entry that replaced them.
    pub later: Entry<'a>,
}

/// Merges the top-level maps of the main file and its drop-ins, in reading order.
pub fn merge<'a>(roots: impl IntoIterator<Item = NodeRef<'a>>) -> Merged<'a> {
    let mut merged = Merged::default();
    for root in roots {
        // A top-level merge (`<<`) adds nothing: yaml.v2 drops it when it decodes into a MapSlice.
        for entry in root.entries().filter(|entry| !entry.is_merge()) {
            merged.assign(entry);
        }
    }
    merged
}

impl<'a> Merged<'a> {
    /// The setting of a key.
    pub fn get(&self, key: &str) -> Option<&Setting<'a>> {
        self.places.get(key).map(|&place| &self.settings[place])
    }

    /// Adds settings for keys that do not have one yet.
    pub fn extend(&mut self, settings: impl IntoIterator<Item = Setting<'a>>) {
        for setting in settings {
            self.places.entry(setting.key.clone()).or_insert(self.settings.len());
            self.settings.push(setting);
        }
    }

    fn assign(&mut self, entry: Entry<'a>) {
        let written = key_name(&entry);
        let (key, append) = match written.strip_suffix('+') {
            Some(key) => (Cow::Owned(key.to_owned()), true),
            None => (written, false),
        };
        let Some(setting) = self.places.get(&key).map(|&place| &mut self.settings[place]) else {
            let (values, is_list) = elements(entry.value);
            self.extend([Setting { key, entries: vec![entry], values, is_list }]);
            return;
        };
        let (values, is_list) = elements(entry.value);
        if append {
            // Appending converts the value to a slice, which drops a null.
            setting.values.retain(|node| setting.is_list || !node.is_null());
            setting.values.extend(values.into_iter().filter(|node| is_list || !node.is_null()));
            setting.entries.push(entry);
            setting.is_list = true;
        } else {
            let earlier = std::mem::replace(&mut setting.entries, vec![entry]);
            setting.values = values;
            setting.is_list = is_list;
            self.overwritten.push(Overwrite { key, earlier, later: entry });
        }
    }
}

impl<'a> Setting<'a> {
    /// The arguments that RKE2 creates from the value; `None` for a map, which becomes Go's debug output.
    pub fn arguments(&self) -> impl DoubleEndedIterator<Item = (NodeRef<'a>, Option<Cow<'a, str>>)> {
        self.values.iter().map(|&node| (node, argument_text(node)))
    }

    /// One of the arguments.
    pub fn argument(&self, index: usize) -> Option<(NodeRef<'a>, Option<Cow<'a, str>>)> {
        self.values.get(index).map(|&node| (node, argument_text(node)))
    }

    /// The arguments whose text is known: neither maps nor placeholders.
    pub fn literals(&self) -> impl DoubleEndedIterator<Item = (NodeRef<'a>, Cow<'a, str>)> {
        self.arguments()
            .filter_map(|(node, text)| Some((node, text?)))
            .filter(|(_, text)| template_mark(text).is_none())
    }

    /// Whether the text of every argument is known.
    pub fn is_literal(&self) -> bool {
        self.literals().count() == self.values.len()
    }

    /// Whether the list contains a name; `None` when it may.
    pub fn lists(&self, name: &str) -> Option<bool> {
        let listed = self.parts().iter().any(|(_, part)| part == name);
        (listed || self.is_literal()).then_some(listed)
    }

    /// The comma-separated parts of the known arguments, including spaces around them.
    pub fn raw_parts(&self) -> Vec<(NodeRef<'a>, String)> {
        self.literals()
            .flat_map(|(node, text)| text.split(',').map(|part| (node, part.to_owned())).collect::<Vec<_>>())
            .collect()
    }

    /// The comma-separated parts of all arguments, trimmed, each with its node.
    pub fn parts(&self) -> Vec<(NodeRef<'a>, String)> {
        self.arguments()
            .filter_map(|(node, text)| Some((node, text?)))
            .flat_map(|(node, text)| {
                text.split(',').map(|part| (node, part.trim().to_owned())).collect::<Vec<_>>()
            })
            .filter(|(_, part)| !part.is_empty())
            .collect()
    }
}

impl Overwrite<'_> {
    /// Whether the replaced entries had been added with `key+`.
    pub fn of_appended(&self) -> bool {
        self.earlier.iter().any(|entry| key_name(entry).ends_with('+'))
    }

    /// Whether all entries are in one file.
    pub fn in_one_file(&self) -> bool {
        let later = self.later.key.span().file;
        self.earlier.iter().all(|entry| entry.key.span().file == later)
    }

    /// Whether the later entry is an empty list, which someone wrote to clear the earlier ones.
    pub fn clears(&self) -> bool {
        self.later.value.kind() == Kind::Sequence && self.later.value.items().len() == 0
    }

    /// The arguments that are no longer in effect; `None` when some are unknown.
    pub fn lost(&self) -> Option<Vec<String>> {
        let kept = texts(self.later)?;
        let earlier: Vec<String> =
            self.earlier.iter().map(|&entry| texts(entry)).collect::<Option<Vec<_>>>()?.concat();
        Some(earlier.into_iter().filter(|text| !kept.contains(text)).collect())
    }
}

/// The arguments of one entry; `None` when some are unknown.
fn texts(entry: Entry<'_>) -> Option<Vec<String>> {
    let known = |node| argument_text(node).filter(|text| template_mark(text).is_none()).map(Cow::into_owned);
    elements(entry.value).0.into_iter().map(known).collect()
}

/// Whether a text is a line of command-line options (`token=abc`, `--cni cilium`) rather than YAML.
pub fn is_command_line(text: &str) -> bool {
    let word = text.trim_start_matches('-');
    let dashes = text.len() - word.len();
    let end = word.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(word.len());
    let rest = &word[end..];
    let after = rest.trim_start();
    end > 0 && (after.starts_with('=') || (dashes > 0 && (rest.is_empty() || rest.starts_with(' '))))
}

/// The name of a key in RKE2: its text as for a value, trimmed; empty for a map.
pub fn key_name<'a>(entry: &Entry<'a>) -> Cow<'a, str> {
    argument_text(entry.key).unwrap_or_default()
}

/// The text that a value becomes on the command line, trimmed; `None` for a map.
pub fn argument_text(node: NodeRef<'_>) -> Option<Cow<'_, str>> {
    let mut node = node;
    // Only the first element of a nested list is used.
    while node.kind() == Kind::Sequence {
        match node.items().next() {
            Some(first) => node = first,
            None => return Some(Cow::Borrowed("")),
        }
    }
    Some(match node.value()? {
        Value::Null => Cow::Borrowed(""),
        Value::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        Value::Int(value) => Cow::Owned(value.to_string()),
        Value::UInt(value) => Cow::Owned(value.to_string()),
        Value::Float(value) => Cow::Owned(format_float(value)),
        Value::Str(Cow::Borrowed(text)) => Cow::Borrowed(text.trim()),
        Value::Str(Cow::Owned(text)) => Cow::Owned(text.trim().to_owned()),
    })
}

fn elements(value: NodeRef<'_>) -> (Vec<NodeRef<'_>>, bool) {
    match value.kind() {
        Kind::Sequence => (value.items().collect(), true),
        _ => (vec![value], false),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::source::SourceFile;
    use crate::source::Sources;
    use crate::yaml::Stream;

    /// The arguments that the files set for a key, with `!` for a map.
    fn arguments(files: &[&str], key: &str) -> Option<Vec<String>> {
        let streams: Vec<_> = files
            .iter()
            .map(|text| {
                let file = Arc::new(SourceFile::new("config.yaml", *text));
                Stream::parse(Sources::default().add(Arc::clone(&file)), &file.shared_text())
            })
            .collect();
        let merged = merge(streams.iter().filter_map(|stream| stream.documents().next()?.root()));
        let setting = merged.get(key)?;
        Some(setting.arguments().map(|(_, text)| text.map_or("!".to_owned(), Cow::into_owned)).collect())
    }

    #[test]
    fn values_become_the_arguments_of_semantics_1_4() {
        for (text, expected) in [
            ("k: v", vec!["v"]),
            ("k: [a, b]", vec!["a", "b"]),
            ("k: []", vec![]),
            ("k:", vec![""]),
            ("k: [null]", vec![""]),
            ("k: [[a, b], [c]]", vec!["a", "c"]),
            ("k: {a: b}", vec!["!"]),
            ("k: yes", vec!["true"]),
            ("k: \"yes\"", vec!["yes"]),
            ("k: 0644", vec!["420"]),
            ("k: 012345", vec!["5349"]),
            ("k: 0123456789", vec!["1.23456789e+08"]),
            ("k: 1e10", vec!["1e+10"]),
            ("k: 1_000", vec!["1000"]),
            ("k: 1.30", vec!["1.3"]),
            ("k: 12345678.0", vec!["1.2345678e+07"]),
            ("k: 123456789012345678901", vec!["1.2345678901234568e+20"]),
            ("k: 2001-01-01", vec!["2001-01-01"]),
            ("k: a=b=c", vec!["a=b=c"]),
            ("k: |\n  text\n", vec!["text"]),
            ("k: >\n  - a\n  - b\n", vec!["- a - b"]),
        ] {
            assert_eq!(arguments(&[text], "k").unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn later_files_replace_or_append() {
        let all = |files: &[&str]| arguments(files, "k").unwrap().join(" ");
        assert_eq!(all(&["k: [a]", "k: [b]"]), "b");
        assert_eq!(all(&["k: [a]", "k+: [b]"]), "a b");
        assert_eq!(all(&["k: a", "k+: b"]), "a b");
        assert_eq!(all(&["k+: [b]", "k: [a]"]), "a");
        assert_eq!(all(&["k:", "k+: [a]"]), "a");
        assert_eq!(all(&["k: [a]", "k+:"]), "a");
        assert_eq!(all(&["k: a\nk: b"]), "b");
        assert_eq!(arguments(&["k++: a"], "k+").unwrap(), ["a"]);
        assert_eq!(arguments(&["x: &x {k: 1}\n<<: *x"], "k"), None);
        // Keys are converted like values: trimmed, with floats in Go's notation.
        assert_eq!(all(&["k: a", "\"k \": b\n\u{a0}k+\u{3000}: c"]), "b c");
        assert_eq!(arguments(&["1e6: a"], "1e+06").unwrap(), ["a"]);
        assert_eq!(arguments(&["\"k +\": a"], "k ").unwrap(), ["a"]);
    }
}
