//! `kube-proxy/args-without-kube-proxy`: settings of a disabled kube-proxy.

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target};

const KEYS: [&str; 3] = ["kube-proxy-arg", "kube-proxy-extra-mount", "kube-proxy-extra-env"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let off = node.fact("disable-kube-proxy");
    if off.is_true() != Some(true) {
        return;
    }
    for key in KEYS {
        let Some(setting) = node.setting(key).filter(|setting| !setting.values.is_empty()) else { continue };
        let Some(entry) = setting.entries.last() else { continue };
        let message = format!("`{key}` has no effect because of `disable-kube-proxy: true`");
        let mut draft = Draft::new(entry.key.span(), message).help(format!("remove `{key}`")).fixed(
            Safety::Safe,
            format!("remove `{key}`"),
            context.without(*entry).filter(|_| setting.entries.len() == 1),
        );
        if let Some(span) = off.span() {
            draft = draft.related(span, "kube-proxy is disabled here");
        }
        drafts.push(draft);
    }
}
