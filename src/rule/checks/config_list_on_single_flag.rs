//! `config/list-on-single-flag`: several values for a flag that takes one.

use crate::rule::{Context, Draft, Target};
use crate::yaml::Kind;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for (setting, key) in node.accepted(&context.cluster.target).filter(|(_, key)| key.kind.takes_one()) {
        for entry in &setting.entries {
            let count = entry.value.items().len();
            if entry.value.kind() != Kind::Sequence || count < 2 {
                continue;
            }
            let last = entry.value.items().next_back();
            let last = last.and_then(crate::yaml::NodeRef::text).unwrap_or_default();
            drafts.push(
                Draft::new(
                    entry.key.span(),
                    format!(
                        "`{}` takes one value, not {count}: only the last one, `{last}`, counts",
                        key.name
                    ),
                )
                .help("keep one value"),
            );
        }
    }
}
