//! Compares the tables of charts with their archives, using an independent reader: plain YAML, and patterns over
//! templates. This module must not use the importer.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use regex::Regex;
use rke2_lint::catalog::archive::files_of;
use rke2_lint::catalog::{ChartTable, ChartValues, ChartView, Flags, Lookup};
use serde_json::Value;

use super::charts::Packaged;
use super::go::pattern;

/// Numbers, and the differences that were found.
#[derive(Debug, Default)]
pub struct Audit {
    /// Number of paths in values.yaml files.
    pub values: usize,
    /// Number of these whose type is missing or different in the table.
    pub types_wrong: usize,
    /// Number of scalars in values.yaml files whose default is in a table.
    pub defaults: usize,
    /// Scalars with a different default.
    pub defaults_wrong: Vec<String>,
    /// Number of references from templates to values.
    pub references: usize,
    /// Chart versions whose values.yaml the plain reader rejects, because of duplicate keys.
    pub unread: Vec<String>,
    /// Values and references that are missing in a table.
    pub unknown: Vec<String>,
}

type Path = Vec<String>;

/// Audits all chart versions.
pub fn audit(versions: &[Packaged], tables: &BTreeMap<String, ChartTable>) -> Audit {
    let charts: BTreeMap<&str, ChartValues> =
        tables.iter().map(|(name, table)| (name.as_str(), ChartValues::from(table))).collect();
    let patterns = Patterns::new();
    let audits: Vec<Audit> = versions
        .par_iter()
        .filter_map(|one| {
            Some(one_version(one, charts.get(one.chart.as_str())?.at(&one.version)?, &patterns))
        })
        .collect();
    let mut all = Audit::default();
    for one in audits {
        all.values += one.values;
        all.types_wrong += one.types_wrong;
        all.defaults += one.defaults;
        all.references += one.references;
        all.defaults_wrong.extend(one.defaults_wrong);
        all.unread.extend(one.unread);
        all.unknown.extend(one.unknown);
    }
    all
}

struct Patterns {
    comment: Regex,
    action: Regex,
    direct: Regex,
    index: Regex,
    text: Regex,
}

impl Patterns {
    fn new() -> Self {
        Self {
            comment: pattern(r"(?s)\{\{-?\s*/\*.*?\*/\s*-?\}\}"),
            action: pattern(r"(?s)\{\{.*?\}\}"),
            direct: pattern(r"\.Values((?:\.[A-Za-z0-9_]+)+)"),
            index: pattern(r#"index\s+\$?\.Values((?:\s+"[^"]+")+)"#),
            text: pattern(r#""([^"]+)""#),
        }
    }

    /// The values that templates refer to by a complete path.
    fn references(&self, template: &str, found: &mut BTreeSet<Path>) {
        let plain = self.comment.replace_all(template, "");
        for action in self.action.find_iter(&plain) {
            for reference in self.direct.captures_iter(action.as_str()) {
                let path = reference[1].trim_matches('.').split('.').map(str::to_owned);
                // `.Values.AsMap` is a function of Helm.
                found.insert(path.filter(|key| key != "AsMap").collect());
            }
            for reference in self.index.captures_iter(action.as_str()) {
                found.insert(self.text.captures_iter(&reference[1]).map(|key| key[1].to_owned()).collect());
            }
        }
    }
}

fn one_version(one: &Packaged, view: ChartView<'_>, patterns: &Patterns) -> Audit {
    let mut audit = Audit::default();
    let name = format!("{} {}", one.chart, one.version);
    let Ok(files) = files_of(&one.archive) else {
        audit.unknown.push(format!("{name}: the archive cannot be read"));
        return audit;
    };
    let mut chart = Chart::default();
    if chart.read(&files, &[], patterns).is_err() {
        audit.unread.push(name);
        return audit;
    }
    for (path, values) in &chart.values {
        audit.values += 1;
        match view.lookup(path) {
            Lookup::Known(attr) if attr.flags.contains(Flags::VALUES) || path.contains(&"*".to_owned()) => {
                audit.types_wrong += usize::from(!values.iter().all(|value| {
                    let kind = kind(value);
                    attr.types.is_unknown() || attr.types.names().any(|known| known == kind)
                }));
                if let Some(default) = &attr.default {
                    audit.defaults += 1;
                    let default = serde_json::to_value(default).unwrap_or_default();
                    if !values.contains(&default) {
                        audit.defaults_wrong.push(format!("{name}: `{}` is not {default}", path.join(".")));
                    }
                }
            }
            Lookup::Unknown { .. } => {
                audit.unknown.push(format!("{name}: `{}` of values.yaml", path.join(".")));
            }
            Lookup::Known(_) | Lookup::Open => {}
        }
    }
    for path in chart.references.iter().filter(|path| !path.is_empty()) {
        audit.references += 1;
        if !view.lookup(path).is_accepted() {
            audit.unknown.push(format!("{name}: `.Values.{}` of a template", path.join(".")));
        }
    }
    audit
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "map",
    }
}

/// The contents of a chart and its subcharts: all values of each path, and the references.
#[derive(Default)]
struct Chart {
    values: BTreeMap<Path, Vec<Value>>,
    references: BTreeSet<Path>,
}

impl Chart {
    fn read(
        &mut self,
        files: &BTreeMap<String, Vec<u8>>,
        below: &[String],
        patterns: &Patterns,
    ) -> Result<(), serde_yaml::Error> {
        let mut own = BTreeMap::new();
        if let Some(text) = files.get("values.yaml") {
            flatten(&serde_yaml::from_slice(text)?, &mut Vec::new(), &mut own);
        }
        for (path, values) in own {
            // The values of the parent chart take precedence.
            self.values.entry(place(below, path)).or_insert(values);
        }
        let mut references = BTreeSet::new();
        for (_, text) in files.iter().filter(|(path, _)| path.starts_with("templates/")) {
            patterns.references(&String::from_utf8_lossy(text), &mut references);
        }
        self.references.extend(references.into_iter().map(|path| place(below, path)));
        let mut inside: BTreeMap<&str, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
        for (path, content) in files {
            if let Some((chart, path)) = path.strip_prefix("charts/").and_then(|path| path.split_once('/')) {
                inside.entry(chart).or_default().insert(path.to_owned(), content.clone());
            }
        }
        for (chart, files) in inside.into_iter().filter(|(_, files)| files.contains_key("Chart.yaml")) {
            self.read(&files, &[below, &[chart.to_owned()]].concat(), patterns)?;
        }
        Ok(())
    }
}

/// The path of a subchart's value in the values of the parent chart; `global` is shared by all charts.
fn place(below: &[String], path: Path) -> Path {
    if path.first().is_some_and(|key| key == "global") { path } else { [below, &path].concat() }
}

fn flatten(value: &Value, path: &mut Path, found: &mut BTreeMap<Path, Vec<Value>>) {
    let pairs: Vec<(&str, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.as_str(), value)).collect(),
        Value::Array(items) => {
            // A list of scalars does not have keys.
            items.iter().filter(|item| item.is_object()).map(|item| ("*", item)).collect()
        }
        _ => Vec::new(),
    };
    for (key, value) in pairs {
        path.push(key.to_owned());
        found.entry(path.clone()).or_default().push(value.clone());
        flatten(value, path, found);
        path.pop();
    }
}
