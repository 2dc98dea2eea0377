//! Creates ignore comments for findings: one above each line, with its indentation. Must not apply them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::leaves::Parts;
use super::{Candidate, Refusal};
use crate::finding::{Edit, Report};
use crate::source::Span;

/// The placeholder that the user replaces.
const REASON: &str = "TODO: give the reason";
/// The category of rules about ignore comments themselves.
const OWN: &str = "suppress";

/// Comments to add.
#[derive(Debug, Default)]
pub(super) struct Comments {
    /// The comments, one per line of the files.
    pub candidates: Vec<Candidate>,
    /// Findings that no comment can suppress, with the reason.
    pub impossible: Vec<(usize, Refusal)>,
}

/// The comments for findings of a report, by index.
pub(super) fn comments(report: &Report, wanted: &[usize]) -> Comments {
    let mut comments = Comments::default();
    let mut lines: BTreeMap<(&str, usize), Vec<usize>> = BTreeMap::new();
    for &index in wanted {
        let finding = &report.findings[index];
        let source = report.sources.get(finding.primary.span.file);
        let line = source.position(finding.primary.span.start as usize).line;
        if finding.rule.category() == OWN {
            comments.impossible.push((index, Refusal::AboutIgnore));
        } else if finding.unit.is_some() {
            comments.impossible.push((index, Refusal::InsideHost));
        } else if source.is_recoded() {
            comments.impossible.push((index, Refusal::NotUtf8));
        } else if Path::new(source.path()).extension().is_some_and(|extension| extension == "json") {
            comments.impossible.push((index, Refusal::Json));
        } else {
            lines.entry((source.path(), line)).or_default().push(index);
        }
    }
    let mut parts: BTreeMap<&str, Parts> = BTreeMap::new();
    for ((path, line), findings) in lines {
        let file = report.findings[findings[0]].primary.span.file;
        let source = report.sources.get(file);
        let text = source.text();
        let range = source.line_range(line).unwrap_or(0..0);
        let mark = if range.start == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let at = range.start + mark;
        let parts = parts.entry(path).or_insert_with(|| Parts::of(path, &source.shared_text()));
        let inside = |leaf: &super::leaves::Leaf| leaf.range.start < at && at < leaf.range.end;
        if parts.leaves.iter().any(inside) {
            comments.impossible.extend(findings.into_iter().map(|index| (index, Refusal::InsideString)));
            continue;
        }
        let content = &text[at..range.end.max(at)];
        let indent = &content[..content.len() - content.trim_start_matches(' ').len()];
        let rules: BTreeSet<&str> =
            findings.iter().map(|&index| report.findings[index].rule.as_str()).collect();
        let rules = rules.into_iter().collect::<Vec<_>>().join(", ");
        let replacement = format!("{indent}# rke2-lint: ignore[{rules}] {REASON}\n");
        let edit = Edit { span: Span::new(file, at, at), replacement };
        comments.candidates.push(Candidate { findings, edits: vec![(path.to_owned(), edit)] });
    }
    comments
}
