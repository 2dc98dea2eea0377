//! `cni-cilium/kpr-invalid-value`: values of `kubeProxyReplacement` that the shipped chart does not accept.

use crate::catalog::compare_versions;
use crate::cluster::fact::{Datum, Fact};
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft, Target};

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
    let only_boolean = values.at_least("1.16.000");
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
    let at_least = |bound| compare_versions(version, bound).is_ge();
    match value {
        Datum::Text(text) if text.is_empty() => false,
        Datum::Text(text) if at_least("1.16.000") => !matches!(text.as_ref(), "true" | "false"),
        Datum::Text(text) if at_least("1.14.000") => {
            !matches!(text.as_ref(), "true" | "false" | "strict" | "partial" | "disabled")
        }
        // Older charts compare texts only, and a template cannot compare `true` with one.
        Datum::Bool(true) => !at_least("1.14.000"),
        _ => false,
    }
}
