//! `helm-chart-config/valuescontent-not-string`: `valuesContent` without a block scalar.

use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft, Target};
use crate::source::Span;
use crate::yaml::{Entry, Kind, Value};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let entry = object.spec().and_then(|spec| spec.entry("valuesContent"));
    let (Some(_), Some(entry)) = (object.helm_kind(), entry) else { return };
    let text = object.file.source.text();
    let written = text.get(entry.value.span().range()).unwrap_or_default();
    if written.starts_with("{{") {
        return;
    }
    let what = match (entry.value.kind(), entry.value.value()) {
        (Kind::Mapping, _) => "a map".to_owned(),
        (Kind::Sequence, _) => "a list".to_owned(),
        (_, Some(Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_))) => {
            format!("`{written}`")
        }
        _ => return,
    };
    let mut draft = Draft::new(
        entry.key.span(),
        format!("`valuesContent`: expected a string, found {what}; the API server rejects the object"),
    )
    .help("write `valuesContent: |-` and keep the values under it unchanged");
    if let Some(span) = header_place(&entry, text) {
        draft.fix = Some(Fix {
            safety: Safety::Safe,
            message: "convert it to a block scalar".to_owned(),
            edits: vec![Edit { span, replacement: " |-".to_owned() }],
        });
    }
    drafts.push(draft);
}

/// Where to insert `|-`: after the colon of a key whose value starts on a later line.
fn header_place(entry: &Entry<'_>, text: &str) -> Option<Span> {
    let (key, value) = (entry.key.span(), entry.value.span());
    let between = text.get(key.range().end..value.range().start)?;
    let line = between.strip_prefix(':')?.split('\n').next()?.trim_end_matches('\r');
    let values = text.get(value.range())?;
    // Anchors and aliases would become plain text.
    let plain = between.contains('\n') && line.trim().is_empty() && !values.contains(['&', '*']);
    let at = key.range().end + 1;
    plain.then(|| Span::new(key.file, at, at + line.len()))
}
