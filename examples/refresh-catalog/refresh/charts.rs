//! The tables of all charts that releases ship, imported from their archives. This module must not evaluate the
//! results.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rke2_lint::catalog::archive::{Surroundings, files_of};
use rke2_lint::catalog::{ChartTable, Types, compare_versions, import_packaged};
use serde_json::Value;

use super::RefreshError;
use super::git::Repository;
use super::go::pattern;
use super::releases::Row;

/// Values that a chart copies into a custom resource: the chart, the chart with the definitions, the value, and the
/// name of the definition.
const RESOURCES: &[(&str, &str, &str, &str)] = &[
    ("rke2-calico", "rke2-calico-crd", "installation", "installations.operator.tigera.io"),
    ("rke2-calico", "rke2-calico-crd", "apiServer", "apiservers.operator.tigera.io"),
    ("rke2-calico", "rke2-calico-crd", "goldmane", "goldmanes.operator.tigera.io"),
    ("rke2-calico", "rke2-calico-crd", "whisker", "whiskers.operator.tigera.io"),
    (
        "rke2-calico",
        "rke2-calico-crd",
        "defaultFelixConfiguration",
        "felixconfigurations.crd.projectcalico.org",
    ),
    ("rke2-calico", "rke2-calico-crd", "felixConfiguration", "felixconfigurations.crd.projectcalico.org"),
];

/// A version of a chart with all that is known about it.
pub struct Packaged {
    pub chart: String,
    pub version: String,
    pub archive: Vec<u8>,
    surroundings: Surroundings,
}

/// The versions that releases ship, each with its archive, by chart and from old to new. Missing archives are recorded.
pub fn versions(
    charts: &Repository,
    rke2: &Repository,
    rows: &[Row],
    missing: &mut Vec<String>,
) -> Result<Vec<Packaged>, RefreshError> {
    let branch = charts.branch(&["main", "HEAD"])?;
    let stored: BTreeMap<String, String> = charts
        .files(&branch, "assets")?
        .into_iter()
        .filter_map(|path| Some((path.rsplit('/').next()?.to_owned(), path)))
        .collect();
    let mut injected: BTreeMap<&str, BTreeMap<String, Types>> = BTreeMap::new();
    for row in rows {
        injected.insert(&row.release, injections(rke2, &row.release)?);
    }
    let mut definitions = Definitions::default();
    let mut found = Vec::new();
    for (chart, version) in shipped(rows) {
        let archive = |chart: &str, version: &str| -> Result<Option<Vec<u8>>, RefreshError> {
            let path = stored.get(&format!("{chart}-{version}.tgz"));
            path.map_or(Ok(None), |path| charts.bytes(&branch, path))
        };
        let Some(bytes) = archive(&chart, &version)? else {
            missing.push(format!("{chart}-{version}.tgz"));
            continue;
        };
        let of_version = || rows.iter().filter(|row| row.charts.get(&chart) == Some(&version));
        // A value that only some releases with this version set can be set by users of the others.
        let mut common: Option<BTreeMap<String, Types>> = None;
        for here in of_version().filter_map(|row| injected.get(row.release.as_str())) {
            match &mut common {
                Some(common) => common.retain(|path, _| here.contains_key(path)),
                None => common = Some(here.clone()),
            }
        }
        let split = |path: String| path.split('.').map(str::to_owned).collect();
        let mut surroundings = Surroundings {
            injected: common
                .unwrap_or_default()
                .into_iter()
                .map(|(path, types)| (split(path), types))
                .collect(),
            resources: Vec::new(),
        };
        for (_, from, value, definition) in RESOURCES.iter().filter(|(of, ..)| *of == chart) {
            let beside = of_version().filter_map(|row| row.charts.get(*from)).next_back();
            let Some(beside) = beside else { continue };
            let schemas = definitions.of(&format!("{from} {beside}"), || archive(from, beside))?;
            if let Some(schema) = schemas.get(*definition) {
                surroundings.resources.push((vec![(*value).to_owned()], schema.clone()));
            }
        }
        found.push(Packaged { chart, version, archive: bytes, surroundings });
    }
    Ok(found)
}

