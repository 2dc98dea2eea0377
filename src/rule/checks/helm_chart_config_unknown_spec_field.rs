//! `helm-chart-config/unknown-spec-field`: fields that the CRD of HelmChartConfig does not have.

use crate::catalog::{chart_field, config_fields, has_config_field};
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft, Target};
use crate::spelling::nearest;
use crate::yaml::{Entry, NodeRef, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let Some(spec) = object.spec() else { return };
    for entry in spec.fields() {
        let name = entry.name();
        if name.starts_with("x-") || name.starts_with('.') || template_mark(&name).is_some() {
            continue;
        }
        if chart_field(&name).is_some_and(|field| field.config) {
            drafts.extend(too_new(context, &entry));
        } else {
            let draft = unknown(spec, &entry);
            // A release newer than the catalogue may have new fields.
            let known = chart_field(&name).is_some() || draft.fix.is_some();
            if known || context.cluster.target.beyond_catalogue().is_none() {
                drafts.push(draft);
            }
        }
    }
}

fn too_new(context: &Context<'_, '_>, entry: &Entry<'_>) -> Option<Draft> {
    let name = entry.name();
    let target = &context.cluster.target;
    if target.releases().is_empty() || target.with_asked().any(|release| has_config_field(&name, release)) {
        return None;
    }
    let since = chart_field(&name)?.first_releases();
    let help = if name == "values" {
        "write the values as a string under `valuesContent: |-`".to_owned()
    } else {
        format!("remove `{name}`, or upgrade to one of these releases")
    };
    Some(
        Draft::new(
            entry.key.span(),
            format!(
                "`{name}` is not a HelmChartConfig field in `{target}` (added in {since}); the API server silently drops it"
            ),
        )
        .help(help),
    )
}

fn unknown(spec: NodeRef<'_>, entry: &Entry<'_>) -> Draft {
    let name = entry.name();
    if chart_field(&name).is_some() {
        let help = if name == "set" {
            "write it as values under `valuesContent: |-`"
        } else {
            "remove it; the packaged HelmChart sets it"
        };
        return Draft::new(
            entry.key.span(),
            format!(
                "`{name}` is a HelmChart field, not a HelmChartConfig field; the API server silently drops it"
            ),
        )
        .help(help);
    }
    let draft = Draft::new(
        entry.key.span(),
        format!("unknown field `{name}` in HelmChartConfig; the API server silently drops it"),
    );
    let Some(meant) = meant(&name).filter(|meant| spec.get(meant).is_none()) else {
        return draft.help("move values of the chart under `valuesContent: |-`");
    };
    let mut draft = draft.help(format!("write `{meant}`"));
    draft.fix = Some(Fix {
        // The API server dropped the field so far; the fix makes it take effect.
        safety: Safety::Unsafe,
        message: format!("rename it to `{meant}`"),
        edits: vec![Edit { span: entry.key.span(), replacement: meant.to_owned() }],
    });
    draft
}

/// The field with the nearest name.
fn meant(name: &str) -> Option<&'static str> {
    nearest(name, config_fields().map(|field| field.field.as_str()), 2)
}
