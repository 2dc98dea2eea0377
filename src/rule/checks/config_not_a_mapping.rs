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
        drafts.push(
            Draft::new(
                first.span(),
                format!("the file is {what}, not keys with values: RKE2 refuses it and does not start"),
            )
            .help(help),
        );
    }
}
