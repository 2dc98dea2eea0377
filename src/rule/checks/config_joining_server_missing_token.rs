//! `config/joining-server-missing-token`: a server that joins without a token.

use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(entry) = node.setting("server").and_then(|setting| setting.entries.last()) else { return };
    let readable = node.files().all(|file| file.first_document_error().is_none());
    let token = node.setting("token").or_else(|| node.setting("token-file")).is_some();
    if node.main.is_none()
        || node.is_completed_elsewhere
        || !readable
        || token
        || !context.cluster.keeps_tokens()
    {
        return;
    }
    drafts.push(
        Draft::new(
            entry.key.span(),
            "missing `token` or `token-file`; a new server exits with `token is required` unless `RKE2_TOKEN` is set",
        )
        .help("add `token` or `token-file`, or set `RKE2_TOKEN` in the environment of the service"),
    );
}
