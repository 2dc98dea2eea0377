//! `config/not-a-mapping`: a list or a string where RKE2 expects a map.

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
            Kind::Scalar => "a string",
        };
        let first = root.items().next().unwrap_or(root);
        let blank = root.text().is_some_and(|text| text.contains('\u{a0}'));
        let help = if blank {
            "replace the no-break space (U+00A0) after the colon with a space"
        } else {
            "write `key: value`, with a space after the colon"
        };
        // RKE2 decodes a list of maps, of which it reads only the fields `key` and `value`.
        let decodes = root.kind() == Kind::Sequence
            && root.items().all(|item| item.kind() == Kind::Mapping || item.is_null());
        let consequence =
            if decodes { "RKE2 ignores it and starts with its defaults" } else { "RKE2 fails to start" };
        drafts.push(
            Draft::new(first.span(), format!("expected a map at the top level, found {what}; {consequence}"))
                .help(help),
        );
    }
}
