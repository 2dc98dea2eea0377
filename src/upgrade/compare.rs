//! Finds the findings of a later release that today's release does not have. Must not lint.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::finding::{Effect, Finding, Report, Severity};
use crate::fingerprint::{Fingerprint, fingerprints};

/// The findings of today's release.
#[derive(Debug)]
pub struct Today<'r> {
    findings: BTreeMap<Fingerprint, &'r Finding>,
    /// A summary of the findings at each place: path, start and end.
    places: BTreeMap<(&'r str, u32, u32), Known>,
}

/// A summary of the findings at one place.
#[derive(Clone, Copy, Debug)]
struct Known {
    worst: Severity,
    /// Whether all of them are about values that Helm ignores.
    is_ignored: bool,
}

impl<'r> Today<'r> {
    /// The findings of a report.
    pub fn of(report: &'r Report) -> Self {
        let names = fingerprints(&report.findings, &report.sources);
        let mut places = BTreeMap::new();
        for finding in &report.findings {
            let is_ignored = finding.effect == Some(Effect::Ignored);
            let known =
                places.entry(place(finding, report)).or_insert(Known { worst: finding.severity, is_ignored });
            known.worst = finding.severity.max(known.worst);
            known.is_ignored &= is_ignored;
        }
        Self { findings: names.into_iter().zip(&report.findings).collect(), places }
    }

    /// Whether a finding is known today, or a finding at least as severe is known at the same place.
    fn knows(&self, name: Fingerprint, finding: &Finding, report: &Report) -> bool {
        match self.findings.get(&name) {
            Some(known) => {
                let is_worse = known.effect == Some(Effect::Ignored) && is_refused(finding);
                known.severity >= finding.severity && !is_worse
            }
            // A finding with a subject is identified by the subject, so the same place is not enough.
            None if finding.subject.is_some() => false,
            None => self.places.get(&place(finding, report)).is_some_and(|known| {
                known.worst >= finding.severity && !(known.is_ignored && is_refused(finding))
            }),
        }
    }

    /// The new findings of another release: fingerprint and index in the report.
    pub fn new_in(&self, report: &Report) -> BTreeMap<Fingerprint, usize> {
        let names = fingerprints(&report.findings, &report.sources);
        let all = names.into_iter().zip(&report.findings).enumerate();
        all.filter(|(_, (name, finding))| !self.knows(*name, finding, report))
            .map(|(index, (name, _))| (name, index))
            .collect()
    }
}

fn place<'r>(finding: &Finding, report: &'r Report) -> (&'r str, u32, u32) {
    let span = finding.primary.span;
    (report.sources.get(span.file).path(), span.start, span.end)
}

/// Whether the chart fails to install with a value.
fn is_refused(finding: &Finding) -> bool {
    finding.effect == Some(Effect::Refused)
}

/// The contiguous ranges of releases, by index, in which a finding holds.
pub fn stretches(holds: impl Iterator<Item = bool>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for index in holds.enumerate().filter_map(|(index, holds)| holds.then_some(index)) {
        match found.last_mut() {
            Some(last) if last.end == index => last.end += 1,
            _ => found.push(index..index + 1),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::stretches;

    #[test]
    fn stretches_are_as_long_as_they_can_be() {
        let of = |marks: &str| stretches(marks.chars().map(|mark| mark == 'x'));
        assert_eq!(of("..xx.x"), [2..4, 5..6]);
        assert_eq!(of("xxx"), vec![0..3]);
        assert!(of("...").is_empty() && of("").is_empty());
    }
}
