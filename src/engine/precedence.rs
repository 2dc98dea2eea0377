//! One mistake, one finding: drops what another rule says already at the same place. This module must not know
//! any rule.

use std::collections::{BTreeMap, BTreeSet};

use super::options::Options;
use crate::finding::{Finding, RuleId};
use crate::source::{Sources, Span};

/// Drops findings whose rule yields to another one (or to a whole category) that fired at the same place or on the
/// same line: a key and its value are one place.
pub fn yield_to_others(findings: &mut Vec<Finding>, options: &Options, sources: &Sources) {
    let rules: BTreeMap<_, _> = options.rules.iter().map(|rule| (&rule.info.id, rule)).collect();
    let heeded: BTreeSet<&RuleId> = options.rules.iter().flat_map(|rule| &rule.yields_to).collect();
    // A rule that nobody switched on says nothing, so nothing may yield to it.
    let speaks = |finding: &Finding| {
        rules.get(&finding.rule).is_some_and(|rule| {
            let path = sources.get(finding.primary.span.file).path();
            !rule.off_by_default || options.levels.severity(rule, finding.severity, path).is_some()
        })
    };
    let mut places: BTreeMap<&RuleId, Vec<(RuleId, Span)>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| speaks(finding)) {
        for name in heeded.iter().filter(|name| name.covers(&finding.rule)) {
            places.entry(name).or_default().push((finding.rule.clone(), finding.primary.span));
        }
    }
    let line = |span: Span| sources.get(span.file).position(span.start as usize).line;
    let same = |a: Span, b: Span| a.file == b.file && (a.contains(b) || b.contains(a) || line(a) == line(b));
    findings.retain(|finding| {
        let others = rules.get(&finding.rule).map_or(&[][..], |rule| &rule.yields_to);
        let beaten =
            |(rule, place): &(RuleId, Span)| *rule != finding.rule && same(*place, finding.primary.span);
        !others.iter().filter_map(|other| places.get(other)).flatten().any(beaten)
    });
}
