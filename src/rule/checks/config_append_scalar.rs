//! `config/append-scalar`: `+` on an option with a single value.

use crate::finding::Safety;
use crate::rke2::config::key_name;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for (setting, key) in node.accepted(&context.cluster.target).filter(|(_, key)| key.kind.takes_one()) {
        for entry in setting.entries.iter().filter(|entry| key_name(entry).ends_with('+')) {
            drafts.push(
                Draft::new(
                    entry.key.span(),
                    format!("`{}` takes a single value, so `+` has no effect", key.name),
                )
                .help(format!("write `{}`", setting.key))
                .renamed(Safety::Safe, *entry, setting.key.as_ref()),
            );
        }
    }
}
