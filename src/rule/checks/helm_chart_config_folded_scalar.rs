//! `helm-chart-config/folded-scalar`: values below `>`, which joins lines.

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
        "`>` joins lines, and what comes out of these is no YAML: Helm refuses the values"
    } else if same(&values.stream, &folded.literal) {
        return;
    } else {
        "`>` joins lines, so Helm reads other values than these lines say"
    };
    let mut draft = Draft::new(folded.header, message).help("write `|` in place of `>`");
    draft.fix = Some(Fix {
        safety: Safety::Safe,
        message: "keep the lines".to_owned(),
        edits: vec![Edit { span: folded.header, replacement: "|".to_owned() }],
    });
    drafts.push(draft);
}

fn same(one: &Stream, other: &Stream) -> bool {
    let roots = |stream| Stream::documents(stream).filter_map(Document::root).collect::<Vec<_>>();
    let (ours, theirs) = (roots(one), roots(other));
    ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(one, two)| one.same_data(*two))
}
