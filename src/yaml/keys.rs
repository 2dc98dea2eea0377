//! The keys of maps: which entries are effective, and which are duplicates. Must not parse.

use std::borrow::Cow;

use super::resolve::{Value, is_word_of_yaml};
use super::tree::{Content, Document, Entry, NodeRef, Style, merged_mappings};

/// Maps with at most this many keys are compared without an allocation.
const FEW: usize = 16;

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

/// A checksum: equal texts have the same one, and so may different texts.
fn checksum(text: &[u8]) -> u64 {
    let ends = match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first).rotate_left(5) ^ u64::from_le_bytes(*last),
        _ => text.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
    };
    ends.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(text.len() as u64)
}
