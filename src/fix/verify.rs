//! The postconditions of edits: the YAML remains valid, only the edited parts differ, comments are kept, and the
//! findings are gone without new ones. Must not decide which edits are tried.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::Refusal;
use super::leaves::{Leaf, Parts};
use super::patch::{Moves, Patch};
use crate::finding::{Finding, Report, RuleId};
use crate::source::Sources;

/// Compares two versions of a text.
///
/// # Errors
/// The postcondition that the edits violate.
pub fn text(file: &str, old: &Arc<str>, new: &Arc<str>, patch: &Patch) -> Result<(), Refusal> {
    let ranges = patch.ranges(file, old);
    let (old_parts, new_parts) = (Parts::of(file, old), Parts::of(file, new));
    if !old_parts.parses {
        return Ok(());
    }
    if !new_parts.parses {
        return Err(Refusal::InvalidYaml);
    }
    if new_parts.duplicates > old_parts.duplicates {
        return Err(Refusal::DuplicateKey);
    }
    // A new header (`>` to `|`) changes how the whole scalar is parsed.
    let reread = old_parts.hosts.iter().any(|host| {
        let header = old[..host.start].trim_end();
        let line = header.rfind('\n').map_or(0, |end| end + 1);
        let is_block = old[header.len()..host.start].contains('\n');
        is_block && ranges.iter().any(|(range, _)| line < range.start && range.end <= header.len())
    });
    let same = |old: &Parts, new: &Parts| {
        untouched(old, ranges.iter().map(|(old, _)| old)) == untouched(new, ranges.iter().map(|(_, new)| new))
    };
    // Renaming a key can turn its string into embedded chart values.
    let becomes_values = old_parts.hosts.len() != new_parts.hosts.len();
    let kept = reread
        || same(&old_parts, &new_parts)
        || (becomes_values && same(&Parts::flat(file, old), &Parts::flat(file, new)));
    if !kept {
        return Err(Refusal::MoreThanIntended);
    }
    let mut comments: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, comment) in &new_parts.comments {
        *comments.entry(comment).or_default() += 1;
    }
    for (range, comment) in &old_parts.comments {
        let edited = ranges.iter().any(|(old, _)| old.start <= range.start && range.end <= old.end);
        match comments.get_mut(comment.as_str()) {
            Some(count) if *count > 0 => *count -= 1,
            _ if edited => {}
            _ => return Err(Refusal::LostComment),
        }
    }
    Ok(())
}

/// The keys and scalars outside all edits.
fn untouched<'p>(parts: &'p Parts, edits: impl Iterator<Item = &'p Range<usize>>) -> Vec<(usize, &'p str)> {
    let edits: Vec<&Range<usize>> = edits.collect();
    let touched =
        |leaf: &&Leaf| edits.iter().any(|edit| edit.start <= leaf.range.end && leaf.range.start <= edit.end);
    let rest = parts.leaves.iter().filter(|leaf| !touched(leaf));
    rest.map(|leaf| (leaf.depth, leaf.text.as_str())).collect()
}

/// Identifies a finding regardless of its place in the file.
type Words<'r> = (&'r RuleId, &'r str, &'r str);

/// How a report after edits differs from the expected one.
#[derive(Debug)]
pub enum Unexpected {
    /// Something could not be read.
    Broken(Refusal),
    /// New findings, by index in the new report.
    New(Vec<usize>),
}

/// Compares the report before edits with the one after. `removed` are the findings that must be gone; `moves` maps
/// offsets in the old texts to the new ones.
///
/// # Errors
/// The unexpected errors or findings.
pub fn report(
    old: &Report,
    new: &Report,
    removed: &BTreeSet<usize>,
    moves: &Moves,
) -> Result<(), Unexpected> {
    if let Some(problem) = new.problems.iter().find(|problem| !old.problems.contains(problem)) {
        let (path, problem) = (problem.path.clone(), problem.message.clone());
        return Err(Unexpected::Broken(Refusal::Unreadable { path, problem }));
    }
    if new.summary.linted < old.summary.linted {
        return Err(Unexpected::Broken(Refusal::Unrecognized));
    }
    let mut known: BTreeMap<Words<'_>, usize> = BTreeMap::new();
    let mut places: BTreeSet<(&RuleId, &str, usize)> = BTreeSet::new();
    let kept = old.findings.iter().enumerate().filter(|(index, _)| !removed.contains(index));
    for (_, finding) in kept {
        let path = path(finding, &old.sources);
        *known.entry((&finding.rule, path, &finding.message)).or_default() += 1;
        places.insert((&finding.rule, path, moves.of(path, finding.primary.span.start as usize)));
    }
    let mut unexpected = Vec::new();
    for (index, finding) in new.findings.iter().enumerate() {
        let path = path(finding, &new.sources);
        match known.get_mut(&(&finding.rule, path, finding.message.as_str())) {
            Some(count) if *count > 0 => *count -= 1,
            // The same finding with a different message, which quotes the edited text.
            _ if places.contains(&(&finding.rule, path, finding.primary.span.start as usize)) => {}
            _ => unexpected.push(index),
        }
    }
    if unexpected.is_empty() { Ok(()) } else { Err(Unexpected::New(unexpected)) }
}

fn path<'r>(finding: &Finding, sources: &'r Sources) -> &'r str {
    sources.get(finding.primary.span.file).path()
}
