//! `helm-chart-config/server-side-value`: `serverSide` takes three strings, not booleans.

use crate::catalog::has_config_field;
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Value, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let entry = object.spec().and_then(|spec| spec.entry("serverSide"));
    let (Some(_), Some(entry)) = (object.helm_kind(), entry) else { return };
    // Releases without the field drop it, whatever its value.
    if !context.cluster.target.any(|release| has_config_field("serverSide", release)) {
        return;
    }
    let Some(text) = entry.value.text().filter(|text| template_mark(text).is_none()) else { return };
    let mut draft = Draft::new(
        entry.label_span(),
        format!(
            "`serverSide: {text}`: expected \"true\", \"false\" or \"auto\" in quotes; the API server rejects the object"
        ),
    );
    match entry.value.value() {
        Some(Value::Bool(value)) => {
            draft = draft.help(format!("quote it: `serverSide: \"{value}\"`"));
            draft.fix = Some(Fix {
                safety: Safety::Safe,
                message: "quote the value".to_owned(),
                edits: vec![Edit { span: entry.value.span(), replacement: format!("\"{value}\"") }],
            });
        }
        Some(Value::Str(text)) if matches!(text.as_ref(), "true" | "false" | "auto" | "") => return,
        Some(Value::Null) | None => return,
        Some(_) => draft = draft.help("write \"true\", \"false\" or \"auto\", in quotes"),
    }
    drafts.push(draft);
}
