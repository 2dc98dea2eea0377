//! `config/append-without-base`: a `key+` that comes first.

use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    if node.main.is_none() {
        return;
    }
    for setting in &node.merged.settings {
        let Some(first) = setting.entries.first().filter(|entry| entry.name().ends_with('+')) else { continue };
        if setting.entries.iter().all(|entry| entry.name().ends_with('+')) {
            drafts.push(
                Draft::new(
                    first.key.span(),
                    format!("no file sets `{}` before `{}+`, so there is nothing to add to", setting.key, setting.key),
                )
                .help("drop the `+`, or check that the file with the base list sorts first"),
            );
        }
    }
}
