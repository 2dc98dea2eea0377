//! `config/server-key-on-agent`: server options in an agent's configuration.

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
    let (words, them) =
        if names.len() == 1 { ("is a server option", "it") } else { ("are server options", "them") };
    let mut draft = Draft::new(
        first.key.span(),
        format!("{} {words}; agents log a warning and ignore {them}", names.join(", ")),
    )
    .help(format!("move {them} to the configuration of the servers"));
    for setting in skipped.iter().skip(1) {
        if let Some(entry) = setting.entries.last() {
            draft = draft.related(entry.key.span(), "also ignored");
        }
    }
    drafts.push(draft);
}
