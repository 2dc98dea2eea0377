//! `manifest/tab-indentation`: the tab that RKE2's parser stops at.

use crate::rule::{Context, Draft, Target};
use crate::yaml::SyntaxErrorKind;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let error = manifest.file.stream.first_error();
    let Some(error) = error.filter(|error| error.kind == SyntaxErrorKind::Tab) else { return };
    let message = "a tab where YAML allows only spaces: nothing of this file can be applied";
    drafts.push(Draft::new(error.span, message).help("replace the tab with spaces"));
}
