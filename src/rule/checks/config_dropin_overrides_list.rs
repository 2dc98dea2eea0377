//! `config/dropin-overrides-list`: a list overwritten by a later file.

use crate::catalog::{self, KeyType};
use crate::finding::Safety;
use crate::rule::{Context, Draft, Target};

/// Lists that express a single choice, so overwriting them is intended.
const CHOICES: [&str; 7] = [
    "cni",
    "ingress-controller",
    "cluster-cidr",
    "service-cidr",
    "cluster-dns",
    "node-ip",
    "node-external-ip",
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for overwrite in &node.merged.overwritten {
        let known = catalog::config_key(&overwrite.key).filter(|key| key.kind == KeyType::List);
        if known.is_none_or(|key| CHOICES.contains(&key.name.as_str()))
            || overwrite.in_one_file()
            || overwrite.clears()
            || overwrite.of_appended()
        {
            continue;
        }
        let Some(lost) = overwrite.lost().filter(|lost| !lost.is_empty()) else { continue };
        let (name, later) = (&overwrite.key, overwrite.later.key.span());
        let mut draft = Draft::new(
            later,
            format!("`{name}` overwrites the list of an earlier file; `{}` is lost", lost.join("`, `")),
        )
        .help(format!("write `{name}+` to add to the list"))
        .renamed(Safety::Unsafe, overwrite.later, &format!("{name}+"));
        for entry in &overwrite.earlier {
            draft = draft.related(entry.key.span(), "overwritten list");
        }
        drafts.push(draft);
    }
}
