//! `config/server-key-on-agent`: what only a server reads, in an agent's configuration.

use crate::catalog::Role;
use crate::cluster::key::{KeyUse, key_use};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let skipped: Vec<_> = node
        .merged
        .settings
        .iter()
        .filter(|setting| {
            matches!(key_use(&setting.key, &[Role::Agent], &context.cluster.target), KeyUse::OtherRole(_))
        })
        .collect();
    let Some(first) = skipped.first().and_then(|setting| setting.entries.last()) else { return };
    let names: Vec<_> = skipped.iter().map(|setting| format!("`{}`", setting.key)).collect();
    let words = if names.len() == 1 { "a key of servers" } else { "keys of servers" };
    let mut draft = Draft::new(
        first.key.span(),
        format!("{}: {words}, which an agent skips with a warning", names.join(", ")),
    )
    .help("move them to the configuration of the servers");
    for setting in skipped.iter().skip(1) {
        if let Some(entry) = setting.entries.last() {
            draft = draft.related(entry.key.span(), "skipped too");
        }
    }
    drafts.push(draft);
}
