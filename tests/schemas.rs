//! The JSON Schemas: shipped ones are up to date, correct files are valid, and a misspelled key is not.
#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod common;

use std::collections::BTreeMap;
use std::fs;

use common::{fixture_sides, root, rule_ids};
use rke2_lint::catalog::Target;
use rke2_lint::schema;
use serde_json::Value;

fn yaml(text: &str) -> Option<Value> {
    serde_yaml::from_str(text).ok()
}

fn fits(schema: &Value, instance: &Value) -> Result<(), String> {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(instance).map(|error| error.to_string()).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
}

/// `RKE2_LINT_UPDATE_DOCS=1` writes them.
#[test]
fn shipped_schemas_are_current() {
    let target = Target::unknown();
    for (name, schema) in [("config", schema::config(&target)), ("registries", schema::registries())] {
        let path = root().join(format!("docs/schemas/{name}.schema.json"));
        let text = schema::text(&schema);
        if std::env::var_os("RKE2_LINT_UPDATE_DOCS").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        assert!(
            written == text,
            "{} is stale: RKE2_LINT_UPDATE_DOCS=1 cargo test --test schemas",
            path.display()
        );
    }
}

#[test]
fn correct_files_fit() {
    let target = Target::unknown();
    let (config, registries) = (schema::config(&target), schema::registries());
    let mut fitting = 0;
    let mut wrong = Vec::new();
    for tree in rule_ids().iter().flat_map(|id| fixture_sides(id, "good")) {
        // Trees for another release may use other keys.
        if fs::read_to_string(tree.join(".rke2-lint.yaml")).is_ok_and(|text| !text.contains("v1.34")) {
            continue;
        }
        for (name, schema) in [("config.yaml", &config), ("registries.yaml", &registries)] {
            let path = tree.join(name);
            let Some(value) = fs::read_to_string(&path).ok().and_then(|text| yaml(&text)) else { continue };
            // Templates and K3s configurations are good fixtures for reasons that a schema cannot know.
            let text = fs::read_to_string(&path).unwrap();
            if text.contains("{{") || text.contains("rke2-lint: ignore") || text.contains("${") {
                continue;
            }
            match fits(schema, &value) {
                Ok(()) => fitting += 1,
                Err(error) => wrong.push(format!("{}: {error}", path.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(fitting > 100, "{fitting}");
}

#[test]
fn unknown_keys_do_not_fit() {
    let target = Target::unknown();
    let config = schema::config(&target);
    assert!(fits(&config, &yaml("tls-sans: [a]").unwrap()).unwrap_err().contains("tls-sans"));
    assert!(fits(&config, &yaml("tls-san+: [a]\ncni: multus,canal\n").unwrap()).is_ok());
    let registries = schema::registries();
    assert!(fits(&registries, &yaml("mirrors: {a: {endpoints: [b]}}").unwrap()).is_err());
    let cilium = schema::values("rke2-cilium", &target).unwrap();
    assert!(fits(&cilium, &yaml("hubble: {enabeld: true}").unwrap()).unwrap_err().contains("enabeld"));
    assert!(fits(&cilium, &yaml("hubble: {enabled: true, relay: {enabled: true}}").unwrap()).is_ok());
    assert!(fits(&cilium, &yaml("global: {anything: 1}\nnodeSelector: {a: b}\n").unwrap()).is_ok());
    assert!(schema::values("rke2-nothing", &target).is_none());
}

/// Good trees that no schema accepts: keys that hold an anchor, the tree's own chart, a removed key with an empty
/// value.
const EXCEPTIONS: [&str; 5] = [
    "cni-calico/mtu-location/good-anchor",
    "cni-cilium/removed-value/good",
    "helm-chart-config/unknown-value-key/good",
    "helm-chart-config/unknown-value-key/good-chart-content",
    "helm-chart/broken-chart-content/good",
];

#[test]
fn values_of_good_fixtures_fit() {
    let target = Target::unknown();
    let mut validators: BTreeMap<String, Option<jsonschema::Validator>> = BTreeMap::new();
    let (mut fitting, mut wrong) = (0, Vec::new());
    for tree in rule_ids().iter().flat_map(|id| fixture_sides(id, "good")) {
        let is_of_release = |text: String| !text.contains("v1.34");
        if EXCEPTIONS.iter().any(|name| tree.ends_with(name))
            || fs::read_to_string(tree.join(".rke2-lint.yaml")).is_ok_and(is_of_release)
        {
            continue;
        }
        for path in common::files_below(&tree) {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let is_before = path.to_string_lossy().contains("/.before/");
            if text.contains("{{") || text.contains("rke2-lint: ignore") || is_before {
                continue;
            }
            let Some(object) = yaml(&text).filter(|object| object["kind"] == "HelmChartConfig") else {
                continue;
            };
            let name = object["metadata"]["name"].as_str();
            let values = object["spec"]["valuesContent"].as_str().and_then(yaml);
            let (Some(chart), Some(values)) = (name, values) else { continue };
            let validator = validators.entry(chart.to_owned()).or_insert_with(|| {
                Some(jsonschema::validator_for(&schema::values(chart, &target)?).unwrap())
            });
            let Some(validator) = validator else { continue };
            fitting += 1;
            wrong.extend(validator.iter_errors(&values).map(|error| format!("{}: {error}", path.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(fitting > 100, "{fitting}");
}
