//! Finds tabs that yaml.v2 refuses although our parser accepts them (reference/yaml-parsing.md, trap 11).

use std::ops::Range;

use super::stream::SyntaxError;
use super::tree::{Content, Document, Style};

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
    let (scalars, flows) = (Scalars::of(document, text), Flows::of(document, text));
    let mut start = range.start;
    text[range].split_inclusive('\n').find_map(|line| {
        let line_start = start;
        start += line.len();
        // Once something else stands before a tab, no later one of the line indents.
        let mut from = 0;
        memchr::memchr_iter(b'\t', line.as_bytes())
            .take_while(|&tab| may_precede_a_key(&line[std::mem::replace(&mut from, tab)..tab]))
            .find(|&tab| !scalars.hold(line_start + tab, tab) && !flows.hold(line_start + tab))
            .map(|tab| line_start + tab)
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

/// Whether there is nothing but blanks, and indicators after which a key may start: here only spaces may indent.
fn may_precede_a_key(before: &str) -> bool {
    before.split([' ', '\t']).all(|word| matches!(word.trim_start_matches('\u{feff}'), "" | "-" | "?"))
}

/// The ranges of the outermost flow collections, sorted.
struct Flows(Vec<Range<usize>>);

impl Flows {
    fn of(document: &Document, text: &str) -> Self {
        let mut ranges: Vec<_> = document
            .nodes
            .iter()
            .filter(|node| {
                matches!(node.content, Content::Mapping { .. } | Content::Sequence { .. })
                    && matches!(text.as_bytes().get(node.start as usize), Some(b'{' | b'['))
            })
            .map(|node| node.start as usize..node.end as usize)
            .collect();
        ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
        let mut outer = 0;
        ranges.retain(|range| {
            let is_outermost = range.end > outer;
            outer = outer.max(range.end);
            is_outermost
        });
        Self(ranges)
    }

    fn hold(&self, at: usize) -> bool {
        let index = self.0.partition_point(|range| range.end <= at);
        self.0.get(index).is_some_and(|range| range.contains(&at))
    }
}

/// The ranges of scalars, sorted, with what block scalars need to know.
struct Scalars(Vec<(Range<usize>, Option<Block>)>);

/// A block scalar's indentation, and its range with the blank lines before and behind it.
struct Block {
    indent: usize,
    wide: Range<usize>,
}

impl Block {
    fn of(text: &str, range: &Range<usize>) -> Self {
        let behind = &text[range.end..];
        let end = range.end + behind.len() - behind.trim_start().len();
        Self { indent: column(text, range.start), wide: text[..range.start].trim_end().len()..end }
    }

    /// Blank lines ahead of the first text and behind the last belong to it.
    fn holds(&self, at: usize, column: usize) -> bool {
        self.wide.contains(&at) && column >= self.indent
    }
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
                    let block = block.then(|| Block::of(text, &range));
                    Some((range, block))
                }
                _ => None,
            })
            .collect();
        ranges.sort_by_key(|(range, _)| range.start);
        Self(ranges)
    }

    fn hold(&self, at: usize, column: usize) -> bool {
        let index = self.0.partition_point(|(range, _)| range.start <= at);
        let around = |index: usize| self.0.get(index).and_then(|(_, block)| block.as_ref());
        let before = index.checked_sub(1);
        before.is_some_and(|before| self.0[before].0.contains(&at))
            || [Some(index), before]
                .into_iter()
                .flatten()
                .filter_map(around)
                .any(|block| block.holds(at, column))
    }
}

fn column(text: &str, at: usize) -> usize {
    at - text.as_bytes()[..at].iter().rposition(|&b| b == b'\n').map_or(0, |nl| nl + 1)
}
