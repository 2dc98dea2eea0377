//! Identifies findings by content, so that they are recognized when lines move. Must not print.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use crate::finding::{Finding, RuleId};
use crate::source::Sources;

/// Identifies a finding: the same for the same rule, path and text, regardless of where that text is in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(u128);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The fingerprint of each finding, in the same order; all are distinct.
///
/// A fingerprint consists of the rule, the path, the text of the lines and of the span itself (runs of white space
/// count as one space), the finding's subject, and the number of earlier findings that are equal in all of these.
/// Messages are not included: they name releases and change between versions of the tool. For a finding about a whole
/// file, only rule and path are used.
pub fn fingerprints(findings: &[Finding], sources: &Sources) -> Vec<Fingerprint> {
    fingerprints_named(findings, sources, Cow::Borrowed, RuleId::as_str)
}

/// Like [`fingerprints`], with other names for files, so that fingerprints do not depend on the working directory, and
/// for rules.
pub fn fingerprints_named<'p>(
    findings: impl IntoIterator<Item = &'p Finding>,
    sources: &'p Sources,
    name: impl Fn(&'p str) -> Cow<'p, str>,
    rule: impl Fn(&'p RuleId) -> &'p str,
) -> Vec<Fingerprint> {
    let mut seen: HashMap<u128, u32> = HashMap::new();
    let number = |finding: &'p Finding| {
        let path = name(sources.get(finding.primary.span.file).path());
        let content = content(finding, rule(&finding.rule), &path, sources);
        let occurrence = seen.entry(content.0).or_default();
        *occurrence += 1;
        Fingerprint(content.with(&occurrence.to_string()).0)
    };
    findings.into_iter().map(number).collect()
}

fn content(finding: &Finding, rule: &str, path: &str, sources: &Sources) -> Fnv {
    let span = finding.primary.span;
    let file = sources.get(span.file);
    let hash = Fnv::new().with(rule).with(path);
    let hash = finding.subject.iter().fold(hash, |hash, subject| hash.with(subject));
    if span.start == 0 && span.end == 0 {
        return hash;
    }
    let first = file.position(span.start as usize).line;
    let last = file.position(span.end.max(span.start + 1) as usize - 1).line;
    let start = file.line_range(first).map_or(0, |line| line.start);
    let end = file.line_range(last).map_or(file.text().len(), |line| line.end);
    let lines = file.text().get(start..end).unwrap_or_default();
    hash.with_words(lines).with_words(sources.slice(span))
}

/// FNV-1a with 128 bits. Unlike the standard hasher, it is stable across versions of the compiler and the tool.
#[derive(Clone, Copy)]
struct Fnv(u128);

impl Fnv {
    fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    /// Adds a field, terminated by a byte that does not occur in UTF-8.
    fn with(self, field: &str) -> Self {
        self.bytes(field.as_bytes()).bytes(&[0xff])
    }

    /// Adds a field, ignoring differences in white space.
    fn with_words(self, field: &str) -> Self {
        field
            .split_whitespace()
            .fold(self, |hash, word| hash.bytes(word.as_bytes()).bytes(b" "))
            .bytes(&[0xff])
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        bytes.iter().fold(self, |Self(hash), &byte| {
            Self((hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::finding::{Label, RuleId, Severity};
    use crate::source::{SourceFile, Span};

    /// The fingerprint of a finding at each place of `needle`.
    fn of(text: &str, needle: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let file = sources.add(Arc::new(SourceFile::new("a.yaml", text)));
        let findings: Vec<Finding> = text
            .match_indices(needle)
            .map(|(at, _)| Finding {
                rule: RuleId::new("a/b"),
                severity: Severity::Error,
                message: format!("at {at}"),
                primary: Label { span: Span::new(file, at, at + needle.len()), message: String::new() },
                related: Vec::new(),
                help: None,
                fix: None,
                notes: Vec::new(),
                unit: None,
                effect: None,
                subject: None,
            })
            .collect();
        fingerprints(&findings, &sources).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn moved_and_reindented_lines_keep_their_name() {
        assert_eq!(of("cni: x\n", "x"), of("# new\r\n\r\n  cni:   x\r\n", "x"));
    }

    #[test]
    fn other_text_has_another_name() {
        assert_ne!(of("cni: x\n", "x"), of("cmi: x\n", "x"));
        assert_ne!(of("[ab, cd]", "ab"), of("[ab, cd]", "cd"));
    }

    #[test]
    fn equal_lines_are_counted() {
        let names = of("- x\n- x\n", "x");
        assert_ne!(names[0], names[1]);
        assert_eq!(names[0], of("- x\n", "x")[0]);
    }

    #[test]
    fn names_do_not_change_between_versions() {
        // A change of this value breaks all baselines: if it is necessary, increase the version in the baseline file.
        assert_eq!(of("cni: x\n", "x"), ["2f6dc02ce5c6f4f19297950f73fb8c45"]);
    }
}
