//! `config/invisible-blank`: no-break and other wide spaces in keys.

use crate::finding::Safety;
use crate::rke2::config::key_name;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for (_, entry) in node.entries() {
        let name = key_name(&entry);
        let Some(blank) = name.chars().find(|c| is_invisible(*c)) else { continue };
        drafts.push(
            Draft::new(
                entry.key.span(),
                format!(
                    "key contains an invisible character (U+{:04X}); RKE2 does not recognize it and ignores the setting",
                    u32::from(blank)
                ),
            )
            .help(format!("write `{}` with ordinary spaces only", name.replace(is_invisible, "").trim()))
            .fixed(
                Safety::Safe,
                "remove the invisible characters",
                context.renamed(entry, name.replace(is_invisible, "").trim().trim_end_matches('+')),
            ),
        );
    }
}

fn is_invisible(c: char) -> bool {
    (c.is_whitespace() && !c.is_ascii()) || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}
