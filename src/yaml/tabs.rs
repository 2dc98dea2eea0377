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
    let scalars = Scalars::of(document, text);
    memchr::memchr_iter(b'\t', &text.as_bytes()[range.clone()])
        .map(|at| range.start + at)
        .find(|&at| !scalars.hold(text, at) && refused(document, text, at))
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

fn refused(document: &Document, text: &str, at: usize) -> bool {
    let start = text.as_bytes()[..at].iter().rposition(|&b| b == b'\n').map_or(0, |nl| nl + 1);
    let before = &text[start..at];
    if is_comment(before) || in_flow(document, text, at) {
        return false;
    }
    let before = before.trim_matches([' ', '\t', '\u{feff}']);
    // A new line, or an indicator after which a key may start: here only spaces may indent.
    before.is_empty() || before.split([' ', '\t']).all(|word| matches!(word, "" | "-" | "?"))
}

/// Whether a `#` before this place starts a comment. Scalars were looked at before.
fn is_comment(before: &str) -> bool {
    before.starts_with('#') || before.contains(" #") || before.contains("\t#")
}

fn in_flow(document: &Document, text: &str, at: usize) -> bool {
    document.nodes.iter().any(|node| {
        matches!(node.content, Content::Mapping { .. } | Content::Sequence { .. })
            && (node.start as usize..node.end as usize).contains(&at)
            && matches!(text.as_bytes().get(node.start as usize), Some(b'{' | b'['))
    })
}

/// The ranges of scalars, sorted, with the indentation of block scalars.
struct Scalars(Vec<(Range<usize>, Option<usize>)>);

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
        Self(ranges)
    }

    fn hold(&self, text: &str, at: usize) -> bool {
        let index = self.0.partition_point(|(range, _)| range.start <= at);
        let next_block = self.0.get(index).is_some_and(|(range, indent)| {
            // Blank lines ahead of a block scalar's first text belong to it.
            indent.is_some_and(|indent| text[at..range.start].trim().is_empty() && column(text, at) >= indent)
        });
        let Some((range, indent)) = index.checked_sub(1).map(|index| &self.0[index]) else {
            return next_block;
        };
        next_block
            || range.contains(&at)
            // So do the blank lines behind its last.
            || indent.is_some_and(|indent| {
                range.end <= at && text[range.end..at].trim().is_empty() && column(text, at) >= indent
            })
    }
}

fn column(text: &str, at: usize) -> usize {
    at - text.as_bytes()[..at].iter().rposition(|&b| b == b'\n').map_or(0, |nl| nl + 1)
}
