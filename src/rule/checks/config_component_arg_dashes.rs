//! `config/component-arg-dashes`: two redundant dashes before an argument.

use crate::finding::Safety;
use crate::rke2::argument::{Argument, LISTS};
use crate::rule::{Context, Draft, Target};
use crate::yaml::Style;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for (list, _) in LISTS {
        for (value, text) in node.setting(list).into_iter().flat_map(crate::rke2::config::Setting::literals) {
            let argument = Argument::parse(&text);
            if argument.dashes != 2 {
                continue;
            }
            let mut draft =
                Draft::new(value.span(), format!("redundant dashes in `{text}`; RKE2 adds them itself"))
                    .help(format!("write `{}`", &text[2..]));
            if value.style() == Some(Style::Plain) && !value.is_alias() {
                draft = draft.edit(Safety::Safe, value.span(), &text[2..]);
            }
            drafts.push(draft);
        }
    }
}
