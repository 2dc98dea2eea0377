//! `registries/endpoint-not-list`: a mirror endpoint that is not a list.

use crate::finding::{Edit, Fix, Safety};
use crate::rke2::registries::mirrors;
use crate::rule::{Context, Draft, Target};
use crate::yaml::Kind;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    for mirror in mirrors(file) {
        let Some(entry) = mirror.value.entry("endpoint") else { continue };
        let written = file.source.text().get(entry.value.span().range()).unwrap_or_default();
        if entry.value.kind() == Kind::Sequence || entry.value.is_null() || entry.value.is_opaque() {
            continue;
        }
        let found =
            if entry.value.kind() == Kind::Mapping { "a map".to_owned() } else { format!("`{written}`") };
        let mut draft = Draft::new(
            entry.label_span(),
            format!(
                "`endpoint`: expected a list, found {found}; the node hangs waiting for its agent configuration"
            ),
        )
        .help("write a list:\n\nendpoint:\n  - https://registry.example.com");
        if entry.value.kind() == Kind::Scalar
            && !written.contains(['\n', ',', '[', ']'])
            && !entry.value.is_alias()
        {
            draft.fix = Some(Fix {
                safety: Safety::Safe,
                message: "convert it to a list".to_owned(),
                edits: vec![Edit { span: entry.value.span(), replacement: format!("[{written}]") }],
            });
        }
        drafts.push(draft);
    }
}
