//! `config/boolean-spelling`: values that Go's `ParseBool` rejects.

use crate::catalog::KeyType;
use crate::cluster::fact::Datum;
use crate::finding::Safety;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for (setting, key) in node.accepted(&context.cluster.target).filter(|(_, key)| key.kind == KeyType::Bool)
    {
        for (value, text) in setting.literals() {
            if Datum::Text(text.clone()).as_bool().is_some() {
                continue;
            }
            let at = setting.entries.iter().find(|entry| entry.value.span() == value.span());
            let at = at.map_or(value.span(), crate::yaml::Entry::label_span);
            let name = &key.name;
            if text.is_empty() {
                drafts.push(
                    Draft::new(
                        at,
                        format!("`{name}` is empty; RKE2 exits with `invalid boolean value \"\"`"),
                    )
                    .help(format!("write `{name}: true`, or remove the key")),
                );
                continue;
            }
            let meant = match text.to_ascii_lowercase().as_str() {
                "yes" | "on" | "y" | "enabled" | "enable" | "true" => Some("true"),
                "no" | "off" | "n" | "disabled" | "disable" | "false" => Some("false"),
                _ => None,
            };
            let mut draft = Draft::new(
                at,
                format!("`{text}` is not a boolean; RKE2 exits with `invalid boolean value \"{text}\" for -{name}`"),
            )
            .help("write `true` or `false`");
            if let Some(meant) = meant {
                draft = draft.edit(Safety::Safe, value.span(), meant);
            }
            drafts.push(draft);
        }
    }
}
