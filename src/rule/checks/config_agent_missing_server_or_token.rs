//! `config/agent-missing-server-or-token`: agents without a server address or a token.

use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    // What is missing may be in drop-ins that lie elsewhere.
    if node.main.is_none() || node.is_completed_elsewhere {
        return;
    }
    let token = node.setting("token").or_else(|| node.setting("token-file")).is_some();
    let server = node.joins();
    let readable = node.files().all(|file| file.first_document_error().is_none());
    // With neither, both come from elsewhere.
    if !readable || token == server {
        return;
    }
    let place = |key: &str| {
        node.setting(key).and_then(|setting| setting.entries.last()).map(|entry| entry.key.span())
    };
    if token {
        let at = place("token").or_else(|| place("token-file")).unwrap_or_else(|| context.subject_place());
        drafts.push(
            Draft::new(
                at,
                "agent has a token but no `server`; it exits with `--server is required` unless `RKE2_URL` is set",
            )
            .help("add `server: https://HOST:9345`, or set `RKE2_URL` in the environment of the service"),
        );
    } else if context.cluster.keeps_tokens() {
        let at = place("server").unwrap_or_else(|| context.subject_place());
        drafts.push(
            Draft::new(at, "missing `token` or `token-file`; a new agent exits with `--token is required` unless `RKE2_TOKEN` is set")
                .help("add `token` or `token-file`"),
        );
    }
}
