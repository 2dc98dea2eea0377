//! `manifest/yaml-parse-error`: the first place where a manifest cannot be read.

use crate::cluster::charts::Manifest;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{SyntaxErrorKind, advice, plain_words};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let Some(error) = manifest.file.stream.first_error() else { return };
    let help = match error.kind {
        SyntaxErrorKind::Tab => return,
        SyntaxErrorKind::Encoding => "save the file as UTF-8".to_owned(),
        SyntaxErrorKind::ControlCharacter => "remove the character".to_owned(),
        SyntaxErrorKind::Limit => "write the document out without nested aliases".to_owned(),
        SyntaxErrorKind::Syntax | SyntaxErrorKind::Json => {
            advice(manifest.file.source.text(), error.span.start as usize)
        }
    };
    let problem = plain_words(&error.message, manifest.file.source.text(), error.span.start as usize);
    let message = format!("{problem}: {}", consequence(manifest));
    drafts.push(Draft::new(error.span, message).help(help));
}

fn consequence(manifest: &Manifest<'_>) -> &'static str {
    if manifest.is_certain() {
        "RKE2 applies nothing of this file"
    } else {
        "nothing of this file can be applied"
    }
}
