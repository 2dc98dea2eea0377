//! `node/label-syntax`: labels that the kubelet or the API server rejects.

use crate::rke2::node::{Flaw, is_stand_in, label};
use crate::rule::{Context, Draft, Target};
use crate::yaml::template_mark;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(setting) = node.setting("node-label") else { return };
    // Mappings and nested lists have a rule of their own.
    for (value, text) in setting.arguments().filter_map(|(value, text)| Some((value, text?))) {
        if template_mark(&text).is_some() || is_stand_in(&text) || text.is_empty() {
            continue;
        }
        let Err(flaw) = label(&text) else { continue };
        let several = text.contains(',') && text.split(',').all(|part| label(part).is_ok());
        let (message, help) = match flaw {
            _ if several => (
                format!("`{text}` is parsed as one label; the API server rejects its value"),
                "write one list element per label",
            ),
            Flaw::NoValue => (
                format!("label `{text}` has no value; the kubelet fails to start"),
                "write `key=value`, or `key=` for an empty value",
            ),
            Flaw::Key | Flaw::Effect(_) => (
                format!("invalid label key in `{text}`; the kubelet fails to start"),
                "write `key=value` with a key of letters, digits, `-`, `_`, `.` and an optional `domain/`",
            ),
            Flaw::Value => (
                format!("invalid label value in `{text}`; the kubelet fails to start"),
                "write a value of at most 63 letters, digits, `-`, `_` and `.`",
            ),
        };
        drafts.push(Draft::new(value.span(), message).help(help));
    }
}
