//! `config/extra-env-format`: environment variables of static pods that RKE2 skips.

use super::config_control_plane_resources::COMPONENTS;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for component in COMPONENTS {
        let Some(setting) = node.setting(&format!("{component}-extra-env")) else { continue };
        for (value, text) in setting.literals().filter(|(_, text)| !text.contains('=')) {
            drafts.push(
                Draft::new(
                    value.span(),
                    format!("`{text}` has no `=`; {component} starts without the variable"),
                )
                .help(format!("write `{}=VALUE`", if text.is_empty() { "NAME" } else { &text })),
            );
        }
    }
}
