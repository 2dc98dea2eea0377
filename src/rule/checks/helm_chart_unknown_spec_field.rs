//! `helm-chart/unknown-spec-field`: fields that the API server drops from a `HelmChart`.

use crate::catalog::{chart_field, chart_fields};
use crate::cluster::charts::ChartObject;
use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};
use crate::yaml::{Kind, template_mark};

/// Field names from other tools, with the field that is meant.
const MEANT: &[(&str, &str)] = &[
    ("namespace", "targetNamespace"),
    ("chartVersion", "version"),
    ("repository", "repo"),
    ("repoURL", "repo"),
    ("chartName", "chart"),
    ("valuesYaml", "valuesContent"),
    ("valuesObject", "values"),
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let generated = context.cluster.chart_of(*object).is_some_and(ChartObject::is_generated);
    let Some(spec) = object.spec().filter(|_| !generated) else { return };
    let target = &context.cluster.target;
    for entry in spec.entries().filter(|entry| !entry.is_merge() && entry.key.kind() == Kind::Scalar) {
        let name = entry.name();
        // Extensions, holders of anchors, and template placeholders.
        let is_aside = || name.starts_with("x-") || name.starts_with('.') || template_mark(&name).is_some();
        let draft = match chart_field(&name) {
            Some(field) if target.with_asked().all(|release| !field.is_in(release)) => Draft::new(
                entry.key.span(),
                format!(
                    "`spec.{name}` is not a HelmChart field in {target}; the API server silently drops it"
                ),
            )
            .help(format!("remove `{name}`, or upgrade RKE2 first")),
            Some(_) => continue,
            None if is_aside() => continue,
            None => {
                let meant = meant(&name);
                // A release newer than the catalogue may have new fields.
                if target.beyond_catalogue().is_some() && meant.is_none() {
                    continue;
                }
                let message =
                    format!("unknown field `spec.{name}` in HelmChart; the API server silently drops it");
                let free = meant.filter(|meant| spec.entry(meant).is_none());
                Draft::new(entry.key.span(), message).help(help(&name, meant)).fixed(
                    Safety::Unsafe,
                    "rename the field",
                    free.and_then(|meant| edit::rename(entry, meant)),
                )
            }
        };
        drafts.push(draft);
    }
}

/// The field that a name from another tool or a misspelled name means.
fn meant(name: &str) -> Option<&'static str> {
    let spelt =
        |known: &&'static str| known.eq_ignore_ascii_case(name) || strsim::osa_distance(known, name) <= 2;
    let elsewhere = MEANT.iter().find(|(other, _)| *other == name).map(|(_, meant)| *meant);
    elsewhere.or_else(|| chart_fields().iter().map(|field| field.field.as_str()).find(spelt))
}

fn help(name: &str, meant: Option<&str>) -> String {
    match meant {
        Some(meant) => format!("write `{meant}`"),
        None if name == "releaseName" => {
            "set `metadata.name`; the release takes the HelmChart's name".to_owned()
        }
        None if name == "valuesFiles" || name == "valueFiles" => {
            "move the values to `valuesContent`".to_owned()
        }
        None => "remove the field; values of the chart belong in `valuesContent`".to_owned(),
    }
}
