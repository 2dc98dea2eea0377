//! `helm-chart/alias-in-chart`: `chart: alias/name`, which only works where the alias was added, and a name without a
//! repository.

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{NodeRef, Style, template_mark};

/// Openings of template directives, which may make the object conditional.
const MARKS: [&str; 4] = ["{%", "{{", "<%", "%{"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    let Some(spec) = object.spec() else { return };
    let Some(entry) = spec.entry("chart") else { return };
    let Some(chart) = entry.value.text() else { return };
    let elsewhere =
        chart.contains("://") || chart.starts_with(['/', '.', '~']) || chart.contains(['%', '$', '{', '<']);
    // `chartContent` takes precedence over the name of the chart.
    let has = |field: &str| spec.get(field).and_then(NodeRef::text).is_some_and(|text| !text.is_empty());
    if !elsewhere && !chart.contains('/') {
        let is_name =
            !chart.is_empty() && chart.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        // A custom job image may contain charts.
        let found = ["repo", "chartContent", "jobImage"].iter().any(|field| spec.get(field).is_some());
        let is_whole = || {
            manifest.is_deployed_as_is()
                && !manifest.is_patched(*object)
                && !object.is_open()
                && !manifest.file.is_open()
                && manifest.file.unit.is_none()
                && !MARKS.iter().any(|mark| manifest.file.source.text().contains(mark))
        };
        if is_name && !found && is_whole() && template_mark(chart).is_none() {
            let message =
                format!("`chart: {chart}` has no `repo`; Helm does not find the chart and the install fails");
            drafts.push(
                Draft::new(entry.label_span(), message).help("add `repo` with the URL of the repository"),
            );
        }
        return;
    }
    let Some((alias, name)) = chart.split_once('/').filter(|_| !elsewhere) else { return };
    if has("chartContent") || template_mark(chart).is_some() || name.is_empty() || alias.is_empty() {
        return;
    }
    let help_name = name.rsplit('/').next().unwrap_or(name);
    let draft = if has("repo") {
        let helm_chart = object.name().unwrap_or_default();
        let draft = Draft::new(
            entry.label_span(),
            format!(
                "`chart: {chart}` contains a slash; Helm looks for `{helm_chart}/{chart}` and the job fails"
            ),
        )
        .help(format!("write `chart: {help_name}`"));
        let plain = entry.value.style() == Some(Style::Plain) && !entry.value.is_alias();
        if plain { draft.edit(Safety::Safe, entry.value.span(), help_name) } else { draft }
    } else if alias == "stable" {
        // The job adds this repository itself.
        return;
    } else {
        Draft::new(
            entry.label_span(),
            format!("`chart: {chart}` uses the repository alias `{alias}`, which the job does not have; the install fails"),
        )
        .help(format!("set `repo` to the repository's URL, and write `chart: {help_name}`"))
    };
    drafts.push(draft);
}
