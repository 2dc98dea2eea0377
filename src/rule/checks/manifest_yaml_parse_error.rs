//! `manifest/yaml-parse-error`: manifests that are not valid YAML.

use crate::cluster::charts::Manifest;
use crate::rke2::file::RkeFile;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;
use crate::yaml::{SyntaxErrorKind, advice, decode_help, plain_words};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let Some(error) = manifest.file.stream.first_error() else { return };
    let help = match error.kind {
        SyntaxErrorKind::Tab => return,
        SyntaxErrorKind::Encoding => Some("save the file as UTF-8".to_owned()),
        SyntaxErrorKind::ControlCharacter => Some("remove the character".to_owned()),
        SyntaxErrorKind::Limit => None,
        SyntaxErrorKind::Decode => Some(decode_help(&error.message).to_owned()),
        SyntaxErrorKind::Syntax | SyntaxErrorKind::Json => {
            Some(advice(manifest.file.source.text(), error.span.start as usize))
        }
    };
    if let Some((at, key)) = missing_metadata(manifest.file, error.span.start as usize) {
        drafts.push(
            Draft::new(at, format!("missing `metadata:` above `{key}:`; {}", consequence(manifest)))
                .help(format!("add `metadata:` above the line `{key}:`")),
        );
        return;
    }
    let problem = plain_words(&error.message, manifest.file.source.text(), error.span.start as usize);
    let draft = Draft::unreadable(error, &problem, consequence(manifest));
    drafts.push(match help {
        Some(help) => draft.help(help),
        None => draft,
    });
}

/// Detects a missing `metadata:` line: the first key of the metadata directly after `kind` or `apiVersion`. `at` is
/// where the parser reports the error.
fn missing_metadata(file: &RkeFile, at: usize) -> Option<(Span, &'static str)> {
    let text = file.source.text();
    let here = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    // Some parsers report the line after the entry.
    let before = text[..here].trim_end().rfind('\n').map_or(0, |end| end + 1);
    [here, before].into_iter().find_map(|start| {
        let line = text[start..].lines().next()?;
        let indented = line.trim_start();
        let above = text[..start].lines().rev().find(|line| !line.trim().is_empty())?;
        let key = ["name", "namespace", "generateName", "labels", "annotations"]
            .into_iter()
            .find(|key| indented.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))?;
        let head = ["kind: ", "apiVersion: "].iter().any(|head| above.starts_with(head));
        let first = start + (line.len() - indented.len());
        (head && line.len() > indented.len()).then(|| (Span::new(file.id, first, first + key.len()), key))
    })
}

fn consequence(manifest: &Manifest<'_>) -> &'static str {
    if manifest.is_certain() { "RKE2 applies nothing of this file" } else { "this file cannot be applied" }
}
