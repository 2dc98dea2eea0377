//! Lists of words that programs accept, and the syntax of flag values. Plain text in `catalog/components/words.txt` and
//! `flag-values.txt`, parsed on first use and looked up by name. Produces no findings.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::components::rows;

const WORDS: &str = include_str!("../../catalog/components/words.txt");
const FLAG_VALUES: &str = include_str!("../../catalog/components/flag-values.txt");

/// The lists of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum List {
    /// Plugins of `CoreDNS`.
    CorednsPlugins,
    /// Signals of the kubelet's eviction thresholds.
    EvictionSignals,
    /// Resources that the kubelet reserves.
    ReservableResources,
    /// TLS cipher suites by their Go names.
    TlsCiphers,
}

impl List {
    /// All lists by their names in the table.
    const NAMES: [(&'static str, Self); 4] = [
        ("coredns-plugins", Self::CorednsPlugins),
        ("eviction-signals", Self::EvictionSignals),
        ("reservable-resources", Self::ReservableResources),
        ("tls-ciphers", Self::TlsCiphers),
    ];
}

/// A list of words with an index.
#[derive(Debug, Default)]
pub struct WordList {
    words: Vec<&'static str>,
    index: HashSet<&'static str>,
}

impl WordList {
    /// Whether a word is on the list.
    pub fn has(&self, word: &str) -> bool {
        self.index.contains(word)
    }

    /// The words, in the order of the table.
    pub fn all(&self) -> &[&'static str] {
        &self.words
    }
}

/// The words of a list.
pub fn words(list: List) -> &'static WordList {
    static LISTS: LazyLock<HashMap<List, WordList>> = LazyLock::new(|| {
        let mut lists: HashMap<List, WordList> = HashMap::new();
        for (name, words) in rows(WORDS).filter_map(|row| row.split_once(' ')) {
            // A test compares the names with the table.
            let Some((_, list)) = List::NAMES.iter().find(|(known, _)| *known == name) else { continue };
            let found = lists.entry(*list).or_default();
            found.words.extend(words.split(' '));
            found.index.extend(words.split(' '));
        }
        lists
    });
    static NONE: LazyLock<WordList> = LazyLock::new(WordList::default);
    LISTS.get(&list).unwrap_or(&NONE)
}

/// The syntax of a flag's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlagValue {
    /// One of these words.
    Word(Vec<&'static str>),
    /// Some of these words, separated by commas.
    Words(Vec<&'static str>),
    /// `signal<quantity` or `signal<percent`.
    Thresholds,
    /// `signal=duration`.
    GracePeriods,
    /// `signal=quantity` or `signal=percent`.
    Reclaim,
    /// `resource=quantity`.
    Reserved,
    /// `key=value` labels.
    Labels,
    /// `key=value:Effect` taints.
    Taints,
    /// TLS cipher suites.
    Ciphers,
    /// `name=value` pairs, separated by commas.
    Pairs,
    /// One `name=value` pair, whose value may contain commas.
    Pair,
    /// A whole number.
    Integer,
    /// A whole number within inclusive bounds.
    Within(i64, i64),
    /// A quantity of bytes.
    Quantity,
    /// An IP address.
    Ip,
    /// An IP address, with or without a port.
    IpPort,
}

/// The syntax of the value of a component's flag; `None` where only its type is known.
pub fn flag_value(component: &str, flag: &str) -> Option<&'static FlagValue> {
    static ROWS: LazyLock<HashMap<&str, HashMap<&str, FlagValue>>> = LazyLock::new(|| {
        let mut by_component: HashMap<&str, HashMap<&str, FlagValue>> = HashMap::new();
        for ((component, flag), value) in rows(FLAG_VALUES).filter_map(row) {
            by_component.entry(component).or_default().insert(flag, value);
        }
        by_component
    });
    ROWS.get(component)?.get(flag)
}

fn row(line: &'static str) -> Option<((&'static str, &'static str), FlagValue)> {
    let mut parts = line.split(' ');
    let (component, flag, form) = (parts.next()?, parts.next()?, parts.next()?);
    let rest: Vec<&str> = parts.map(|part| if part == "''" { "" } else { part }).collect();
    let value = match (form, rest.as_slice()) {
        ("word", [_, ..]) => FlagValue::Word(rest),
        ("words", [_, ..]) => FlagValue::Words(rest),
        ("within", [least, most]) => FlagValue::Within(least.parse().ok()?, most.parse().ok()?),
        ("thresholds", []) => FlagValue::Thresholds,
        ("grace-periods", []) => FlagValue::GracePeriods,
        ("reclaim", []) => FlagValue::Reclaim,
        ("reserved", []) => FlagValue::Reserved,
        ("labels", []) => FlagValue::Labels,
        ("taints", []) => FlagValue::Taints,
        ("ciphers", []) => FlagValue::Ciphers,
        ("pairs", []) => FlagValue::Pairs,
        ("pair", []) => FlagValue::Pair,
        ("integer", []) => FlagValue::Integer,
        ("quantity", []) => FlagValue::Quantity,
        ("ip", []) => FlagValue::Ip,
        ("ip-port", []) => FlagValue::IpPort,
        _ => return None,
    };
    Some(((component, flag), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::components;

    #[test]
    fn every_list_is_known_has_a_source_and_no_word_twice() {
        let mut above = "";
        for line in WORDS.lines().filter(|line| !line.is_empty()) {
            if let Some((name, _)) = line.split_once(' ').filter(|_| !line.starts_with('#')) {
                assert!(List::NAMES.iter().any(|(known, _)| *known == name), "{name}");
                assert!(above.starts_with('#') || above.starts_with(name), "{name} has no source");
            }
            above = line;
        }
        for (name, list) in List::NAMES {
            let words = words(list);
            assert!(!words.words.is_empty(), "{name}");
            assert_eq!(words.words.len(), words.index.len(), "{name}");
        }
    }

    #[test]
    fn every_row_is_read_once_and_names_a_flag() {
        let mut seen = HashSet::new();
        for line in rows(FLAG_VALUES) {
            let ((component, flag), _) = row(line).unwrap_or_else(|| panic!("{line}"));
            assert!(seen.insert((component, flag)), "{line}");
            assert!(components::flag(component, flag).is_some(), "{line}");
        }
        assert_eq!(flag_value("kubelet", "oom-score-adj"), Some(&FlagValue::Within(-1000, 1000)));
        assert_eq!(flag_value("kubelet", "max-pod"), None);
    }
}
