//! `helm-chart/set-value-not-scalar`: values of `spec.set` that the API server rejects.

use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Kind, Style, Value};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let set = object.spec().and_then(|spec| spec.get("set"));
    for entry in set.map(crate::yaml::NodeRef::fields).unwrap_or_default() {
        let text = entry.value.text().unwrap_or_default();
        let what = match (entry.value.kind(), entry.value.value()) {
            (Kind::Sequence, _) => "a list".to_owned(),
            (Kind::Mapping, _) if is_template(entry.value) => continue,
            (Kind::Mapping, _) => "a map".to_owned(),
            (_, Some(Value::Bool(_))) => format!("the boolean `{text}`"),
            (_, Some(Value::Float(_))) => format!("the fraction `{text}`"),
            (_, Some(Value::Int(number))) if i32::try_from(number).is_err() => {
                format!("the large number `{text}`")
            }
            (_, Some(Value::UInt(_))) => format!("the large number `{text}`"),
            _ => continue,
        };
        let message = format!("`set.{}`: expected a string or 32-bit integer, found {what}", entry.name());
        let draft = Draft::new(entry.label_span(), message);
        drafts.push(if entry.value.kind() == Kind::Scalar {
            let mut draft = draft.help(format!("quote it: `\"{text}\"`"));
            draft.fix = (entry.value.style() == Some(Style::Plain) && !entry.value.is_alias()).then(|| Fix {
                safety: Safety::Safe,
                message: "quote the value".to_owned(),
                edits: vec![Edit { span: entry.value.span(), replacement: format!("\"{text}\"") }],
            });
            draft
        } else {
            draft.help("set each leaf with its own dotted key, or move the values to `valuesContent`")
        });
    }
}

/// YAML parses an unquoted `{{ value }}` as a map within a map.
fn is_template(node: crate::yaml::NodeRef<'_>) -> bool {
    node.entries().any(|entry| entry.key.kind() == Kind::Mapping)
}
