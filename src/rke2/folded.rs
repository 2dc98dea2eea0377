//! Documents in folded scalars (`>`): folding joins the lines that `|` would keep. Produces no findings.

use std::sync::Arc;

use crate::source::{SourceFile, Span};
use crate::yaml::{Entry, Stream, Style};

/// A folded scalar that was meant to hold a document.
pub struct Folded {
    /// The `>` of its header.
    pub header: Span,
    /// The document as it would be with `|`.
    pub literal: Stream,
}

impl Folded {
    /// The entry's value, if it is a folded scalar.
    pub fn of(entry: Entry<'_>, source: &SourceFile) -> Option<Self> {
        if entry.value.style() != Some(Style::Folded) || entry.value.is_alias() {
            return None;
        }
        let text = source.text();
        let (key, value) = (entry.key.span(), entry.value.span());
        let between = text.get(key.range().end..value.range().end)?;
        let at = key.range().end + between.find('>')?;
        let first_line = at + text.get(at..)?.find('\n')? + 1;
        let lines = text.get(first_line..value.range().end)?;
        let text = format!("v: |\n{lines}");
        let outer = Stream::parse(key.file, &Arc::from(text.as_str()));
        let inner = outer.documents().next()?.root()?.get("v")?.text()?;
        Some(Self {
            header: Span::new(key.file, at, at + 1),
            literal: Stream::parse(key.file, &Arc::from(inner)),
        })
    }
}
