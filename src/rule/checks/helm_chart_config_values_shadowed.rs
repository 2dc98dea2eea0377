//! `helm-chart-config/values-shadowed`: a value in `valuesContent` that `values` of the same object
//! overrides.

use crate::catalog::has_config_field;
use crate::cluster::fact::Datum;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Kind, NodeRef};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    if !context.cluster.target.all(|release| has_config_field("values", release)) {
        return;
    }
    let values = object.spec().and_then(|spec| spec.get("values"));
    let (Some(values), Some(text)) = (values, object.values_document()) else { return };
    for root in text.roots() {
        compare(root, values, &mut Vec::new(), drafts);
    }
}

fn compare(weak: NodeRef<'_>, strong: NodeRef<'_>, path: &mut Vec<String>, drafts: &mut Vec<Draft>) {
    for lost in weak.fields() {
        let name = lost.name();
        let Some(kept) = strong.entry(&name) else { continue };
        path.push(name.into_owned());
        if lost.value.kind() == Kind::Mapping && kept.value.kind() == Kind::Mapping {
            compare(lost.value, kept.value, path, drafts);
        } else if Datum::of(lost.value).same(&Datum::of(kept.value)) == Some(false) {
            drafts.push(
                Draft::new(
                    lost.label_span(),
                    format!("`{}` has no effect; `values` overrides it", path.join(".")),
                )
                .related(kept.label_span(), "overridden by this value")
                .help("remove one of the two"),
            );
        }
        path.pop();
    }
}
