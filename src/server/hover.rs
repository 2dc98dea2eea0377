//! Hover: describes the key at a place. Must not know which keys there are.

use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};

use super::caret::Slot;
use super::knowledge::{Rules, about, about_parent};
use super::place::Encoding;
use super::spot::Spot;
use crate::catalog::Target;
use crate::source::SourceFile;

/// The description of the key at a place, or of the key whose value is there.
pub fn hover(
    source: &SourceFile,
    spot: &Spot,
    target: &Target,
    rules: &Rules,
    encoding: Encoding,
) -> Option<Hover> {
    let word = &source.text()[spot.caret.word.clone()];
    if word.is_empty() {
        return None;
    }
    let key = word.trim_end_matches('+');
    let own = (spot.slot != Slot::Value && spot.caret.has_colon).then(|| about(spot, key, target, rules));
    let value = match own {
        Some(own) => own?,
        None => about_parent(spot, target, rules)?,
    };
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value }),
        range: Some(encoding.range(source, spot.caret.word.clone())),
    })
}
