//! `config/not-yaml`: configuration files that are not valid YAML.

use crate::rke2::classify::Content;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{INCOMPATIBLE_DOCUMENT, SyntaxErrorKind, decode_help, plain_words};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for file in node.files().filter(|file| file.content != Content::Templated) {
        let Some(error) = file.first_document_error() else { continue };
        // RKE2's YAML library accepts UTF-16 with a byte order mark.
        let utf16 = error.kind == SyntaxErrorKind::Encoding && error.message.contains("UTF-16");
        if utf16 || is_template_line(file.source.text(), error.span.range().start) {
            continue;
        }
        // Reported by `config/yaml-directive`.
        if error.message == INCOMPATIBLE_DOCUMENT {
            continue;
        }
        let help = match error.kind {
            SyntaxErrorKind::Tab => "indent with spaces",
            SyntaxErrorKind::Encoding => "save the file as UTF-8",
            SyntaxErrorKind::ControlCharacter => "remove the character",
            SyntaxErrorKind::Decode => decode_help(&error.message),
            _ if starts_with_dots(file.source.text(), error.span.range().start) => "remove the line `...`",
            _ => {
                "write one `key: value` per line, lists as `- item`, and quote values that start with `*`, `@`, `%` or `{`"
            }
        };
        let draft = if error.kind == SyntaxErrorKind::Limit {
            Draft::unreadable(error, &error.message, "")
        } else {
            let text = file.source.text();
            let words = plain_words(&error.message, text, error.span.start as usize);
            let problem =
                if error.kind == SyntaxErrorKind::Decode { words } else { format!("invalid YAML: {words}") };
            Draft::unreadable(error, &problem, "RKE2 fails to start").help(help)
        };
        drafts.push(draft);
    }
}

/// Whether a document end marker is at a place.
fn starts_with_dots(text: &str, at: usize) -> bool {
    text.get(at..).is_some_and(|rest| rest.starts_with("..."))
}

/// Whether the line has template markers that are not valid YAML (`%{ if }`, `@NAME@`), so that the file is rendered
/// first.
fn is_template_line(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |line| line + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    text.contains("%{") || line.matches('@').count() > 1
}
