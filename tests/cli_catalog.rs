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
    assert!(failure(&["catalog", "values", "nope"]).contains("unknown RKE2 chart `nope`"));
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

#[test]
fn what_changes_between_two_releases_is_listed() {
    let table = stdout(&["catalog", "diff", "v1.34.2", "v1.36.3"]);
    assert!(table.starts_with("v1.34.2+rke2r1 (2025-11-20) → v1.36.3+rke2r1 (2026-08-04)\n"), "{table}");
    for line in [
        "  containerd    2.1.5-k3s1 → 2.3.3-k3s1",
        "  rke2-cilium                   1.18.300 → 1.19.601",
        "    default  authentication.enabled: true → false",
        "    removed  service.type",
        "    renamed  flannel.image_cni → flannel.flannel_cni.image",
    ] {
        assert!(table.lines().any(|known| known == line), "{line}: {table}");
    }
    let one = stdout(&["catalog", "diff", "v1.34.2", "v1.36.3", "rke2-coredns"]);
    assert!(one.contains("    added    ") && !one.contains("containerd"), "{one}");
    let diff = json(&["catalog", "diff", "v1.34.2", "v1.36.3", "rke2-traefik", "--format", "json"]);
    assert_eq!(
        (&diff["from"], &diff["charts"][0]["after"]),
        (&json_text("v1.34.2+rke2r1"), &json_text("40.1.009"))
    );
    assert!(
        diff["charts"][0]["values"]["gone"]
            .as_array()
            .unwrap()
            .contains(&serde_json::json!(["service", "type"]))
    );
    assert_eq!(stdout(&["catalog", "diff", "1.34.2", "1.34.2"]).lines().last(), Some("no changes"));
    assert!(
        failure(&["catalog", "diff", "1.34.2", "1.36.3", "cilium"]).contains("did you mean `rke2-cilium`?")
    );
    assert!(failure(&["catalog", "diff", "1.24.2", "1.24.3", "rke2-traefik"]).contains("ships rke2-traefik"));
}

fn json_text(text: &str) -> Value {
    Value::from(text)
}

#[test]
fn the_program_says_up_to_which_release_it_knows() {
    let text = stdout(&["--version"]);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(concat!("rke2-lint ", env!("CARGO_PKG_VERSION"))));
    let newest = rke2_lint::catalog::releases().last().unwrap();
    let date = rke2_lint::catalog::date(*newest).unwrap();
    assert_eq!(lines.next(), Some(format!("RKE2 releases up to {newest} ({date})").as_str()));
}

#[test]
fn another_catalogue_takes_the_place_of_the_built_in_one() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    // A catalogue with one release.
    let release =
        r#"{"release":"v1.24.9+rke2r1","date":"2022-12-20","notes":true,"components":{},"charts":{}}"#;
    let files = std::collections::BTreeMap::from([("releases.jsonl".to_owned(), format!("{release}\n"))]);
    let small = rke2_lint::catalog::embed(&files).unwrap();
    let file = write("small.bin", &small);
    let output = run_in(&root(), &["catalog", "--catalog", &file]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "v1.24.9+rke2r1\n");
    let warning = String::from_utf8(output.stderr).unwrap();
    assert!(
        warning.contains("small.bin ends with v1.24.9+rke2r1, the built-in catalogue with v1."),
        "{warning}"
    );

    // The settings may refer to it, and they are then validated against it.
    let settings = write("settings.yaml", b"catalog: small.bin\nrke2-version: v1.34.2+rke2r1\n");
    let run = |settings: &str| run_in(folder.path(), &["check", "--config", settings]);
    let error = String::from_utf8(run(&settings).stderr).unwrap();
    assert!(!error.contains("not an rke2-lint catalogue"), "{error}");
    let missing = write("missing.yaml", b"catalog: nothing.bin\n");
    let error = String::from_utf8(run(&missing).stderr).unwrap();
    assert!(error.contains("missing.yaml:1:10: cannot read") && error.contains("nothing.bin"), "{error}");

    let mut newer = small.clone();
    newer[12] = 200;
    let mut damaged = small.clone();
    *damaged.last_mut().unwrap() ^= 1;
    for (name, bytes, expected) in [
        ("text", b"release".as_slice(), "not an rke2-lint catalogue"),
        ("newer", &newer, "unsupported catalogue format 200; this rke2-lint reads format 1"),
        ("damaged", &damaged, "damaged catalogue"),
        ("short", &small[..small.len() - 3], "damaged catalogue"),
    ] {
        let file = write(name, bytes);
        assert!(failure(&["--catalog", &file, "catalog"]).contains(expected), "{name}");
    }
}

#[test]
fn slips_are_found_in_a_release_newer_than_the_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    let manifests = folder.path().join("var/lib/rancher/rke2/server/manifests");
    std::fs::create_dir_all(&manifests).unwrap();
    let config = "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: rke2-cilium\n  namespace: \
                  kube-system\nspec:\n  failurePolicy: abort\n  valuesContent: |-\n    hubble:\n      enabeld: true\n";
    std::fs::write(manifests.join("rke2-cilium-config.yaml"), config).unwrap();
    let minor = rke2_lint::catalog::releases().last().unwrap().minor;
    let version = format!("v1.{minor}.99+rke2r1");
    let arguments = ["check", "--rke2-version", &version, "--format", "concise"];
    let output = run_in(folder.path(), &arguments);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(out.contains("`hubble.enabeld` is not a value of rke2-cilium"), "{out}");
    assert!(err.contains("is newer than the catalogue"), "{err}");
}
