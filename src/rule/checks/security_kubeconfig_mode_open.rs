//! `security/kubeconfig-mode-open`: an admin kubeconfig that every local user can read.

use crate::cluster::fact::{Fact, Found};
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Fact::Known(Found { value, at: Some(at) }) = node.fact("write-kubeconfig-mode") else { return };
    // RKE2 reads the text as octal, whatever YAML made of it.
    let Some(mode) = value.as_text().and_then(|text| u32::from_str_radix(text.trim(), 8).ok()) else {
        return;
    };
    if mode & 0o004 == 0 {
        return;
    }
    let mut draft = Draft::new(
        at,
        format!("`write-kubeconfig-mode` is `{value}`; every user of the node can read the admin kubeconfig"),
    )
    .help("set `write-kubeconfig-mode: \"0640\"` and grant access with `write-kubeconfig-group`");
    draft.fix = Some(Fix {
        safety: Safety::Unsafe,
        message: "set `write-kubeconfig-mode` to `\"0600\"`".to_owned(),
        edits: vec![Edit { span: at, replacement: "\"0600\"".to_owned() }],
    });
    drafts.push(draft);
}
