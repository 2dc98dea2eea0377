//! `config/component-arg-wrong-component`: a flag in the list of a component that does not have it.

use crate::rke2::argument::{Argument, LISTS, list_of};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for (list, component) in LISTS {
        for (value, text) in node.setting(list).into_iter().flat_map(crate::rke2::config::Setting::literals) {
            let argument = Argument::parse(&text);
            let Some(right) = list_of(argument.name).filter(|right| *right != list) else { continue };
            let owner = right.trim_end_matches("-arg");
            drafts.push(
                Draft::new(
                    value.span(),
                    format!("`{}` is a flag of {owner}: {component} does not know it and exits", argument.name),
                )
                .help(format!("move `{text}` to `{right}`")),
            );
        }
    }
}
