//! `multus/order`: `multus` after another network plugin.

use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft, Target};
use crate::yaml::template_mark;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(setting) = node.setting("cni") else { return };
    let parts = setting.parts();
    let position = parts.iter().position(|(_, part)| part == "multus");
    let (Some(position @ 1..), Some((first, primary))) = (position, parts.first()) else { return };
    if parts.iter().any(|(_, part)| template_mark(part).is_some()) {
        return;
    }
    let at = parts[position].0.span();
    let mut draft =
        Draft::new(at, format!("`multus` comes after `{primary}` in `cni` but must come first; RKE2 exits"))
            .help(format!("write `multus` first: `cni: [multus, {primary}]`"));
    if parts.len() == 2 {
        let edits = if first.span() == at {
            vec![Edit { span: at, replacement: format!("multus,{primary}") }]
        } else {
            vec![
                Edit { span: first.span(), replacement: "multus".to_owned() },
                Edit { span: at, replacement: primary.clone() },
            ]
        };
        draft.fix =
            Some(Fix { safety: Safety::Safe, message: format!("put `multus` before `{primary}`"), edits });
    }
    drafts.push(draft);
}
