//! `helm-chart-config/folded-scalar`: values after `>`, which joins lines.

use crate::finding::{Edit, Fix, Safety};
use crate::rke2::folded::Folded;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Document, Stream, looks_templated};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let entry = object.spec().and_then(|spec| spec.entry("valuesContent"));
    let (Some(entry), Some(values)) = (entry, object.values_document()) else { return };
    let Some(folded) = Folded::of(entry, &object.file.source) else { return };
    if folded.literal.first_error().is_some() || looks_templated(values.text.text()) {
        return;
    }
    let message = if values.stream.first_error().is_some() {
        "`>` folds the lines into invalid YAML; Helm rejects the values"
    } else if same(&values.stream, &folded.literal) {
        return;
    } else {
        "`>` joins the lines; Helm reads different values than shown here"
    };
    let mut draft = Draft::new(folded.header, message).help("write `|` instead of `>`");
    draft.fix = Some(Fix {
        safety: Safety::Safe,
        message: "keep the line breaks".to_owned(),
        edits: vec![Edit { span: folded.header, replacement: "|".to_owned() }],
    });
    drafts.push(draft);
}

fn same(one: &Stream, other: &Stream) -> bool {
    let roots = |stream| Stream::documents(stream).filter_map(Document::root).collect::<Vec<_>>();
    let (ours, theirs) = (roots(one), roots(other));
    ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(one, two)| one.same_data(*two))
}
