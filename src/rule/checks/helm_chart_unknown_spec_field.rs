//! `helm-chart/unknown-spec-field`: fields that the API prunes from a `HelmChart`.

use crate::cluster::charts::ChartObject;
use crate::rke2::chart_fields::{CHART_FIELDS, chart_field, has_field};
use crate::rule::{Context, Draft, Target};
use crate::yaml::Kind;

/// What is meant by names that come from other tools.
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
    let generated = ChartObject::of_file(0, object.file)
        .iter()
        .any(|chart| chart.is_generated() && chart.object.node.span() == object.node.span());
    let Some(spec) = object.spec().filter(|_| !generated) else { return };
    let target = &context.cluster.target;
    for entry in spec.entries().filter(|entry| !entry.is_merge() && entry.key.kind() == Kind::Scalar) {
        let name = entry.name();
        let draft = match chart_field(&name) {
            Some(field) if target.all(|release| !has_field(field, release)) => Draft::new(
                entry.key.span(),
                format!(
                    "`{name}` is too new for {target}: the API drops it from the HelmChart without a word"
                ),
            )
            .help("remove the field, or upgrade RKE2 first"),
            Some(_) => continue,
            None => {
                let message = format!("a HelmChart has no field `{name}`: the API drops it without a word");
                Draft::new(entry.key.span(), message).help(help(&name))
            }
        };
        drafts.push(draft);
    }
}

fn help(name: &str) -> String {
    let spelt = |known: &&str| known.eq_ignore_ascii_case(name) || strsim::osa_distance(known, name) <= 2;
    let meant = MEANT.iter().find(|(other, _)| *other == name).map(|(_, meant)| *meant);
    match meant.or_else(|| CHART_FIELDS.iter().map(|(known, _)| *known).find(spelt)) {
        Some(meant) => format!("write `{meant}`"),
        None if name == "releaseName" => {
            "the release is called like the HelmChart: set `metadata.name`".to_owned()
        }
        None if name == "valuesFiles" || name == "valueFiles" => {
            "put the values into `valuesContent`".to_owned()
        }
        None => "remove the field; values of the chart belong in `valuesContent`".to_owned(),
    }
}
