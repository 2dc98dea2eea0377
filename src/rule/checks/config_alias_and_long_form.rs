//! `config/alias-and-long-form`: an option set under two of its names.

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let set = |setting: &&crate::rke2::config::Setting<'_>| !setting.values.is_empty();
    for (setting, key) in node.accepted(&context.cluster.target) {
        if setting.key == key.name || setting.values.is_empty() {
            continue;
        }
        let (Some(long), Some(short)) = (node.merged.get(&key.name).filter(set), setting.entries.last())
        else {
            continue;
        };
        let mut draft = Draft::new(
            short.key.span(),
            format!(
                "`{}` and `{}` are the same option and both are set; RKE2 fails to start",
                setting.key, key.name
            ),
        )
        .help(format!("remove `{}`", setting.key));
        let same = long.entries.iter().all(|entry| entry.value.same_data(short.value));
        let safety = if same { Safety::Safe } else { Safety::Unsafe };
        if setting.entries.len() == 1 {
            draft = draft.fixed(safety, "remove the short form", context.without(*short));
        }
        if let Some(entry) = long.entries.last() {
            draft = draft.related(entry.key.span(), "long form");
        }
        drafts.push(draft);
    }
}
