//! Completion: converts the words for a place to items of the protocol, indented like the surrounding text. Must not
//! know which words there are.

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, InsertTextMode, MarkupContent,
    MarkupKind, TextEdit,
};

use super::caret::Slot;
use super::knowledge::{Below, Rules, Word, words};
use super::place::Encoding;
use super::spot::Spot;
use crate::catalog::Target;
use crate::source::SourceFile;

/// The items at a place.
pub fn items(
    source: &SourceFile,
    spot: &Spot,
    target: &Target,
    rules: &Rules,
    encoding: Encoding,
) -> Vec<CompletionItem> {
    let range = encoding.range(source, spot.caret.word.clone());
    let own = &source.text()[spot.caret.word.clone()];
    let is_new = |word: &Word| {
        word.below == Below::Nothing || word.text == own || !spot.caret.siblings.contains(&word.text)
    };
    words(spot, target, rules)
        .into_iter()
        .filter(is_new)
        .map(|word| {
            let kind = match word.below {
                Below::Nothing => CompletionItemKind::ENUM_MEMBER,
                Below::Map => CompletionItemKind::MODULE,
                _ => CompletionItemKind::PROPERTY,
            };
            let new_text = inserted(&word, spot);
            let documentation = Documentation::MarkupContent(MarkupContent {
                kind: MarkupKind::Markdown,
                value: word.about.clone(),
            });
            CompletionItem {
                kind: Some(kind),
                detail: Some(word.detail).filter(|detail| !detail.is_empty()),
                documentation: (!word.about.is_empty()).then_some(documentation),
                sort_text: Some(format!("{}{}", u8::from(word.is_partial), word.text)),
                filter_text: Some(word.text.clone()),
                // The text includes its indentation.
                insert_text_mode: Some(InsertTextMode::AS_IS),
                text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text })),
                label: word.text,
                ..CompletionItem::default()
            }
        })
        .collect()
}

/// The text that replaces the word.
fn inserted(word: &Word, spot: &Spot) -> String {
    let needs_quotes = word.text.starts_with(['*', '&', '!', '@', '%']) || word.text.contains(": ");
    let text = if needs_quotes { format!("\"{}\"", word.text) } else { word.text.clone() };
    if word.below == Below::Nothing || spot.caret.has_colon || spot.slot == Slot::Value {
        return text;
    }
    let indent = " ".repeat(spot.caret.column + 2);
    match word.below {
        Below::Nothing => text,
        Below::Scalar => format!("{text}: "),
        Below::Map => format!("{text}:\n{indent}"),
        Below::List => format!("{text}:\n{indent}- "),
        Below::Text => format!("{text}: |-\n{indent}"),
    }
}
