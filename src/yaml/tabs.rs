//! Finds tabs that yaml.v2 refuses although our parser accepts them (reference/yaml-parsing.md, trap 11).

use std::cell::Cell;
use std::ops::Range;

use super::stream::SyntaxError;
use super::tree::{Content, Document, Node, Style};

/// The first tab in `range` that RKE2's parser would stop at, or that explains `error`.
pub(super) fn tab_against_go(
    document: &Document,
    text: &str,
    range: Range<usize>,
    error: Option<&SyntaxError>,
) -> Option<usize> {
    memchr::memchr(b'\t', &text.as_bytes()[range.clone()])?;
    if let Some(error) = error {
        // Embedded texts report places of the outer file; there the parser's own words must do.
        return if document.map.is_none() {
            tab_in_indentation(text, error.span.start as usize)
        } else {
            None
        };
    }
    let scalars = Scalars::of(document, text);
    let flows = flows(document, text);
    let is_refused =
        |at: &usize| !in_flow(&flows, *at) && !scalars.hold(text, *at) && is_indentation(text, *at);
    first_tabs(text, range).find(is_refused)
}

/// The first tab of each line that may stand where only spaces may indent: what is true of it is true of the others.
fn first_tabs(text: &str, range: Range<usize>) -> impl Iterator<Item = usize> {
    let mut from = range.start;
    std::iter::from_fn(move || {
        let rest = text.as_bytes().get(from..range.end)?;
        let at = from + memchr::memchr(b'\t', rest)?;
        let line_end = memchr::memchr(b'\n', &text.as_bytes()[at..range.end]);
        from = line_end.map_or(range.end, |end| at + end);
        Some(at)
    })
}

/// A tab among the blanks at the start of the line of `at`, or of the line before.
fn tab_in_indentation(text: &str, at: usize) -> Option<usize> {
    let line_start =
        |at: usize| text.as_bytes()[..at].iter().rposition(|&b| b == b'\n').map_or(0, |nl| nl + 1);
    let here = line_start(at.min(text.len()));
    let before = line_start(here.saturating_sub(1));
    [here, before].into_iter().find_map(|start| {
        let line = &text[start..];
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        line[..blanks].find('\t').map(|tab| start + tab)
    })
}

/// Whether only blanks and indicators stand before a tab on its line: a key may start there, after spaces only.
fn is_indentation(text: &str, at: usize) -> bool {
    let start = text.as_bytes()[..at].iter().rposition(|&b| b == b'\n').map_or(0, |nl| nl + 1);
    let before = text[start..at].trim_matches([' ', '\u{feff}']);
    before.is_empty() || before.split(' ').all(|word| matches!(word, "" | "-" | "?"))
}

/// The outermost flow collections, sorted: each may hold many more.
fn flows(document: &Document, text: &str) -> Vec<Range<usize>> {
    let is_flow = |node: &&Node| {
        matches!(node.content, Content::Mapping { .. } | Content::Sequence { .. })
            && matches!(text.as_bytes().get(node.start as usize), Some(b'{' | b'['))
    };
    let mut flows: Vec<Range<usize>> =
        document.nodes.iter().filter(is_flow).map(|node| node.start as usize..node.end as usize).collect();
    flows.sort_by_key(|flow| (flow.start, std::cmp::Reverse(flow.end)));
    flows.dedup_by(|inner, outer| inner.end <= outer.end);
    flows
}

fn in_flow(flows: &[Range<usize>], at: usize) -> bool {
    let after = flows.partition_point(|flow| flow.start <= at);
    after.checked_sub(1).is_some_and(|index| flows[index].contains(&at))
}

/// The ranges of scalars, sorted, with the indentation of block scalars.
struct Scalars {
    ranges: Vec<(Range<usize>, Option<usize>)>,
    /// A piece of the text that is known to be blank, so that no blank line is looked at for each of its tabs.
    blank: Cell<(usize, usize)>,
}

impl Scalars {
    fn of(document: &Document, text: &str) -> Self {
        let mut ranges: Vec<_> = document
            .nodes
            .iter()
            .filter_map(|node| match node.content {
                Content::Scalar { style, .. } => {
                    let range = node.start as usize..node.end as usize;
                    let block = matches!(style, Style::Literal | Style::Folded);
                    Some((range, block.then(|| column(text, node.start as usize))))
                }
                _ => None,
            })
            .collect();
        ranges.sort_by_key(|(range, _)| range.start);
        Self { ranges, blank: Cell::new((0, 0)) }
    }

    fn hold(&self, text: &str, at: usize) -> bool {
        let index = self.ranges.partition_point(|(range, _)| range.start <= at);
        let held = index.checked_sub(1).map(|index| &self.ranges[index]).is_some_and(|(range, indent)| {
            range.contains(&at)
                // The blank lines behind a block scalar's last text belong to it.
                || indent.is_some_and(|indent| {
                    range.end <= at && column(text, at) >= indent && self.is_blank(text, range.end, at)
                })
        });
        held || self.ranges.get(index).is_some_and(|(range, indent)| {
            // So do those ahead of its first.
            indent.is_some_and(|indent| column(text, at) >= indent && self.is_blank(text, at, range.start))
        })
    }

    fn is_blank(&self, text: &str, from: usize, to: usize) -> bool {
        let (start, end) = self.blank.get();
        let unknown = if start <= from && from <= end { end.min(to)..to } else { from..to };
        let blank = text[unknown.clone()].trim().is_empty();
        if blank {
            self.blank.set((if unknown.start == from { from } else { start }, to.max(end)));
        }
        blank
    }
}

fn column(text: &str, at: usize) -> usize {
    at - text.as_bytes()[..at].iter().rposition(|&b| b == b'\n').map_or(0, |nl| nl + 1)
}
