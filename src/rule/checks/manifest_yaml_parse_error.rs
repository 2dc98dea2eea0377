//! `manifest/yaml-parse-error`: the first place where a manifest cannot be read.

use crate::cluster::charts::Manifest;
use crate::rule::{Context, Draft, Target};
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
    let problem = plain_words(&error.message, manifest.file.source.text(), error.span.start as usize);
    let draft = Draft::unreadable(error, &problem, consequence(manifest));
    drafts.push(match help {
        Some(help) => draft.help(help),
        None => draft,
    });
}

fn consequence(manifest: &Manifest<'_>) -> &'static str {
    if manifest.is_certain() {
        "RKE2 applies nothing of this file"
    } else {
        "nothing of this file can be applied"
    }
}
