//! The embedded form is equivalent to the neutral form.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rke2_lint::catalog::{self, ChartTable, ChartValues, Lookup};

fn catalog_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog")
}

pub fn neutral_files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for (folder, prefix) in [("neutral", ""), ("neutral/charts", "charts/"), ("kept", "")] {
        for entry in fs::read_dir(catalog_folder().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap().to_str().unwrap();
                files.insert(format!("{prefix}{name}"), fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

#[test]
fn is_up_to_date_and_small() {
    let made = catalog::embed(&neutral_files()).unwrap();
    let stored = fs::read(catalog_folder().join("embedded.bin")).unwrap();
    assert!(made == stored, "the embedded catalogue is stale: run `cargo run --example build-catalog`");
    println!("embedded: {} bytes", stored.len());
    assert!(stored.len() < 300_000);
    assert_eq!(stored.len(), catalog::embedded_size());
}

#[test]
fn agrees_with_the_neutral_form_for_every_path_of_every_version() {
    let mut compared = 0;
    for (name, text) in neutral_files() {
        let Some(name) = name.strip_prefix("charts/").and_then(|name| name.strip_suffix(".jsonl")) else {
            continue;
        };
        let chart = catalog::chart(name).unwrap();
        let mut lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let head = lines.next().unwrap();
        assert_eq!(head["chart"], name);
        let versions: Vec<&str> =
            head["versions"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
        assert_eq!(chart.versions().collect::<Vec<_>>(), versions);
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        for record in lines {
            let path: Vec<&str> =
                record["path"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
            let mut steps = record["at"].as_array().unwrap().iter().peekable();
            let mut now = &serde_json::Value::Null;
            for version in &versions {
                while let Some(step) = steps.next_if(|step| step[0] == *version) {
                    now = &step[1];
                }
                compared += 1;
                if now.is_null() {
                    continue;
                }
                *known.entry(version).or_default() += 1;
                let found = chart.at(version).unwrap().lookup(&path);
                let Lookup::Known(attr) = found else { panic!("{name} {version} {path:?}: {found:?}") };
                assert_eq!(serde_json::json!(attr.flags.names().collect::<Vec<_>>()), now["flags"]);
                assert_eq!(serde_json::json!(attr.types), now["types"], "{name} {version} {path:?}");
                let default = attr.default.as_ref().map(|value| serde_json::json!(value));
                assert_eq!(default.as_ref(), now.get("default"));
                if let Some(values) = now.get("enum") {
                    assert_eq!(&serde_json::json!(attr.enum_values), values);
                }
            }
            assert!(steps.next().is_none(), "{name} {path:?}: a step at an unknown version");
        }
        // The embedded form has no additional entries.
        for version in versions {
            let view = chart.at(version).unwrap();
            assert_eq!(
                view.paths().len(),
                known.get(version).copied().unwrap_or_default(),
                "{name} {version}"
            );
        }
    }
    println!("compared {compared} paths of versions");
    assert!(compared > 100_000);
}

#[test]
fn neutral_files_are_canonical() {
    for (name, text) in neutral_files() {
        if name.starts_with("charts/") {
            let table = ChartTable::from_neutral(&text).unwrap();
            assert!(table.to_neutral() == text, "{name} is not as the program writes it");
            assert_eq!(ChartTable::from(&ChartValues::from(&table)), table);
            let mut sorted = table.versions().to_vec();
            sorted.sort_by(|a, b| catalog::compare_versions(a, b));
            assert_eq!(sorted, table.versions());
            assert_eq!(table.merge(&table), table);
        }
    }
}

#[test]
fn release_table_agrees_with_the_neutral_form() {
    let text = &neutral_files()["releases.jsonl"];
    let known = catalog::releases().len() + catalog::candidates().len();
    assert_eq!(known, text.lines().count());
    assert!(catalog::releases().is_sorted());
    for line in text.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let release = record["release"].as_str().unwrap().parse().unwrap();
        assert_eq!(catalog::date(release).unwrap().to_string(), record["date"].as_str().unwrap());
        assert_eq!(catalog::is_pulled(release), record["pulled"].as_bool().unwrap_or(false));
        let components: BTreeMap<&str, &str> = catalog::components_of(release).into_iter().collect();
        assert_eq!(serde_json::json!(components), record["components"]);
        for chart in catalog::charts() {
            let version = catalog::chart_version(release, chart);
            assert_eq!(version, record["charts"].get(chart).and_then(serde_json::Value::as_str));
            if let Some(version) = version {
                assert!(catalog::chart(chart).unwrap().at(version).is_some(), "{chart} {version}");
                assert!(catalog::chart_at(release, chart).is_some());
            }
        }
    }
    assert_eq!(catalog::charts().count(), 20);
}

#[test]
fn bad_neutral_lines_are_named() {
    for (text, message) in [
        ("", "the file is empty"),
        ("{}", "line 1: "),
        (
            "{\"chart\":\"a\",\"versions\":[\"1\"]}\n{\"path\":[\"a\"],\"at\":[[\"2\",null]]}",
            "line 2: unknown version `2`",
        ),
        (
            "{\"chart\":\"a\",\"versions\":[\"1\"]}\n{\"path\":[\"a\"],\"at\":[[\"1\",{\"flags\":[\"x\"],\"types\":[]}]]}",
            "line 2: unknown flag `x`",
        ),
    ] {
        let error = ChartTable::from_neutral(text).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}
