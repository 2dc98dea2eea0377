//! `config/append-broken-by-later-file`: entries added with `key+` and overwritten by a plain `key`.

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for overwrite in
        node.merged.overwritten.iter().filter(|overwrite| overwrite.of_appended() && !overwrite.clears())
    {
        let Some(lost) = overwrite.lost().filter(|lost| !lost.is_empty()) else { continue };
        let (name, later) = (&overwrite.key, overwrite.later.key.span());
        let mut draft = Draft::new(
            later,
            format!("`{name}` discards the entries that `{name}+` added earlier: `{}`", lost.join("`, `")),
        )
        .help(format!("write `{name}+` here too, or move this key to the first file"))
        .renamed(Safety::Unsafe, overwrite.later, &format!("{name}+"));
        for entry in &overwrite.earlier {
            draft = draft.related(entry.key.span(), "added here");
        }
        drafts.push(draft);
    }
}
