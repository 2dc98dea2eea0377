//! The fields of `HelmChart.spec` and `HelmChartConfig.spec` by release, from the helm-controller that each release
//! builds with, held against what the program says. This module must not change the program.

use std::collections::BTreeMap;

use regex::Regex;
use rke2_lint::rke2::chart_fields::{CHART_FIELDS, CONFIG_FIELDS, chart_field, has_config_field, has_field};
use rke2_lint::rke2::release::Release;

use super::RefreshError;
use super::git::Repository;
use super::go::pattern;

/// The file that defines the fields.
const TYPES: &str = "pkg/apis/helm.cattle.io/v1/types.go";

/// The fields of the two kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Fields {
    chart: Vec<String>,
    config: Vec<String>,
}

/// How many facts were compared, and those that are wrong in the program.
#[derive(Debug, Default)]
pub struct Comparison {
    pub compared: usize,
    pub wrong: Vec<String>,
}

/// Compares the fields of all releases with those of the program.
pub fn compare(
    rke2: &Repository,
    controller: &Repository,
    releases: &[(Release, String)],
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
            Some(Some(fields)) => fields.compare(*release, &mut comparison),
            _ => comparison.wrong.push(format!("{tag}: helm-controller {version} is not in the clone")),
        }
    }
    comparison.wrong.sort();
    Ok(comparison)
}

/// The commit of a version that has no tag: `v0.15.10-0.20240719101010-1234567890ab`.
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

    fn compare(&self, release: Release, comparison: &mut Comparison) {
        let mut hold = |kind: &str, name: &str, there: bool, known: bool| {
            comparison.compared += 1;
            if there != known {
                let says = |has: bool| if has { "has" } else { "does not have" };
                comparison.wrong.push(format!(
                    "{release} {} the {kind} field `{name}`, src/rke2/chart_fields.rs says it {}",
                    says(there),
                    says(known)
                ));
            }
        };
        for (name, field) in CHART_FIELDS.iter().filter_map(|(name, _)| Some((*name, chart_field(name)?))) {
            hold("HelmChart", name, self.chart.iter().any(|known| known == name), has_field(field, release));
        }
        for name in CONFIG_FIELDS {
            let there = self.config.iter().any(|known| known == name);
            hold("HelmChartConfig", name, there, has_config_field(name, release));
        }
        for name in self.chart.iter().filter(|name| chart_field(name).is_none()) {
            hold("HelmChart", name, true, false);
        }
        for name in self.config.iter().filter(|name| !CONFIG_FIELDS.contains(&name.as_str())) {
            hold("HelmChartConfig", name, true, false);
        }
    }
}
