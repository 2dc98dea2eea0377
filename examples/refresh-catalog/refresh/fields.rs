//! The fields of `HelmChart.spec` and `HelmChartConfig.spec` by release, from the version of helm-controller that each
//! release is built with, compared with `kept/chart_fields.jsonl`. This module must not change the table.

use std::collections::BTreeMap;

use regex::Regex;
use rke2_lint::catalog::ChartField;
use rke2_lint::release::Release;

use super::RefreshError;
use super::git::Repository;
use super::go::pattern;

/// The file that defines the fields.
const TYPES: &str = "pkg/apis/helm.cattle.io/v1/types.go";

/// The fields of both kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Fields {
    chart: Vec<String>,
    config: Vec<String>,
}

/// The number of facts that were compared, and those that are wrong in the table.
#[derive(Debug, Default)]
pub struct Comparison {
    pub compared: usize,
    pub wrong: Vec<String>,
}

/// Compares the fields of all releases with those of the table.
pub fn compare(
    rke2: &Repository,
    controller: &Repository,
    releases: &[(Release, String)],
    table: &[ChartField],
) -> Result<Comparison, RefreshError> {
    let version =
        [pattern(r"k3s-io/helm-controller => \S+ (\S+)"), pattern(r"k3s-io/helm-controller (v\S+)")];
    let mut read: BTreeMap<String, Option<Fields>> = BTreeMap::new();
    let mut comparison = Comparison::default();
    for (release, tag) in releases {
        let module = rke2.text(tag, "go.mod")?.unwrap_or_default();
        let Some(found) = version.iter().find_map(|version| version.captures(&module)) else { continue };
        let version = found[1].to_owned();
        if !read.contains_key(&version) {
            let text = controller.text(revision(&version), TYPES)?;
            read.insert(version.clone(), text.map(|text| Fields::read(&text)));
        }
        match read.get(&version) {
            Some(Some(fields)) => fields.compare(*release, table, &mut comparison),
            _ => comparison.wrong.push(format!("{tag}: helm-controller {version} is not in the clone")),
        }
    }
    comparison.wrong.sort();
    Ok(comparison)
}

/// The commit of a version without a tag: `v0.15.10-0.20240719101010-1234567890ab`.
fn revision(version: &str) -> &str {
    let commit = version.rsplit('-').next().filter(|part| part.len() == 12);
    commit.filter(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit())).unwrap_or(version)
}

impl Fields {
    fn read(text: &str) -> Self {
        let json = pattern(r#"json:"(\w+)"#);
        let of = |kind: &str| {
            let body = Regex::new(&format!(r"(?s)type {kind} struct \{{(.*?)\n\}}")).ok();
            let body = body.and_then(|body| Some(body.captures(text)?.get(1)?.as_str()));
            body.map_or_else(Vec::new, |body| {
                json.captures_iter(body).map(|found| found[1].to_owned()).collect()
            })
        };
        Self { chart: of("HelmChartSpec"), config: of("HelmChartConfigSpec") }
    }

    fn compare(&self, release: Release, table: &[ChartField], comparison: &mut Comparison) {
        let mut hold = |kind: &str, name: &str, there: bool, known: bool| {
            comparison.compared += 1;
            if there != known {
                let says = |has: bool| if has { "has" } else { "does not have" };
                comparison.wrong.push(format!(
                    "{release} {} the {kind} field `{name}`, kept/chart_fields.jsonl says it {}",
                    says(there),
                    says(known)
                ));
            }
        };
        for row in table {
            let holds = |names: &[String]| names.contains(&row.field);
            hold("HelmChart", &row.field, holds(&self.chart), row.is_in(release));
            if row.config {
                hold("HelmChartConfig", &row.field, holds(&self.config), row.is_in(release));
            }
        }
        for name in self.chart.iter().filter(|name| !table.iter().any(|row| row.field == **name)) {
            hold("HelmChart", name, true, false);
        }
        for name in
            self.config.iter().filter(|name| !table.iter().any(|row| row.config && row.field == **name))
        {
            hold("HelmChartConfig", name, true, false);
        }
    }
}
