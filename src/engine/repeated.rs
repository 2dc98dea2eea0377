//! Reports a mistake in an anchored node once, although each alias repeats it. Must not produce findings.

use std::collections::{BTreeMap, HashSet};

use crate::finding::{Finding, Label, RuleId};
use crate::rke2::file::RkeFile;
use crate::source::{FileId, Span};
use crate::yaml::{Document, NodeRef};

/// Maximum number of aliases that are shown with a finding.
const MAX_LABELS: usize = 5;

/// Merges the findings of a rule at one place, if the place is in a node that aliases repeat. The first finding is kept,
/// with a label at each alias.
pub fn merge<'f>(findings: &mut Vec<Finding>, file: impl Fn(FileId) -> Option<&'f RkeFile>) {
    let mut places = HashSet::new();
    if findings.iter().all(|finding| places.insert((finding.rule.as_str(), finding.primary.span))) {
        return;
    }
    let mut counts: BTreeMap<(RuleId, Span), usize> = BTreeMap::new();
    for finding in &*findings {
        *counts.entry((finding.rule.clone(), finding.primary.span)).or_default() += 1;
    }
    counts.retain(|_, count| *count > 1);
    let mut aliases: BTreeMap<(RuleId, Span), Vec<Span>> = counts
        .into_keys()
        .filter_map(|key| {
            let found = aliases(file(key.1.file)?, key.1);
            (!found.is_empty()).then_some((key, found))
        })
        .collect();
    let mut kept: BTreeMap<(RuleId, Span), usize> = BTreeMap::new();
    let mut merged: Vec<Finding> = Vec::new();
    for mut finding in std::mem::take(findings) {
        let key = (finding.rule.clone(), finding.primary.span);
        if let Some(&first) = kept.get(&key) {
            let first = &mut merged[first];
            first.severity = first.severity.max(finding.severity);
            continue;
        }
        if let Some(found) = aliases.remove(&key) {
            let label = |span| Label { span, message: "repeated by this alias".to_owned() };
            finding.related.extend(found.into_iter().take(MAX_LABELS).map(label));
            kept.insert(key, merged.len());
        }
        merged.push(finding);
    }
    *findings = merged;
}

/// The aliases of the nodes that contain a place.
fn aliases(file: &RkeFile, place: Span) -> Vec<Span> {
    let embedded = file.values.iter().flat_map(|values| values.stream.documents());
    let of_document = |document| {
        let all = Document::aliases(document);
        all.filter(|alias| alias.resolved().span().contains(place)).map(NodeRef::span)
    };
    file.stream.documents().chain(embedded).flat_map(of_document).collect()
}
