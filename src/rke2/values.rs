//! Helm values from several places, looked up with Helm's merge rules. See docs/internals/semantics.md, Charts.

use std::borrow::Cow;

use crate::yaml::{Entry, Kind, NodeRef};

/// The values that the user set for one chart.
#[derive(Clone, Debug, Default)]
pub struct ValueLayers<'a> {
    /// Maps, lowest precedence first.
    pub layers: Vec<NodeRef<'a>>,
    /// `spec.set`, which overrides every layer: the path, and the entry.
    pub set: Vec<(Vec<String>, Entry<'a>)>,
    /// Whether some values are unknown: they are in a Secret, or the text is a template.
    pub incomplete: bool,
}

/// The result of looking up a path in the layers.
#[derive(Clone, Copy, Debug)]
pub enum Written<'a> {
    /// The user set it; this is the effective entry.
    Entry(Entry<'a>),
    /// It is not set; the entry is its deepest parent that is.
    Absent(Option<Entry<'a>>),
    /// A null, or a scalar as a parent, removes the chart's default.
    Deleted(Entry<'a>),
    /// It may be set outside the tree.
    Unknown,
}

impl<'a> ValueLayers<'a> {
    /// The effective value at a path of keys.
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

    /// Whether nothing is set at a path or under it, so that the chart's defaults apply.
    pub fn is_default(&self, path: &[&str]) -> bool {
        let under = |set: &[String]| {
            set.len() >= path.len() && set.iter().zip(path).all(|(written, asked)| written == asked)
        };
        matches!(self.lookup(path), Written::Absent(_)) && !self.set.iter().any(|(set, _)| under(set))
    }

    /// The keys set directly under a path, lowest layer first, without duplicates.
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
    /// A parent is filled in by a template.
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
            // A list or scalar here replaces the chart's whole map.
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

/// Splits a key of `spec.set` into path elements: dots separate, and a backslash escapes the next character. A list
/// index (`a[0].b`) becomes a separate element.
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
