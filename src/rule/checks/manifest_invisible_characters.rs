//! `manifest/invisible-characters`: invisible characters copied into values.

use crate::finding::{Edit, Fix, Safety};
use crate::rke2::file::RkeFile;
use crate::rule::{Context, Draft};
use crate::source::Span;
use crate::yaml::{Document, NodeRef, Style};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let cluster = context.cluster;
    for manifest in &cluster.manifests {
        let file = manifest.file;
        if !file.is_readable_manifest() {
            continue;
        }
        // Most files are plain ASCII.
        if file.source.text().is_ascii() && !file.values.iter().any(|values| !values.text.text().is_ascii()) {
            continue;
        }
        let is_host = |scalar: &NodeRef<'_>| {
            file.values.binary_search_by_key(&scalar.span(), |values| values.host).is_ok()
        };
        let outer = file.stream.documents().flat_map(Document::scalars).filter(|scalar| !is_host(scalar));
        let inner =
            file.values.iter().flat_map(|values| values.stream.documents()).flat_map(Document::scalars);
        drafts.extend(outer.chain(inner).filter_map(|scalar| draft(scalar, file)));
    }
    for file in cluster.registries.iter().copied() {
        let scalars = file.stream.documents().take(1).flat_map(Document::scalars);
        drafts.extend(scalars.filter_map(|scalar| draft(scalar, file)));
    }
}

fn draft(scalar: NodeRef<'_>, file: &RkeFile) -> Option<Draft> {
    let text = scalar.text()?;
    // Block scalars are mostly prose.
    if text.is_ascii() || matches!(scalar.style(), Some(Style::Literal | Style::Folded)) {
        return None;
    }
    if let Some(found) = text.chars().find(|&c| is_zero_width(c, text)) {
        let visible: String = text.chars().filter(|&c| !is_zero_width(c, text)).collect();
        let message = format!(
            "`{visible}` contains an invisible character (U+{:04X}) and does not match the visible spelling",
            u32::from(found)
        );
        let mut draft =
            Draft::new(scalar.span(), message).help("remove the character, or type the value again");
        draft.fix = fix(scalar.span(), file);
        return Some(draft);
    }
    if scalar.style() != Some(Style::Plain) {
        return None;
    }
    if text.starts_with('\u{a0}') || text.contains(":\u{a0}") {
        let message = "non-breaking space (U+00A0) is part of the value, not whitespace";
        return Some(Draft::new(scalar.span(), message).help("type an ordinary space instead"));
    }
    let curly = |c: Option<char>| c.is_some_and(|c| matches!(c, '\u{2018}'..='\u{201f}'));
    (curly(text.chars().next()) && curly(text.chars().next_back()) && text.chars().count() > 1).then(|| {
        Draft::new(scalar.span(), format!("the curly quotes of `{text}` are part of the value"))
            .help("use straight quotes")
    })
}

fn is_zero_width(c: char, text: &str) -> bool {
    // Joiners have a meaning between letters of other scripts and in emoji.
    let ascii_but = || text.chars().all(|other| other.is_ascii() || other == c);
    matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}') || (matches!(c, '\u{200c}' | '\u{200d}') && ascii_but())
}

/// Removes the characters, each with an edit of its own.
fn fix(span: Span, file: &RkeFile) -> Option<Fix> {
    let written = file.source.text().get(span.range())?;
    let edits: Vec<Edit> = written
        .char_indices()
        .filter(|&(_, c)| is_zero_width(c, written))
        .map(|(at, c)| {
            let start = span.start as usize + at;
            Edit { span: Span::new(span.file, start, start + c.len_utf8()), replacement: String::new() }
        })
        .collect();
    (!edits.is_empty()).then(|| Fix {
        safety: Safety::Safe,
        message: "remove the invisible characters".to_owned(),
        edits,
    })
}
