//! The post-conditions of edits: what was YAML is YAML, nothing but what was edited differs, comments are kept,
//! the findings are gone and no others came. This module must not decide what is tried.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::leaves::{Leaf, Parts};
use super::patch::{Patch, moved};
use crate::finding::{Finding, Report, RuleId};
use crate::source::Sources;

/// Compares two versions of a text.
///
/// # Errors
/// What the edits would break.
pub fn text(path: &str, old: &Arc<str>, new: &Arc<str>, patch: &Patch) -> Result<(), String> {
    let ranges = patch.ranges(path, old);
    let (old_parts, new_parts) = (Parts::of(path, old), Parts::of(path, new));
    if !old_parts.parses {
        return Ok(());
    }
    if !new_parts.parses {
        return Err("the file would no longer be valid YAML".to_owned());
    }
    // A new header (`>` to `|`) changes how all of the text is read.
    let reread = old_parts.hosts.iter().any(|host| {
        let header = old[..host.start].trim_end();
        let line = header.rfind('\n').map_or(0, |end| end + 1);
        let is_block = old[header.len()..host.start].contains('\n');
        is_block && ranges.iter().any(|(range, _)| line < range.start && range.end <= header.len())
    });
    if !reread && untouched(&old_parts, ranges.iter().map(|(old, _)| old)) != untouched(&new_parts, ranges.iter().map(|(_, new)| new)) {
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
fn untouched<'p>(
    parts: &'p Parts,
    edits: impl Iterator<Item = &'p Range<usize>>,
) -> Vec<(usize, &'p str)> {
    let edits: Vec<&Range<usize>> = edits.collect();
    let touched = |leaf: &&Leaf| {
        edits.iter().any(|edit| edit.start <= leaf.range.end && leaf.range.start <= edit.end)
    };
    let rest = parts.leaves.iter().filter(|leaf| !touched(leaf));
    rest.map(|leaf| (leaf.depth, leaf.text.as_str())).collect()
}

/// What a finding says, wherever it is in its file.
type Words<'r> = (&'r RuleId, &'r str, &'r str);

/// Compares the report before edits with the one after. `removed` are the findings that are to be gone.
///
/// # Errors
/// What is found that should not be.
pub fn report(old: &Report, new: &Report, removed: &BTreeSet<usize>, patch: &Patch) -> Result<(), String> {
    if let Some(problem) = new.problems.iter().find(|problem| !old.problems.contains(problem)) {
        return Err(format!("{} could not be read any more: {}", problem.path, problem.message));
    }
    if new.summary.linted < old.summary.linted {
        return Err("the file would no longer be recognized".to_owned());
    }
    let mut known: BTreeMap<Words<'_>, usize> = BTreeMap::new();
    let mut places: BTreeSet<(&RuleId, &str, usize)> = BTreeSet::new();
    let ranges: BTreeMap<&str, Vec<(Range<usize>, Range<usize>)>> = patch
        .paths()
        .map(|path| {
            let source = old.sources.iter().find(|(_, source)| source.path() == path);
            (path, patch.ranges(path, source.map_or("", |(_, source)| source.text())))
        })
        .collect();
    let kept = old.findings.iter().enumerate().filter(|(index, _)| !removed.contains(index));
    for (_, finding) in kept {
        let path = path(finding, &old.sources);
        let start = finding.primary.span.start as usize;
        let start = ranges.get(path).map_or(start, |ranges| moved(ranges, start));
        *known.entry((&finding.rule, path, &finding.message)).or_default() += 1;
        places.insert((&finding.rule, path, start));
    }
    for finding in &new.findings {
        let path = path(finding, &new.sources);
        if let Some(count) = known.get_mut(&(&finding.rule, path, finding.message.as_str()))
            && *count > 0
        {
            *count -= 1;
            continue;
        }
        // The same finding in other words: it names what was edited.
        if places.contains(&(&finding.rule, path, finding.primary.span.start as usize)) {
            continue;
        }
        let stays = removed.iter().any(|&index| old.findings[index].rule == finding.rule);
        return Err(if stays {
            format!("`{}` would still be reported: {}", finding.rule, finding.message)
        } else {
            format!("`{}` would be reported instead: {}", finding.rule, finding.message)
        });
    }
    Ok(())
}

fn path<'r>(finding: &Finding, sources: &'r Sources) -> &'r str {
    sources.get(finding.primary.span.file).path()
}
