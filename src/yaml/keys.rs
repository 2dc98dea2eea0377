//! The keys of maps: which entries are effective, and which are duplicates. Must not parse.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::resolve::{Value, is_word_of_yaml};
use super::tree::{Content, Document, Entry, Kind, NodeId, NodeRef, Style, Tag, merged_mappings};

/// Maps with at most this many keys are compared without an allocation.
const FEW: usize = 16;

/// Maps with fewer keys are searched from the end.
const MANY: usize = 128;
/// So many keys are looked up in the large maps of a document before their positions are collected.
const FIRST_LOOKUPS: u32 = 64;

/// Where the keys of the large maps of a document are: without it, looking up each key of a map takes quadratic time.
#[derive(Debug, Default)]
pub(super) struct Positions {
    lookups: AtomicU32,
    by_map: OnceLock<HashMap<NodeId, HashMap<u64, u32>>>,
}

impl Positions {
    /// By map and hash of the key's name: the position of its last entry. Maps with merges and with keys that are
    /// collections are left out.
    fn of(document: &Document) -> HashMap<NodeId, HashMap<u64, u32>> {
        let large = document.mappings().filter(|mapping| mapping.entries().len() >= MANY);
        let positions = |mapping: NodeRef<'_>| {
            let is_plain = |entry: &Entry<'_>| entry.key.kind() == Kind::Scalar && !entry.is_merge();
            let hashes = mapping.entries().map(|entry| is_plain(&entry).then(|| hash_of(&entry.name())));
            let by_key: Option<HashMap<u64, u32>> =
                hashes.zip(0..).map(|(hash, at)| Some((hash?, at))).collect();
            Some((mapping.id, by_key?))
        };
        large.filter_map(positions).collect()
    }
}

impl Document {
    /// Whether every key is a plain string, is not a merge, and occurs once in its map. `false` means that this may not
    /// hold for some key. Cached, since rules about keys find nothing in most documents.
    pub fn has_plain_keys(&self) -> bool {
        *self.plain_keys.get_or_init(|| {
            self.mappings()
                .all(|mapping| are_distinct(mapping, |key| plain_key(key).map(str::as_bytes).map(checksum)))
        })
    }
}

/// The text of a key that YAML resolves to the same string, and that is not a merge.
fn plain_key(key: NodeRef<'_>) -> Option<&str> {
    let Content::Scalar { text, style, tag: None } = &key.document.node(key.id).content else { return None };
    let text = key.document.str(text);
    let plain = *style != Style::Plain
        || (text.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_word_of_yaml(text));
    (plain && text != "<<").then_some(text)
}

/// Whether every key of a map has a checksum, and all checksums differ.
fn are_distinct(mapping: NodeRef<'_>, sum_of: impl Fn(NodeRef<'_>) -> Option<u64>) -> bool {
    let entries = mapping.entries();
    let len = entries.len();
    let (mut few, mut many) = ([0; FEW], Vec::new());
    let sums: &mut [u64] = if len <= FEW {
        &mut few[..len]
    } else {
        many.resize(len, 0);
        &mut many
    };
    for (sum, entry) in sums.iter_mut().zip(entries) {
        let Some(of_key) = sum_of(entry.key) else { return false };
        *sum = of_key;
    }
    if len <= FEW {
        // Faster than sorting.
        return (1..len).all(|at| !sums[..at].contains(&sums[at]));
    }
    sums.sort_unstable();
    sums.windows(2).all(|pair| pair[0] != pair[1])
}

