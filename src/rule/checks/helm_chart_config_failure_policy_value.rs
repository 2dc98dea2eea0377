//! `helm-chart-config/failure-policy-value`: a `failurePolicy` that the CRD of the release does not allow.

use crate::catalog::has_config_field;
use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};
use crate::yaml::template_mark;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let entry = object.spec().and_then(|spec| spec.entry("failurePolicy"));
    let (Some(_), Some(entry)) = (object.helm_kind(), entry) else { return };
    let Some(value) = entry
        .value
        .text()
        .filter(|text| !text.is_empty() && !entry.value.is_null() && template_mark(text).is_none())
    else {
        return;
    };
    let target = &context.cluster.target;
    // The value came with the helm-controller that brought `serverSide`.
    let retries = target.any(|release| has_config_field("serverSide", release));
    if matches!(value, "abort" | "reinstall") || (value == "retry" && retries) {
        return;
    }
    let draft = if value == "retry" {
        Draft::new(
            entry.label_span(),
            format!("`failurePolicy: retry` is not supported by {target}; the API server rejects the object"),
        )
    } else {
        Draft::new(
            entry.label_span(),
            format!("invalid `failurePolicy: {value}`; the API server rejects the object"),
        )
    };
    let words = ["abort", "reinstall", "retry"].into_iter().filter(|word| retries || *word != "retry");
    let near = crate::spelling::nearest(value, words, 2);
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if retries => "write `abort`, `reinstall` or `retry`".to_owned(),
        None => "write `abort` or `reinstall`".to_owned(),
    };
    let edit = near.and_then(|near| edit::reword(entry.value, near));
    drafts.push(draft.help(help).fixed(Safety::Safe, "correct the spelling", edit));
}
