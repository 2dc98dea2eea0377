//! Findings of the releases on a path, less those of today. This module must not lint.

use std::collections::BTreeMap;

use crate::finding::{Finding, Report, Severity};
use crate::fingerprint::{Fingerprint, fingerprints};

/// Rules that report a value while it is silently ignored, and again when the chart fails to install with it.
const WORSENING: &[&str] = &[
    "cni-cilium/dead-value",
    "cni-cilium/removed-value",
    "helm-chart-config/removed-value",
    "ingress/traefik-value-renames",
];

/// What messages say of a value that has no effect.
const IGNORED: &str = "silently ignores";

/// What is wrong with the files today.
#[derive(Debug)]
pub struct Today<'r> {
    findings: BTreeMap<Fingerprint, &'r Finding>,
    /// The worst finding at each place: path, start and end.
    places: BTreeMap<(&'r str, u32, u32), Severity>,
}

impl<'r> Today<'r> {
    /// The findings of a report.
    pub fn of(report: &'r Report) -> Self {
        let names = fingerprints(&report.findings, &report.sources);
        let mut places = BTreeMap::new();
        for finding in &report.findings {
            let worst = places.entry(place(finding, report)).or_insert(finding.severity);
            *worst = finding.severity.max(*worst);
        }
        Self { findings: names.into_iter().zip(&report.findings).collect(), places }
    }

    /// Whether a finding is known today, or another one says something as bad of its place.
    fn knows(&self, name: Fingerprint, finding: &Finding, report: &Report) -> bool {
        match self.findings.get(&name) {
            Some(known) => !worsens(known, finding),
            None => self.places.get(&place(finding, report)).is_some_and(|worst| *worst >= finding.severity),
        }
    }

    /// The findings of another release that are new, by their names, each with its index.
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

/// Whether what a rule says of a place got worse.
fn worsens(today: &Finding, then: &Finding) -> bool {
    let ignored = |finding: &Finding| finding.message.contains(IGNORED);
    WORSENING.contains(&then.rule.as_str())
        && (then.severity > today.severity || (ignored(today) && !ignored(then)))
}

/// The first of the releases on the path from which on a finding of the last one holds, by its index. `new` holds the
/// new findings of each release.
pub fn first_with(name: Fingerprint, new: &[BTreeMap<Fingerprint, usize>]) -> usize {
    let holding = new.iter().rev().take_while(|findings| findings.contains_key(&name)).count();
    new.len() - holding.max(1)
}
