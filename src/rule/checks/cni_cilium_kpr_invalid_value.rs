//! `cni-cilium/kpr-invalid-value`: values of `kubeProxyReplacement` that the shipped chart does not accept.

use crate::catalog::chart_has_change;
use crate::cluster::fact::{Datum, Fact};
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft, Target};

const CHART: &str = "rke2-cilium";
/// Chart versions whose `kubeProxyReplacement` takes a boolean beside its words.
const WORDS: &str = "cilium-kpr-words";
/// Chart versions that take a boolean only.
const BOOLEAN: &str = "cilium-kpr-boolean";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let values = context.cluster.effective(object);
    let Fact::Known(found) = values.fact(&["kubeProxyReplacement"]) else { return };
    let Some(at) = found.at else { return };
    if !values.all_versions(|version| is_refused(&found.value, version)) {
        return;
    }
    let message =
        format!("invalid `kubeProxyReplacement: {}` in this rke2-cilium; the install fails", found.value);
    let only_boolean = values.has_change(BOOLEAN);
    let (help, replacement) = match &found.value {
        Datum::Text(text) if text == "strict" => ("write `kubeProxyReplacement: true`", Some("true")),
        Datum::Text(text) if text == "disabled" && only_boolean => {
            ("write `kubeProxyReplacement: false`", Some("false"))
        }
        Datum::Bool(_) => ("write `kubeProxyReplacement: strict`", None),
        _ => (
            "write `kubeProxyReplacement: true` if config.yaml has `disable-kube-proxy: true`, otherwise `false`",
            None,
        ),
    };
    let mut draft = Draft::new(at, message).help(help);
    draft.fix = replacement.map(|replacement| Fix {
        safety: Safety::Safe,
        message: help.to_owned(),
        edits: vec![Edit { span: at, replacement: replacement.to_owned() }],
    });
    drafts.push(draft);
}

/// What the template of a version does with a value. Nothing, null and empty text mean the default everywhere.
fn is_refused(value: &Datum<'_>, version: &str) -> bool {
    let has = |name| chart_has_change(name, CHART, version);
    match value {
        Datum::Text(text) if text.is_empty() => false,
        Datum::Text(text) if has(BOOLEAN) => !matches!(text.as_ref(), "true" | "false"),
        Datum::Text(text) if has(WORDS) => {
            !matches!(text.as_ref(), "true" | "false" | "strict" | "partial" | "disabled")
        }
        // Older charts compare texts only, and a template cannot compare `true` with one.
        Datum::Bool(true) => !has(WORDS),
        _ => false,
    }
}
