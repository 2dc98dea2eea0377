//! `rke2-lint catalog`, through the built program.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use std::io::Read as _;
use std::process::Stdio;

use common::{program, root, run_in};
use serde_json::Value;

fn stdout(arguments: &[&str]) -> String {
    let output = run_in(&root(), arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn failure(arguments: &[&str]) -> String {
    let output = run_in(&root(), arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&stdout(arguments)).unwrap()
}

#[test]
fn a_release_lists_its_charts() {
    let table = stdout(&["catalog", "v1.34.2+rke2r1"]);
    assert!(table.starts_with("v1.34.2+rke2r1\n"), "{table}");
    assert!(table.lines().any(|line| line.split_whitespace().eq(["rke2-traefik", "37.1.201"])), "{table}");
    let list = json(&["catalog", "1.34.2", "--format", "json"]);
    assert_eq!(list["release"], "v1.34.2+rke2r1");
    let charts = list["charts"].as_array().unwrap();
    assert!(charts.iter().any(|chart| chart["chart"] == "rke2-traefik" && chart["version"] == "37.1.201"));
    assert!(stdout(&["catalog"]).starts_with("v1."));
}

#[test]
fn values_have_type_default_and_releases() {
    let table = stdout(&["catalog", "values", "rke2-canal", "calico.vethuMTU"]);
    let words: Vec<&str> = table.split_whitespace().collect();
    assert_eq!(&words[..3], ["calico.vethuMTU", "int", "1450"], "{table}");
    let list = json(&[
        "catalog",
        "values",
        "rke2-cilium",
        "hubble.relay",
        "--rke2-version",
        "1.34.2",
        "--format",
        "json",
    ]);
    assert_eq!(list["chart"], "rke2-cilium");
    assert_eq!(list["release"], "v1.34.2+rke2r1");
    let rows = list["values"].as_array().unwrap();
    let enabled =
        rows.iter().find(|row| row["path"] == serde_json::json!(["hubble", "relay", "enabled"])).unwrap();
    assert_eq!(enabled["types"], serde_json::json!(["bool"]));
    assert!(rows.iter().all(|row| row["path"][0] == "hubble"));
}

#[test]
fn mistakes_are_met_with_what_was_meant() {
    for (arguments, expected) in [
        (&["catalog", "values", "cilium"][..], "did you mean `rke2-cilium`?"),
        (&["catalog", "values", "rke2-traefikk"], "did you mean `rke2-traefik`?"),
        (&["catalog", "values", "rke2-cilium", "hubble.rellay"], "did you mean `hubble.relay`?"),
        (
            &["catalog", "values", "rke2-cilium", "MTU", "--rke2-version", "1.34.99"],
            "newer than the catalogue",
        ),
        (
            &["catalog", "values", "rke2-canal", "calico.x", "--rke2-version", "1.12.1"],
            "the nearest known one is",
        ),
        (&["catalog", "1.99x"], "is not an RKE2 release"),
        (&["catalog", "1.20.1"], "the nearest known one is"),
        (&["catalog", "import", "testdata/nothing.tgz"], "cannot import testdata/nothing.tgz"),
        (&["catalog", "import", "src"], "no `Chart.yaml`"),
        (
            &["catalog", "import", "testdata/charts/kiosk", "testdata/charts/shop"],
            "import one chart at a time",
        ),
    ] {
        let output = run_in(&root(), arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(errors.contains(expected), "{arguments:?}: {errors}");
    }
    assert!(failure(&["catalog", "values", "nope"]).contains("packages no chart `nope`"));
}

#[test]
fn an_import_has_the_neutral_form() {
    let text = stdout(&["catalog", "import", "testdata/charts/kiosk"]);
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(first["chart"], "kiosk");
    for line in text.lines().skip(1) {
        let record: Value = serde_json::from_str(line).unwrap();
        assert!(record["path"].is_array() && record["at"].is_array(), "{line}");
    }
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let mut child = program(&root())
        .args(["catalog", "values", "rke2-cilium"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 16];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}
