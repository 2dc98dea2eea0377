//! `config/cni-invalid-value`: unknown network plugins.

use crate::catalog::config_values;
use crate::finding::Safety;
use crate::rule::{Context, Draft, Target};
use crate::spelling::nearest;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(setting) = node.setting("cni") else { return };
    let target = &context.cluster.target;
    let refused = |name: &str| {
        target.all(|release| {
            config_values(release).is_some_and(|values| !values.cni.iter().any(|known| known == name))
        })
    };
    let Some(known) = target.newest().and_then(config_values) else { return };
    let known: Vec<&str> = known.cni.iter().map(String::as_str).filter(|name| *name != "multus").collect();
    for (value, part) in setting.raw_parts() {
        if !refused(&part) {
            continue;
        }
        let entry = setting.entries.iter().find(|entry| entry.value.span() == value.span());
        let at = entry.map_or(value.span(), crate::yaml::Entry::label_span);
        let lower = part.trim().to_ascii_lowercase();
        let meant = lower.strip_prefix("rke2-").unwrap_or(&lower);
        let meant = if meant == "false" { "none" } else { meant };
        let is_slip =
            known.contains(&meant) || meant == "multus" || nearest(meant, known.iter().copied(), 2).is_some();
        // A release newer than the catalogue may have a new plugin.
        if target.beyond_catalogue().is_some() && !is_slip && !part.is_empty() {
            continue;
        }
        let message = if part.is_empty() {
            "`cni` is empty; RKE2 fails to start".to_owned()
        } else {
            format!("unknown CNI `{part}`; RKE2 fails to start")
        };
        let mut draft = Draft::new(at, message);
        if known.contains(&meant) || meant == "multus" {
            draft = draft.help(format!("write `{meant}`"));
            if value.text() == Some(part.as_str()) && !part.is_empty() {
                draft = draft.reworded(Safety::Safe, value, meant);
            }
        } else {
            let plugins: Vec<&str> = known.iter().copied().filter(|name| *name != "none").collect();
            draft = draft
                .help(format!("use one of `{}`, or `none` to install your own CNI", plugins.join("`, `")));
        }
        drafts.push(draft);
    }
}
