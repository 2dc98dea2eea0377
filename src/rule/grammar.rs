//! Small grammars that Go programs accept: durations, cron expressions, versions. Pure functions of text.

use std::cmp::Ordering;

use regex_syntax::ast::{self, Ast};

use super::language_error::LanguageError;

/// Units of Go's durations in seconds.
const DURATION_UNITS: [(&str, f64); 8] = [
    ("ns", 1e-9),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("μs", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3600.0),
];

/// Whether Go's `time.ParseDuration` accepts a text: `10m`, `1h30m`, `-1.5h`, `0`. A number without a unit, other than
/// zero, is rejected.
pub fn is_go_duration(text: &str) -> bool {
    go_duration(text).is_some()
}

/// A duration in seconds; `None` if Go's `time.ParseDuration` rejects it.
pub fn go_duration(text: &str) -> Option<f64> {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    if rest == "0" {
        return Some(0.0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(number);
        let (unit, each) = DURATION_UNITS.into_iter().find(|(unit, _)| {
            after.strip_prefix(unit).is_some_and(|next| !next.starts_with(|c: char| c.is_alphabetic()))
        })?;
        seconds += digits.parse::<f64>().ok()? * each;
        rest = &after[unit.len()..];
    }
    Some(sign * seconds)
}

/// Whether Kubernetes accepts a text as a quantity: `500m`, `1.5Gi`, `2e3`, `10`.
pub fn is_quantity(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let end = unsigned.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let is_exponent = |suffix: &str| {
        suffix.strip_prefix(['e', 'E']).is_some_and(|digits| {
            let digits = digits.strip_prefix(['-', '+']).unwrap_or(digits);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    number.bytes().any(|byte| byte.is_ascii_digit())
        && number.matches('.').count() <= 1
        && (matches!(
            suffix,
            "" | "n"
                | "u"
                | "m"
                | "k"
                | "M"
                | "G"
                | "T"
                | "P"
                | "E"
                | "Ki"
                | "Mi"
                | "Gi"
                | "Ti"
                | "Pi"
                | "Ei"
        ) || is_exponent(suffix))
}

/// Whether robfig's standard cron parser accepts an expression: five fields or a descriptor, with an optional
/// `TZ=`; names of months and days, `?`, lists, ranges and steps.
pub fn is_cron(text: &str) -> bool {
    let text = text.trim();
    let text = match text.strip_prefix("TZ=").or_else(|| text.strip_prefix("CRON_TZ=")) {
        Some(rest) => match rest.split_once(char::is_whitespace) {
            Some((_, rest)) => rest.trim_start(),
            None => return false,
        },
        None => text,
    };
    if let Some(descriptor) = text.strip_prefix('@') {
        let every = descriptor.strip_prefix("every ").is_some_and(is_go_duration);
        return every
            || matches!(
                descriptor,
                "yearly" | "annually" | "monthly" | "weekly" | "daily" | "midnight" | "hourly"
            );
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let bounds: [(u32, u32, &[&str], u32); 5] =
        [(0, 59, &[], 0), (0, 23, &[], 0), (1, 31, &[], 0), (1, 12, &months, 1), (0, 6, &days, 0)];
    fields.len() == 5
        && fields.iter().zip(bounds).all(|(field, (low, high, names, first))| {
            field.split(',').all(|part| is_cron_range(part, low, high, names, first))
        })
}

fn is_cron_range(part: &str, low: u32, high: u32, names: &[&str], first: u32) -> bool {
    let value = |text: &str| -> Option<u32> {
        let lower = text.to_ascii_lowercase();
        let by_name = names.iter().position(|word| *word == lower).map(|index| index as u32 + first);
        by_name.or_else(|| text.parse().ok())
    };
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (part, None),
    };
    if step.is_some_and(|step| step.parse::<u32>().map_or(true, |step| step == 0)) {
        return false;
    }
    let ends = match range {
        "*" | "?" => Some((low, high)),
        _ => match range.split_once('-') {
            Some((from, to)) => value(from).zip(value(to)),
            None => value(range).map(|only| (only, if step.is_some() { high } else { only })),
        },
    };
    ends.is_some_and(|(from, to)| from >= low && to <= high && from <= to)
}

/// Whether Go's `regexp` certainly rejects an expression. Rust's dialect differs from Go's in details (`\Q…\E`, octal
/// escapes, literal braces and brackets), so only errors in both dialects count.
pub fn is_broken_go_regex(text: &str) -> bool {
    use ast::ErrorKind;
    if text.contains("\\Q") {
        return false;
    }
    let error = match regex_syntax::ast::parse::Parser::new().parse(text) {
        // Go treats `a{,5}` as literal text.
        Ok(ast) => return !text.contains("{,") && repeats_twice(&ast),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::UnsupportedLookAround
        | ErrorKind::GroupUnclosed
        | ErrorKind::GroupUnopened
        | ErrorKind::ClassRangeInvalid
        | ErrorKind::FlagUnrecognized
        | ErrorKind::RepetitionCountInvalid => true,
        ErrorKind::RepetitionMissing => !text.contains('{'),
        ErrorKind::ClassUnclosed => text.matches('[').count() == 1,
        ErrorKind::UnsupportedBackreference => {
            let digits =
                text.split('\\').skip(1).map(|rest| rest.bytes().take_while(u8::is_ascii_digit).count());
            !text.contains("\\0") && digits.max() == Some(1)
        }
        _ => false,
    }
}

/// `a**`, `a+*`, `a{2}*`: Go rejects a repetition of a repetition outside a group. A lazy `a*?` is one repetition.
fn repeats_twice(ast: &Ast) -> bool {
    struct Finder;
    impl ast::Visitor for Finder {
        type Output = ();
        type Err = ();

        fn finish(self) -> Result<(), ()> {
            Ok(())
        }

        fn visit_pre(&mut self, ast: &Ast) -> Result<(), ()> {
            match ast {
                Ast::Repetition(outer) if matches!(*outer.ast, Ast::Repetition(_)) => Err(()),
                _ => Ok(()),
            }
        }
    }
    ast::visit(ast, Finder).is_err()
}

/// A range of versions: comparisons separated by spaces, all of which must hold; `1.16` alone is a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRange {
    bounds: Vec<(Comparison, Vec<u64>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    AtLeast,
    AtMost,
    Above,
    Below,
    Prefix,
}

impl VersionRange {
    /// Parses a range.
    ///
    /// # Errors
    /// A comparison is invalid.
    pub fn parse(text: &str) -> Result<Self, LanguageError> {
        let bounds = text
            .split_whitespace()
            .map(|bound| {
                let (comparison, version) = [
                    (">=", Comparison::AtLeast),
                    ("<=", Comparison::AtMost),
                    (">", Comparison::Above),
                    ("<", Comparison::Below),
                    ("=", Comparison::Prefix),
                    ("", Comparison::Prefix),
                ]
                .into_iter()
                .find_map(|(sign, comparison)| Some((comparison, bound.strip_prefix(sign)?)))
                .ok_or_else(|| format!("invalid version comparison `{bound}`"))?;
                let numbers = version_numbers(version);
                if numbers.is_empty() {
                    Err(format!("invalid version comparison `{bound}`"))
                } else {
                    Ok((comparison, numbers))
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        if bounds.is_empty() { Err("empty version range".into()) } else { Ok(Self { bounds }) }
    }

    /// Whether a version lies in the range; `None` when it is not a version.
    pub fn contains(&self, version: &str) -> Option<bool> {
        let numbers = version_numbers(version);
        if numbers.is_empty() {
            return None;
        }
        Some(self.bounds.iter().all(|(comparison, bound)| {
            let order = compare(&numbers, bound);
            match comparison {
                Comparison::AtLeast => order != Ordering::Less,
                Comparison::AtMost => order != Ordering::Greater,
                Comparison::Above => order == Ordering::Greater,
                Comparison::Below => order == Ordering::Less,
                Comparison::Prefix => numbers.starts_with(bound),
            }
        }))
    }
}

/// The leading numbers of a version: `v5.15.0-91-generic` is 5, 15, 0; leading zeros are ignored.
fn version_numbers(text: &str) -> Vec<u64> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    text[..end].split('.').map_while(|part| part.parse().ok()).collect()
}

fn compare(one: &[u64], other: &[u64]) -> Ordering {
    let length = one.len().max(other.len());
    let at = |numbers: &[u64], index: usize| numbers.get(index).copied().unwrap_or(0);
    (0..length)
        .map(|index| at(one, index).cmp(&at(other, index)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_of_kubernetes() {
        for good in ["1", "500m", "1.5Gi", ".5", "5.", "2e3", "1E", "-1Ki", "100M"] {
            assert!(is_quantity(good), "{good}");
        }
        for bad in ["", "Gi", "1GB", "1gi", "1 Gi", "1.2.3", "1e", "10%", "500MB"] {
            assert!(!is_quantity(bad), "{bad}");
        }
    }

    #[test]
    fn durations_are_gos() {
        for good in ["10m", "1h30m", "-1.5h", "0", "100ms", "5µs", ".5s"] {
            assert!(is_go_duration(good), "{good}");
        }
        for bad in ["", "300", "5 minutes", "10min", "m", "1d", "1..5s", "-", ".s"] {
            assert!(!is_go_duration(bad), "{bad}");
        }
        for (text, seconds) in [("2500ms", 2.5), ("1m30s", 90.0), ("-1.5h", -5400.0), ("0", 0.0)] {
            assert!(go_duration(text).is_some_and(|found| (found - seconds).abs() < 1e-9), "{text}");
        }
    }

    #[test]
    fn cron_is_robfigs() {
        for good in [
            "0 */12 * * *",
            "*/5 * * * *",
            "0 0 1,15 * mon-fri",
            "@daily",
            "@every 1h30m",
            "TZ=UTC 0 0 * * ?",
            "0 0 1 JAN 0",
        ] {
            assert!(is_cron(good), "{good}");
        }
        for bad in [
            "",
            "* * * *",
            "0 0 * * * *",
            "60 * * * *",
            "0 24 * * *",
            "*/0 * * * *",
            "@often",
            "5-1 * * * *",
            "0 0 * * 7",
            "every day",
        ] {
            assert!(!is_cron(bad), "{bad}");
        }
    }

    #[test]
    fn expressions_that_go_refuses() {
        for broken in [
            "eth(0", "eth0)", "(?!lo).*", "(?<=a)b", "(a)\\1", "*eth", "[eth", "a**", "a+*", "a{2}*", "a???",
            "[z-a]", "(?y)a",
        ] {
            assert!(is_broken_go_regex(broken), "{broken}");
        }
        for fine in [
            "^eth[0-9]+$",
            "\\Q(\\E",
            "a{,5}",
            "x{",
            "[[]",
            "\\0",
            "(a)\\12",
            "(?i)ens.*",
            "\\.4000$",
            "",
            "a*?",
            "a??",
            "(a*)*",
            "[]*+]",
            "[**]",
            "a{,5}*",
        ] {
            assert!(!is_broken_go_regex(fine), "{fine}");
        }
    }

    #[test]
    fn version_ranges() {
        let range = |text: &str| VersionRange::parse(text).unwrap();
        assert_eq!(range(">=5.8").contains("5.15.0-91-generic"), Some(true));
        assert_eq!(range(">=5.8").contains("4.18.0"), Some(false));
        assert_eq!(range(">=1.14 <1.16").contains("1.15.500"), Some(true));
        assert_eq!(range(">=1.14 <1.16").contains("1.16.000"), Some(false));
        assert_eq!(range("1.16").contains("1.16.104"), Some(true));
        assert_eq!(range(">=1").contains("latest"), None);
        assert!(VersionRange::parse("").is_err() && VersionRange::parse("~1.2").is_err());
    }
}