/// The chart versions of releases, by chart and from old to new.
fn shipped(rows: &[Row]) -> Vec<(String, String)> {
    let all: BTreeSet<(&str, &str)> = rows
        .iter()
        .flat_map(|row| row.charts.iter().map(|(chart, version)| (chart.as_str(), version.as_str())))
        .collect();
    let mut all: Vec<(String, String)> = all.into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| compare_versions(&a.1, &b.1)));
    all
}

/// The values that a release writes into `spec.set` of its charts.
fn injections(rke2: &Repository, tag: &str) -> Result<BTreeMap<String, Types>, RefreshError> {
    let text = rke2.text(tag, "pkg/bootstrap/bootstrap.go")?.unwrap_or_default();
    let entry = pattern(r#"(?m)^\s*"(global\.[\w.]+)":\s*(.+?),$"#);
    Ok(entry
        .captures_iter(&text)
        .map(|found| {
            let types = if found[2].contains("FormatBool") { Types::BOOL } else { Types::STRING };
            (found[1].to_owned(), types)
        })
        .collect())
}

/// The schemas for `spec` of custom resources, read once for each chart that defines them.
#[derive(Default)]
struct Definitions {
    charts: BTreeMap<String, BTreeMap<String, Value>>,
}

impl Definitions {
    fn of(
        &mut self,
        chart: &str,
        archive: impl Fn() -> Result<Option<Vec<u8>>, RefreshError>,
    ) -> Result<&BTreeMap<String, Value>, RefreshError> {
        if !self.charts.contains_key(chart) {
            let bytes = archive()?.unwrap_or_default();
            let files = files_of(&bytes).map_err(|error| RefreshError::archive(chart, &error))?;
            let texts = files.iter().filter(|(path, _)| path.starts_with("templates/"));
            let schemas = texts.flat_map(|(_, text)| schemas(&String::from_utf8_lossy(text))).collect();
            self.charts.insert(chart.to_owned(), schemas);
        }
        Ok(&self.charts[chart])
    }
}

/// The definitions in a text, by name.
fn schemas(text: &str) -> Vec<(String, Value)> {
    // The definitions are plain YAML, except for occasional conditions around them.
    let plain: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("{{")).collect();
    let mut found = Vec::new();
    for document in plain.join("\n").split("\n---") {
        let Ok(definition) = serde_yaml::from_str::<Value>(document) else { continue };
        if definition["kind"] != "CustomResourceDefinition" {
            continue;
        }
        let versions = definition["spec"]["versions"].as_array().cloned().unwrap_or_default();
        let served = versions.iter().find(|version| version["storage"] == true).or(versions.first());
        let schema = served.map(|version| &version["schema"]["openAPIV3Schema"]["properties"]["spec"]);
        if let (Some(name), Some(schema)) = (definition["metadata"]["name"].as_str(), schema) {
            found.push((name.to_owned(), schema.clone()));
        }
    }
    found
}

/// Imports all versions, and merges those of each chart.
pub fn tables(versions: &[Packaged]) -> Result<BTreeMap<String, ChartTable>, RefreshError> {
    let imported: Vec<ChartTable> = versions
        .par_iter()
        .map(|one| {
            let table = import_packaged(&one.archive, &one.surroundings);
            table
                .map(|table| table.renamed(&one.chart, &one.version))
                .map_err(|error| RefreshError::archive(&format!("{} {}", one.chart, one.version), &error))
        })
        .collect::<Result<_, _>>()?;
    let mut charts: BTreeMap<String, Vec<ChartTable>> = BTreeMap::new();
    for table in imported {
        charts.entry(table.name().to_owned()).or_default().push(table);
    }
    Ok(charts.into_iter().map(|(name, tables)| (name, ChartTable::union(&tables))).collect())
}
