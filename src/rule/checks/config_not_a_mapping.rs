//! `config/not-a-mapping`: a list or a text where RKE2 wants keys.

use crate::rke2::config::is_command_line;
use crate::rule::{Context, Draft, Target};
use crate::yaml::Kind;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for file in node.files().filter(|file| file.first_document_error().is_none()) {
        let Some(root) = file.first_root() else { continue };
        let what = match root.kind() {
            Kind::Mapping => continue,
            _ if root.is_opaque() => continue,
            Kind::Sequence => "a list",
            Kind::Scalar if root.is_null() || root.text().is_some_and(is_command_line) => continue,
            Kind::Scalar => "a text",
        };
        let first = root.items().next().unwrap_or(root);
        let blank = root.text().is_some_and(|text| text.contains('\u{a0}'));
        let help = if blank {
            "replace the no-break space (U+00A0) after the colon with a space"
        } else {
            "write `key: value`, with a blank after the colon"
        };
        // An entry that is a mapping decodes, with `key` and `value` as its only fields.
        let decodes = root.kind() == Kind::Sequence
            && root.items().all(|item| item.kind() == Kind::Mapping || item.is_null());
        let consequence = if decodes {
            "RKE2 reads no setting from it and starts with its defaults"
        } else {
            "RKE2 refuses it and does not start"
        };
        drafts.push(
            Draft::new(first.span(), format!("the file is {what}, not keys with values: {consequence}"))
                .help(help),
        );
    }
}
