//! `manifest/tab-indentation`: tabs that RKE2's parser rejects.

use crate::rule::{Context, Draft, Target};
use crate::yaml::SyntaxErrorKind;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let error = manifest.file.stream.first_error();
    let Some(error) = error.filter(|error| error.kind == SyntaxErrorKind::Tab) else { return };
    let message = "tab used for indentation; RKE2 applies nothing of this file";
    drafts.push(Draft::new(error.span, message).help("replace the tab with spaces"));
}
