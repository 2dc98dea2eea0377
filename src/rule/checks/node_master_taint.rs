//! `node/master-taint`: the former taint of the control plane.

use crate::finding::{Edit, Fix, Safety};
use crate::rke2::config::Setting;
use crate::rke2::node::taint;
use crate::rule::{Context, Draft, Target};
use crate::yaml::Style;

const OLD: &str = "node-role.kubernetes.io/master";
const NEW: &str = "node-role.kubernetes.io/control-plane";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let taints = node.setting("node-taint").into_iter().flat_map(Setting::arguments);
    for (value, text) in taints.filter_map(|(value, text)| Some((value, text?))) {
        if !taint(&text).is_ok_and(|parsed| parsed.key == OLD && !parsed.removal) {
            continue;
        }
        let message =
            format!("RKE2's components do not tolerate the taint `{text}`, only `{NEW}`; they stay pending");
        let right = text.replacen(OLD, NEW, 1);
        let mut draft = Draft::new(value.span(), message).help(format!("write `{right}`"));
        draft.fix = (value.style() == Some(Style::Plain)).then(|| Fix {
            safety: Safety::Safe,
            message: format!("use `{NEW}`"),
            edits: vec![Edit { span: value.span(), replacement: right }],
        });
        drafts.push(draft);
    }
}
