//! `helm-chart-config/empty-values`: a HelmChartConfig that changes nothing.

use crate::catalog::config_fields;
use crate::finding::Severity;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Kind, looks_templated};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    if manifest.is_patched(*object) {
        return;
    }
    let spec = object.node.get("spec").filter(|spec| !spec.is_null());
    let misplaced = |node: Option<crate::yaml::NodeRef<'_>>| {
        node.is_some_and(|node| {
            node.get("spec").is_some() || config_fields().any(|field| node.get(&field.field).is_some())
        })
    };
    let Some(spec) = spec else {
        let elsewhere = config_fields().any(|field| object.node.get(&field.field).is_some());
        if !elsewhere && !misplaced(object.node.get("metadata")) {
            drafts.push(
                Draft::new(object.label_span(), "HelmChartConfig has no `spec` and changes nothing")
                    .help("remove it, or add `spec.valuesContent`"),
            );
        }
        return;
    };
    if spec.kind() != Kind::Mapping || spec.fields().iter().any(|entry| entry.name() != "valuesContent") {
        return;
    }
    let Some(entry) = spec.entry("valuesContent") else { return };
    let Some(text) = entry.value.text().filter(|text| !looks_templated(text)) else { return };
    let blank = entry.value.is_null()
        || text.lines().all(|line| line.trim().is_empty() || line.trim().starts_with('#'));
    if !blank {
        return;
    }
    let mut draft =
        Draft::new(entry.key.span(), "`valuesContent` has no values; this object changes nothing")
            .help("remove the object, or write values under `valuesContent: |-`");
    // Values were probably commented out on purpose.
    if text.contains('#') {
        draft = draft.severity(Severity::Info);
    }
    drafts.push(draft);
}
