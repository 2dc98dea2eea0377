//! Validates documents against their schemas.

use std::path::Path;

use serde_json::Value;

use super::canonical::report;
use super::rendered;
use crate::finding::Report;
use crate::output::{Format, RenderOptions};

fn assert_valid(schema: &str, document: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(schema);
    // The official SARIF schema has a stray bracket in a pattern, for a property that we do not write.
    let schema = std::fs::read_to_string(path).unwrap().replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let document: Value = serde_json::from_str(document).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn json_is_as_its_schema_says() {
    for report in [report(), Report::default()] {
        assert_valid("docs/report.schema.json", &rendered(Format::Json, &report, &RenderOptions::default()));
    }
}

#[test]
fn sarif_is_as_its_schema_says() {
    for report in [report(), Report::default()] {
        let text = rendered(Format::Sarif, &report, &RenderOptions::default());
        assert_valid("testdata/schemas/sarif-2.1.0.json", &text);
    }
}

#[test]
fn gitlab_is_as_its_documentation_says() {
    for report in [report(), Report::default()] {
        let text = rendered(Format::Gitlab, &report, &RenderOptions::default());
        assert_valid("testdata/schemas/gitlab-code-quality.json", &text);
        let entries: Vec<Value> = serde_json::from_str(&text).unwrap();
        let mut fingerprints: Vec<&str> =
            entries.iter().map(|entry| entry["fingerprint"].as_str().unwrap()).collect();
        fingerprints.sort_unstable();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), entries.len(), "fingerprints are unique");
    }
}

#[test]
fn jsonl_holds_the_findings_of_json() {
    let json: Value =
        serde_json::from_str(&rendered(Format::Json, &report(), &RenderOptions::default())).unwrap();
    let lines: Vec<Value> = rendered(Format::Jsonl, &report(), &RenderOptions::default())
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(json["findings"], Value::Array(lines));
}

#[test]
fn json_loses_nothing() {
    let report = report();
    let json: Value =
        serde_json::from_str(&rendered(Format::Json, &report, &RenderOptions::default())).unwrap();
    for (finding, shown) in report.findings.iter().zip(json["findings"].as_array().unwrap()) {
        assert_eq!(shown["message"], finding.message);
        assert_eq!(shown["location"]["path"], report.sources.get(finding.primary.span.file).path());
    }
}
