//! `node/label-reserved-prefix`: labels that the kubelet may not set on itself.

use crate::rke2::config::Setting;
use crate::rke2::node::{is_reserved_label, label};
use crate::rule::{Context, Draft, Target};
use crate::yaml::template_mark;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let labels = node.setting("node-label").into_iter().flat_map(Setting::arguments);
    for (value, text) in labels.filter_map(|(value, text)| Some((value, text?))) {
        if template_mark(&text).is_some() {
            continue;
        }
        // A list in one element is split by the kubelet, too.
        for part in text.split(',') {
            let Ok((key, _)) = label(part) else { continue };
            if is_reserved_label(key) {
                drafts.push(
                    Draft::new(
                        value.span(),
                        format!("the kubelet may not set the label `{key}` on its own node; it fails to start"),
                    )
                    .help(format!("set it with `kubectl label node NAME {part}` after the node has joined, or use another prefix")),
                );
            }
        }
    }
}
