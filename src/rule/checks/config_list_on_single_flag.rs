//! `config/list-on-single-flag`: several values for a single-value option.

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};
use crate::yaml::Kind;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for (setting, key) in node.accepted(&context.cluster.target).filter(|(_, key)| key.kind.takes_one()) {
        for entry in &setting.entries {
            let count = entry.value.items().len();
            if entry.value.kind() != Kind::Sequence || count < 2 {
                continue;
            }
            let item = entry.value.items().next_back();
            let last = item.and_then(crate::yaml::NodeRef::text).unwrap_or_default();
            let first = entry.value.items().next();
            let edit = first.filter(|_| count == 2).and_then(|first| edit::remove_item(entry.value, first));
            drafts.push(
                Draft::new(
                    entry.key.span(),
                    format!(
                        "`{}` takes a single value; RKE2 uses only the last of {count}, `{last}`",
                        key.name
                    ),
                )
                .help("keep one value")
                .fixed(Safety::Unsafe, "keep the last value", edit),
            );
        }
    }
}
