//! `config/append-without-base`: `key+` without an earlier `key`.

use crate::finding::Safety;
use crate::rke2::config::key_name;
use crate::rule::{Context, Draft, Target, edit};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    if node.main.is_none() {
        return;
    }
    for setting in &node.merged.settings {
        let Some(first) = setting.entries.first().filter(|entry| key_name(entry).ends_with('+')) else {
            continue;
        };
        if setting.entries.iter().all(|entry| key_name(entry).ends_with('+')) {
            drafts.push(
                Draft::new(
                    first.key.span(),
                    format!(
                        "`{}` is not set before `{}+`, so there is no list to append to",
                        setting.key, setting.key
                    ),
                )
                .help("remove the `+`, or rename the file with the base list so that it sorts first")
                .fixed(Safety::Unsafe, "remove the `+`", edit::rename(*first, &setting.key)),
            );
        }
    }
}
