//! `config/cni-two-primaries`: more than one primary network plugin.

use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(setting) = node.setting("cni").filter(|setting| setting.is_literal()) else { return };
    let parts = setting.raw_parts();
    let multus_first = parts.first().is_some_and(|(_, part)| part == "multus");
    // Multus in another place is the matter of a rule of its own.
    if parts.iter().skip(1).any(|(_, part)| part == "multus") {
        return;
    }
    let allowed = if multus_first { 2 } else { 1 };
    let Some((value, part)) = parts.get(allowed) else { return };
    let names: Vec<&str> = parts.iter().map(|(_, part)| part.as_str()).collect();
    drafts.push(
        Draft::new(
            value.span(),
            format!(
                "more than one primary CNI: `{}`; RKE2 fails to start because of `{part}`",
                names.join(", ")
            ),
        )
        .help(format!(
            "keep one of them; only `multus` may come before it: `cni: [multus, {}]`",
            names[allowed - 1]
        )),
    );
}
