//! Helm values from several places, looked up with Helm's merge rules. See docs/internals/semantics.md, Charts.

use std::borrow::Cow;

use crate::yaml::{Entry, Kind, NodeRef};

/// What the user wrote for one chart, the strongest layer last.
#[derive(Clone, Debug, Default)]
pub struct ValueLayers<'a> {
    /// Mappings, the weakest first.
    pub layers: Vec<NodeRef<'a>>,
    /// `spec.set`: beats every layer. Path elements, key's entry.
    pub set: Vec<(Vec<String>, Entry<'a>)>,
    /// Some values cannot be seen: they are in a Secret, or the text is a template.
    pub incomplete: bool,
}

/// What the layers say of a path.
#[derive(Clone, Copy, Debug)]
pub enum Written<'a> {
    /// The user wrote it; the entry that is in force.
    Entry(Entry<'a>),
    /// Nothing written here; the deepest entry above it that is.
    Absent(Option<Entry<'a>>),
    /// A null or a scalar above it takes the chart's default away.
    Deleted(Entry<'a>),
    /// It may be written where we cannot look.
    Unknown,
}

impl<'a> ValueLayers<'a> {
    /// What is in force at a path of keys.
    pub fn lookup(&self, path: &[&str]) -> Written<'a> {
        if let Some((_, entry)) =
            self.set.iter().find(|(set, _)| set.iter().map(String::as_str).eq(path.iter().copied()))
        {
            return Written::Entry(*entry);
        }
        let mut nearest: Option<(usize, Entry<'a>)> = None;
        for layer in self.layers.iter().rev() {
            match descend(*layer, path) {
                Descent::Found(entry) => return Written::Entry(entry),
                Descent::Blocked(entry) => return Written::Deleted(entry),
                Descent::Opaque => return Written::Unknown,
                Descent::Absent(depth, entry) => {
                    if let Some(entry) = entry
                        && nearest.is_none_or(|(known, _)| depth > known)
                    {
                        nearest = Some((depth, entry));
                    }
                }
            }
        }
        if self.incomplete { Written::Unknown } else { Written::Absent(nearest.map(|(_, entry)| entry)) }
    }

    /// Whether nothing is written at a path or under it, so that the chart's defaults hold.
    pub fn is_default(&self, path: &[&str]) -> bool {
        let under = |set: &[String]| {
            set.len() >= path.len() && set.iter().zip(path).all(|(written, asked)| written == asked)
        };
        matches!(self.lookup(path), Written::Absent(_)) && !self.set.iter().any(|(set, _)| under(set))
    }

    /// The names written below a path, weakest layer first, each once.
    pub fn children(&self, path: &[&str]) -> Vec<Cow<'a, str>> {
        let mut names: Vec<Cow<'a, str>> = Vec::new();
        for layer in &self.layers {
            for field in layer.at(path).map(NodeRef::fields).unwrap_or_default() {
                let name = field.name();
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }
}

enum Descent<'a> {
    Found(Entry<'a>),
    Blocked(Entry<'a>),
    /// A template fills in what is above it.
    Opaque,
    Absent(usize, Option<Entry<'a>>),
}

fn descend<'a>(root: NodeRef<'a>, path: &[&str]) -> Descent<'a> {
    let mut node = root;
    let mut last: Option<Entry<'a>> = None;
    for (depth, key) in path.iter().enumerate() {
        if node.is_opaque() {
            return Descent::Opaque;
        }
        if node.kind() != Kind::Mapping {
            // A list or scalar here replaces whatever mapping the chart has.
            return last.map_or(Descent::Absent(depth, None), Descent::Blocked);
        }
        match node.entry(key) {
            Some(entry) => {
                node = entry.value;
                last = Some(entry);
            }
            None => return Descent::Absent(depth, last),
        }
    }
    last.map_or(Descent::Absent(0, None), Descent::Found)
}

/// Splits a key of `spec.set` into path elements: dots separate, a backslash keeps the next character.
/// A list index (`a[0].b`) becomes an element of its own.
pub fn set_path(key: &str) -> Vec<String> {
    let mut path = Vec::new();
    let mut element = String::new();
    let mut chars = key.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => element.extend(chars.next()),
            '.' => path.push(std::mem::take(&mut element)),
            '[' => {
                path.push(std::mem::take(&mut element));
                element.extend(chars.by_ref().take_while(|&c| c != ']'));
            }
            c => element.push(c),
        }
    }
    path.push(element);
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_keys_have_dots_indices_and_escapes() {
        assert_eq!(set_path("a.b"), ["a", "b"]);
        assert_eq!(set_path("a\\.b.c"), ["a.b", "c"]);
        assert_eq!(set_path("a[0].b"), ["a", "0", "b"]);
    }
}
