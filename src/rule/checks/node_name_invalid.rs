//! `node/name-invalid`: names that the API server rejects.

use crate::rke2::node::{is_stand_in, is_subdomain};
use crate::rule::{Context, Draft, Target};
use crate::yaml::template_mark;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(setting) = node.setting("node-name") else { return };
    let Some((value, Some(text))) = setting.arguments().next_back() else { return };
    // RKE2 writes the name in lower case itself; an empty one means the host's.
    if text.is_empty()
        || template_mark(&text).is_some()
        || is_stand_in(&text)
        || is_subdomain(&text.to_ascii_lowercase())
    {
        return;
    }
    drafts.push(
        Draft::new(
            value.span(),
            format!("invalid node name `{text}`; the API server rejects it and the node never joins"),
        )
        .help("use letters, digits, `-` and `.`, with a letter or digit at both ends"),
    );
}
