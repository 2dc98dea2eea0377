//! The postconditions of edits: YAML stays valid, only the edit differs, comments are kept, the findings are
//! gone and no others appear. Must not decide what is tried.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::leaves::{Leaf, Parts};
use super::patch::{Moves, Patch};
use crate::finding::{Finding, Report, RuleId};
use crate::source::Sources;

/// Compares two versions of a text.
///
/// # Errors
/// What the edits would break.
pub fn text(file: &str, old: &Arc<str>, new: &Arc<str>, patch: &Patch) -> Result<(), String> {
    let ranges = patch.ranges(file, old);
    let (old_parts, new_parts) = (Parts::of(file, old), Parts::of(file, new));
    if !old_parts.parses {
        return Ok(());
    }
    if !new_parts.parses {
        return Err("the file would no longer be valid YAML".to_owned());
    }
    if new_parts.duplicates > old_parts.duplicates {
        return Err("the edit would duplicate a key".to_owned());
    }
    // A new header (`>` to `|`) changes how all of the text is read.
    let reread = old_parts.hosts.iter().any(|host| {
        let header = old[..host.start].trim_end();
        let line = header.rfind('\n').map_or(0, |end| end + 1);
        let is_block = old[header.len()..host.start].contains('\n');
        is_block && ranges.iter().any(|(range, _)| line < range.start && range.end <= header.len())
    });
    let same = |old: &Parts, new: &Parts| {
        untouched(old, ranges.iter().map(|(old, _)| old)) == untouched(new, ranges.iter().map(|(_, new)| new))
    };
    // A text may become values of a chart by the name of its key.
    let becomes_values = old_parts.hosts.len() != new_parts.hosts.len();
    let kept = reread
        || same(&old_parts, &new_parts)
        || (becomes_values && same(&Parts::flat(file, old), &Parts::flat(file, new)));
    if !kept {
        return Err("the edit would change more than intended".to_owned());
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
            _ => return Err("a comment would be lost".to_owned()),
        }
    }
    Ok(())
}

/// Keys and scalars that no edit touches.
fn untouched<'p>(parts: &'p Parts, edits: impl Iterator<Item = &'p Range<usize>>) -> Vec<(usize, &'p str)> {
    let edits: Vec<&Range<usize>> = edits.collect();
    let touched =
        |leaf: &&Leaf| edits.iter().any(|edit| edit.start <= leaf.range.end && leaf.range.start <= edit.end);
    let rest = parts.leaves.iter().filter(|leaf| !touched(leaf));
    rest.map(|leaf| (leaf.depth, leaf.text.as_str())).collect()
}

/// What a finding says, wherever it is in its file.
type Words<'r> = (&'r RuleId, &'r str, &'r str);

/// Why a report is not the one before less what was to go.
#[derive(Debug)]
pub enum Unexpected {
    /// Something could not be read.
    Broken(String),
    /// These findings of the new report are new.
    New(Vec<usize>),
}

/// Compares the report before edits with the one after. `removed` are the findings that are to be gone; `moves` says
/// where a place of the old texts is in the new ones.
///
/// # Errors
/// What is found that should not be.
pub fn report(
    old: &Report,
    new: &Report,
    removed: &BTreeSet<usize>,
    moves: &Moves,
) -> Result<(), Unexpected> {
    if let Some(problem) = new.problems.iter().find(|problem| !old.problems.contains(problem)) {
        let words = format!("{} would become unreadable: {}", problem.path, problem.message);
        return Err(Unexpected::Broken(words));
    }
    if new.summary.linted < old.summary.linted {
        return Err(Unexpected::Broken("the file would no longer be recognized".to_owned()));
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
            // The same finding in other words names what was edited.
            _ if places.contains(&(&finding.rule, path, finding.primary.span.start as usize)) => {}
            _ => unexpected.push(index),
        }
    }
    if unexpected.is_empty() { Ok(()) } else { Err(Unexpected::New(unexpected)) }
}

fn path<'r>(finding: &Finding, sources: &'r Sources) -> &'r str {
    sources.get(finding.primary.span.file).path()
}
