//! Patterns of strings in the definitions of Calico's resources, by chart version: plain text in
//! `catalog/components/calico.txt`, parsed on first use. Produces no findings.

use std::sync::LazyLock;

use super::compare_versions;
use super::components::rows;

const PATTERNS: &str = include_str!("../../catalog/components/calico.txt");

/// The pattern that a string must match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Any string.
    Any,
    /// One of these, in any letter case.
    Words(Vec<&'static str>),
    /// One or more whole numbers, each with the unit `ms`, `s`, `m` or `h`.
    Duration,
}

/// Values that the templates of every version write only where they are not set: whatever the user sets goes into the
/// Installation (measured with Helm).
const FILLED_IN: [[&str; 3]; 3] = [
    ["installation", "calicoNetwork", "ipPools"],
    ["installation", "calicoNetwork", "nodeAddressAutodetectionV4"],
    ["installation", "calicoNetwork", "nodeAddressAutodetectionV6"],
];

/// Whether the templates keep a value of the Installation that is not empty.
pub fn is_filled_in(path: &[String]) -> bool {
    path == ["installation", "registry"] || FILLED_IN.iter().any(|filled| path == filled)
}

/// A value with a pattern.
#[derive(Clone, Debug)]
pub struct Row {
    /// The path of the value, joined with dots.
    pub path: &'static str,
    /// The first version of rke2-calico with the pattern.
    pub since: &'static str,
    /// The pattern.
    pub pattern: Pattern,
}

/// All rows, by path and version.
pub fn patterns() -> &'static [Row] {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| rows(PATTERNS).filter_map(row).collect());
    &ROWS
}

/// The pattern of a path in a version of rke2-calico; `None` if it is not in the table.
pub fn pattern(path: &str, version: &str) -> Option<&'static Pattern> {
    let rows = patterns().iter().filter(|row| row.path == path);
    rows.rev().find(|row| compare_versions(row.since, version).is_le()).map(|row| &row.pattern)
}

impl Pattern {
    /// Whether a string is accepted; an empty string always is.
    pub fn accepts(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Words(words) => text.is_empty() || words.iter().any(|word| word.eq_ignore_ascii_case(text)),
            Self::Duration => {
                let mut rest = text;
                while !rest.is_empty() {
                    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
                    let unit = ["ms", "s", "m", "h"].into_iter().find(|unit| after.starts_with(unit));
                    let Some(unit) = unit.filter(|_| after.len() < rest.len()) else { return false };
                    rest = &after[unit.len()..];
                }
                true
            }
        }
    }
}

fn row(line: &'static str) -> Option<Row> {
    let mut words = line.split(' ');
    let (path, since, kind) = (words.next()?, words.next()?, words.next()?);
    let pattern = match kind {
        "any" => Pattern::Any,
        "duration" => Pattern::Duration,
        "words" => Pattern::Words(words.collect()),
        _ => return None,
    };
    Some(Row { path, since, pattern })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[test]
    fn every_row_is_read_and_names_a_value_of_the_chart() {
        assert_eq!(patterns().len(), rows(PATTERNS).count());
        let chart = catalog::chart("rke2-calico").unwrap();
        for row in patterns().iter().filter(|row| row.pattern != Pattern::Any) {
            let path: Vec<&str> = row.path.split('.').collect();
            assert!(chart.at(row.since).unwrap().lookup(&path).is_accepted(), "{}", row.path);
        }
    }

    #[test]
    fn durations_are_whole_numbers() {
        for text in ["", "90s", "1m30s", "0h"] {
            assert!(Pattern::Duration.accepts(text), "{text}");
        }
        for text in ["90", "1.5s", "s", "90 s", "1d"] {
            assert!(!Pattern::Duration.accepts(text), "{text}");
        }
    }

    #[test]
    fn patterns_follow_versions() {
        let severity = |version| pattern("felixConfiguration.logSeverityScreen", version).unwrap();
        assert!(pattern("felixConfiguration.logSeverityScreen", "v3.26.300").is_none());
        assert!(!severity("v3.29.300").accepts("Trace"));
        assert!(severity("v3.30.100").accepts("trace"));
    }
}
