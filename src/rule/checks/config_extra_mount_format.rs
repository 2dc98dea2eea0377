//! `config/extra-mount-format`: mounts of static pods that RKE2 skips.

use super::config_control_plane_resources::COMPONENTS;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for component in COMPONENTS {
        let Some(setting) = node.setting(&format!("{component}-extra-mount")) else { continue };
        for (value, text) in setting.literals() {
            let Some(reason) = fault(&text) else { continue };
            drafts.push(
                Draft::new(value.span(), format!("`{text}` {reason}; {component} starts without the mount"))
                    .help("write `/on/the/host:/in/the/pod`, with `:ro` at the end for read-only"),
            );
        }
    }
}

fn fault(text: &str) -> Option<&'static str> {
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        [_, _] | [_, _, _, _] => None,
        [_, _, option] if ["ro", "rw"].iter().any(|known| option.eq_ignore_ascii_case(known)) => None,
        [_, _, _] => Some("ends in neither `ro` nor `rw`"),
        _ => Some("is not `SOURCE:TARGET`"),
    }
}
