//! `node/taint-syntax`: taints that RKE2 rejects at startup.

use std::collections::BTreeSet;

use crate::catalog::has_change;
use crate::cluster::server::NodeConfig;
use crate::finding::{Edit, Fix, Safety, Severity};
use crate::rke2::config::Setting;
use crate::rke2::node::{Flaw, is_stand_in, taint};
use crate::rule::{Context, Draft, Target};
use crate::yaml::{NodeRef, Style, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    // Older releases joined the elements with commas, so that a comma-separated list in one element worked.
    let splits = context.cluster.target.any(|release| !has_change("taints-as-written", release));
    let mut seen = BTreeSet::new();
    for (value, text) in arguments(node) {
        if template_mark(&text).is_some() || is_stand_in(&text) {
            continue;
        }
        match taint(&text) {
            Ok(parsed) if parsed.removal => drafts.push(
                Draft::new(
                    value.span(),
                    format!("removing a taint with `{text}` is not supported; RKE2 silently ignores it"),
                )
                .help("remove the element, and remove the taint with `kubectl taint`")
                .severity(Severity::Warning),
            ),
            Ok(parsed) => {
                if !seen.insert((parsed.key.to_owned(), parsed.effect.to_owned())) {
                    let message = format!(
                        "duplicate taint `{}` with the effect `{}`; RKE2 exits with `failed to parse node taints`",
                        parsed.key, parsed.effect
                    );
                    drafts.push(Draft::new(value.span(), message).help("remove one of the two elements"));
                }
            }
            Err(flaw) => {
                let several = text.contains(',') && text.split(',').all(|part| taint(part).is_ok());
                if !(several && splits) {
                    drafts.push(draft(value, &text, flaw, several));
                }
            }
        }
    }
}

fn arguments<'a>(node: &NodeConfig<'a>) -> Vec<(NodeRef<'a>, String)> {
    let setting = node.setting("node-taint");
    let arguments = setting.into_iter().flat_map(Setting::arguments);
    arguments.filter_map(|(value, text)| Some((value, text?.into_owned()))).collect()
}

fn draft(value: NodeRef<'_>, text: &str, flaw: Flaw, several: bool) -> Draft {
    let what = match flaw {
        _ if several => "holds several taints in one list element",
        Flaw::Effect(Some(_)) => "has its effect in the wrong case",
        Flaw::Effect(None) | Flaw::NoValue => {
            "does not end in `NoSchedule`, `PreferNoSchedule` or `NoExecute`"
        }
        Flaw::Key => "does not start with a valid key",
        Flaw::Value => "does not have a valid value",
    };
    let message = format!("`{text}` {what}; RKE2 exits with `failed to parse node taints`");
    let draft = Draft::new(value.span(), message);
    match flaw {
        _ if several => draft.help("write one list element per taint"),
        Flaw::Effect(Some(effect)) => {
            let right = format!("{}:{effect}", text.rsplit_once(':').map_or(text, |(pair, _)| pair));
            let mut draft = draft.help(format!("write `{right}`"));
            let exact =
                matches!(value.style(), Some(Style::Plain | Style::SingleQuoted | Style::DoubleQuoted));
            draft.fix = exact.then(|| {
                let quote = match value.style() {
                    Some(Style::SingleQuoted) => "'",
                    Some(Style::DoubleQuoted) => "\"",
                    _ => "",
                };
                Fix {
                    safety: Safety::Safe,
                    message: format!("write the effect `{effect}`"),
                    edits: vec![Edit { span: value.span(), replacement: format!("{quote}{right}{quote}") }],
                }
            });
            draft
        }
        _ => draft.help("write `key=value:NoSchedule`, or `key:NoSchedule` without a value"),
    }
}
