//! `windows/agent-unsupported-keys`: keys without effect on a Windows agent.

use crate::cluster::fact::{Datum, Fact, Found};
use crate::finding::Safety;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(sign) = node.windows_sign() else { return };
    for (key, why) in [("profile", "the node is not hardened"), ("selinux", "Windows has no SELinux")] {
        let Fact::Known(Found { value, at: Some(at) }) = node.fact(key) else { continue };
        if matches!(&value, Datum::Bool(false)) || value.as_text().is_some_and(|text| text.is_empty()) {
            continue;
        }
        let entry = node.setting(key).and_then(|setting| setting.entries.last().copied());
        drafts.push(
            Draft::new(at, format!("`{key}: {value}` has no effect on a Windows agent; {why}"))
                .related(sign, "Windows path")
                .help(format!("remove `{key}`"))
                .fixed(
                    Safety::Safe,
                    format!("remove `{key}`"),
                    entry.and_then(|entry| context.without(entry)),
                ),
        );
    }
}
