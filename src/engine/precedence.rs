//! Drops findings that repeat another rule's at the same place, so that one mistake gives one finding. Must not know
//! any rule.

use std::collections::{BTreeMap, BTreeSet};

use super::options::Options;
use crate::finding::{Finding, RuleId};
use crate::source::{FileId, Sources, Span};

/// Drops findings whose rule yields to another rule or category that has a finding at the same place or on the same
/// line: a key and its value count as one place.
pub fn yield_to_others(findings: &mut Vec<Finding>, options: &Options, sources: &Sources) {
    let rules: BTreeMap<_, _> = options.rules.iter().map(|rule| (&rule.info.id, rule)).collect();
    let heeded: BTreeSet<&RuleId> = options.rules.iter().flat_map(|rule| &rule.yields_to).collect();
    // A disabled rule does not report anything, so no other rule yields to it.
    let speaks = |finding: &Finding| {
        rules.get(&finding.rule).is_some_and(|rule| {
            let path = sources.get(finding.primary.span.file).path();
            !rule.off_by_default || options.levels.severity(rule, finding.severity, path).is_some()
        })
    };
    let line = |span: Span| sources.get(span.file).position(span.start as usize).line;
    let mut places: BTreeMap<(&RuleId, FileId), Places> = BTreeMap::new();
    let mut names: BTreeMap<&RuleId, Vec<&RuleId>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| speaks(finding)) {
        let span = finding.primary.span;
        let covering = || heeded.iter().copied().filter(|name| name.covers(&finding.rule)).collect();
        for &name in &*names.entry(&finding.rule).or_insert_with(covering) {
            let place = (span.start, span.end, line(span), finding.rule.clone());
            places.entry((name, span.file)).or_default().add(place);
        }
    }
    places.values_mut().for_each(Places::sort);
    findings.retain(|finding| {
        let span = finding.primary.span;
        let others = rules.get(&finding.rule).map_or(&[][..], |rule| &rule.yields_to);
        let mut there = others.iter().filter_map(|other| places.get(&(other, span.file)));
        !there.any(|places| places.hold(span, line(span), &finding.rule))
    });
}

/// The places of the findings of one rule or category in one file.
#[derive(Default)]
struct Places {
    /// Start, end, line of the start, rule; sorted.
    sorted: Vec<(u32, u32, usize, RuleId)>,
    longest: u32,
}

impl Places {
    fn add(&mut self, place: (u32, u32, usize, RuleId)) {
        self.longest = self.longest.max(place.1 - place.0);
        self.sorted.push(place);
    }

    fn sort(&mut self) {
        self.sorted.sort();
    }

    /// Whether another rule has a finding at a place, inside it, around it, or on its line.
    fn hold(&self, span: Span, line: usize, rule: &RuleId) -> bool {
        let is_other = |place: &&(u32, u32, usize, RuleId)| place.3 != *rule;
        let on_line = self.sorted.partition_point(|place| place.2 < line);
        // A finding that encloses the span starts at most `longest` bytes before the span's end.
        let first = span.start.min(span.end.saturating_sub(self.longest));
        let near = self.sorted.partition_point(|place| place.0 < first);
        let is_here = |place: &&(u32, u32, usize, RuleId)| {
            let inside = span.start <= place.0 && place.1 <= span.end;
            let around = place.0 <= span.start && span.end <= place.1;
            inside || around
        };
        let mut same_line = self.sorted[on_line..].iter().take_while(|place| place.2 == line);
        let mut same_place = self.sorted[near..].iter().take_while(|place| place.0 <= span.end);
        same_line.any(|place| is_other(&place)) || same_place.any(|place| is_here(&place) && is_other(&place))
    }
}