impl<'a> NodeRef<'a> {
    /// The entries in force: merges are applied in place, and the last of equal keys is kept.
    pub fn fields(self) -> Vec<Entry<'a>> {
        if self.has_plain_or_distinct_keys() {
            return self.entries().collect();
        }
        let mut fields: Vec<Entry<'a>> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        // From the end: the last entry wins, whether explicit or merged (yaml.v2 applies merges in place).
        for entry in self.entries().rev() {
            if entry.is_merge() {
                for merged in merged_mappings(entry.value) {
                    for field in merged.fields().into_iter().rev() {
                        if seen.insert(field.name()) {
                            fields.push(field);
                        }
                    }
                }
            } else if seen.insert(entry.name()) {
                fields.push(entry);
            }
        }
        fields.reverse();
        fields
    }

    /// Entries whose name occurs again in the map, each with the next entry of that name; merges are left out.
    pub fn repeated(self) -> Vec<(Entry<'a>, Entry<'a>)> {
        if self.has_plain_or_distinct_keys() {
            return Vec::new();
        }
        let plain = self.entries().filter(|entry| !entry.is_merge());
        let mut named: Vec<(Cow<'a, str>, Entry<'a>)> = plain.map(|entry| (entry.name(), entry)).collect();
        // Stable: equal names stay in their order.
        named.sort_by(|(one, _), (other, _)| one.cmp(other));
        let pairs = named.windows(2).filter(|pair| pair[0].0 == pair[1].0);
        pairs.map(|pair| (pair[0].1, pair[1].1)).collect()
    }

    /// The entry in force for a key.
    pub fn entry(self, key: &str) -> Option<Entry<'a>> {
        let Some(positions) = self.key_positions() else { return self.entry_from_end(key) };
        let entry = self.entry_at(*positions.get(&hash_of(key))?)?;
        // Another key may have the same hash.
        if entry.name() == key { Some(entry) } else { self.entry_from_end(key) }
    }

    /// The entry in force for a key, by a search.
    fn entry_from_end(self, key: &str) -> Option<Entry<'a>> {
        // Each key occurs once, and its text is its name.
        if self.document.has_plain_keys() {
            return self.entries().find(|entry| entry.key.has_text(key));
        }
        // Go may resolve a key to something other than its text. Only such keys need more than a comparison of texts.
        let odd = may_be_key_of_another_text(key);
        let plain = !odd && key.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_word_of_yaml(key);
        for entry in self.entries().rev() {
            let Content::Scalar { text, tag, .. } = &entry.key.target().content else { continue };
            let plain = plain && tag.is_none();
            // Most keys have another length: their text need not be compared.
            if plain && text.len() != key.len() && text.len() != "<<".len() {
                continue;
            }
            let text = entry.key.document.bytes(text);
            if text == b"<<" && entry.is_merge() {
                if let Some(found) = merged_mappings(entry.value).find_map(|merged| merged.entry(key)) {
                    return Some(found);
                }
            } else if plain {
                if text == key.as_bytes() {
                    return Some(entry);
                }
            } else if (text == key.as_bytes() || odd || *tag == Some(Tag::Binary)) && entry.name() == key {
                return Some(entry);
            }
        }
        None
    }

    /// Whether this is a scalar with this text.
    fn has_text(self, text: &str) -> bool {
        let Content::Scalar { text: own, .. } = &self.document.node(self.id).content else { return false };
        own.len() == text.len() && self.document.bytes(own) == text.as_bytes()
    }

    /// The position of the last entry of each key, by its hash; `None` if a search is as fast or only it can tell.
    fn key_positions(self) -> Option<&'a HashMap<u64, u32>> {
        if self.entries().len() < MANY {
            return None;
        }
        let positions = &self.document.positions;
        if positions.by_map.get().is_none()
            && positions.lookups.fetch_add(1, Ordering::Relaxed) < FIRST_LOOKUPS
        {
            return None;
        }
        positions.by_map.get_or_init(|| Positions::of(self.document)).get(&self.resolved().id)
    }

    fn entry_at(self, position: u32) -> Option<Entry<'a>> {
        let Content::Mapping { first, .. } = self.target().content else { return None };
        let (key, value) = *self.document.entries.get((first + position) as usize)?;
        let node = |id| NodeRef { document: self.document, id };
        Some(Entry { key: node(key), value: node(value) })
    }

    fn has_plain_or_distinct_keys(self) -> bool {
        self.document.has_plain_keys() || self.has_distinct_keys()
    }

    /// Whether all keys are distinct strings, from their checksums alone: `false` means that they may not be.
    fn has_distinct_keys(self) -> bool {
        are_distinct(self, |key| match key.value() {
            Some(Value::Str(text)) if text != "<<" => Some(checksum(text.as_bytes())),
            _ => None,
        })
    }
}

/// Whether a number, boolean or null with another spelling may resolve to this name.
fn may_be_key_of_another_text(key: &str) -> bool {
    matches!(key, "true" | "false" | "null" | "NaN")
        || key.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'))
}

/// A hash that few different texts share, unlike [`checksum`].
fn hash_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// A checksum: equal texts have the same one, and so may different texts.
fn checksum(text: &[u8]) -> u64 {
    let ends = match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first).rotate_left(5) ^ u64::from_le_bytes(*last),
        _ => text.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
    };
    ends.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(text.len() as u64)
}

#[cfg(test)]
mod tests {
    use crate::source::Sources;
    use crate::yaml::Stream;

    #[test]
    fn the_index_of_a_large_map_agrees_with_a_search() {
        let odd = "? [a]\n: 1\n";
        let written =
            "\"a\\u0031\": 1\n0x10: 2\nyes: 3\n~: 4\n1.50: 5\n!!binary YQ==: 6\na: 7\na: 8\n'<<': 9\n";
        let many: Vec<String> =
            (0..200).map(|index| format!("{index}: a\nk{index}: b\nk{index}: c\n")).collect();
        let many = many.concat();
        for (around, is_indexed) in [("", true), (odd, false), ("<<: {k1: merged, only: 1}\n", false)] {
            let text = format!("{written}{many}{around}");
            let stream = Stream::parse(Sources::id_at(0), &text.into());
            let map = stream.documents().next().and_then(crate::yaml::Document::root).unwrap();
            for key in ["a1", "16", "true", "null", "1.5", "a", "<<", "k1", "k199", "7", "only", "none", ""]
                .into_iter()
                .cycle()
                .take(200)
            {
                let value = |entry: Option<crate::yaml::Entry<'_>>| entry.map(|entry| entry.value.span());
                assert_eq!(value(map.entry(key)), value(map.entry_from_end(key)), "{key} with {around:?}");
            }
            assert_eq!(map.key_positions().is_some(), is_indexed, "{around:?}");
        }
    }
}
