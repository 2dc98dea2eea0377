//! `config/comma-list-blank`: spaces next to the commas of addresses and networks.

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target};

/// Keys whose parts RKE2 takes with their blanks and then fails to parse.
const KEYS: [&str; 4] = ["cluster-cidr", "service-cidr", "cluster-dns", "node-ip"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for (setting, key) in node.accepted(&context.cluster.target) {
        if !KEYS.contains(&key.name.as_str()) {
            continue;
        }
        for (value, text) in setting.literals() {
            if !text.split(',').any(|part| part.trim() != part && !part.trim().is_empty()) {
                continue;
            }
            let joined: Vec<&str> = text.split(',').map(str::trim).collect();
            let joined = joined.join(",");
            drafts.push(
                Draft::new(
                    value.span(),
                    format!("space next to a comma in `{text}`; RKE2 does not trim it and exits with `invalid {}`", key.name),
                )
                .help(format!("write `{joined}`"))
                .edit(Safety::Safe, value.span(), format!("\"{joined}\"")),
            );
        }
    }
}
