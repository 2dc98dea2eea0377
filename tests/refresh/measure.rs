//! Runs `scripts/helm-facts/facts.py` on small charts, with a stub for Helm.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::refreshed;
use super::sources::{SERVER, Sources};

/// A stub for Helm: fails with a chart that has a required value, and with any chart if `door` is a text.
const HELM: &str = r#"
import gzip, json

class Chart:
    values, schema, metadata = {"door": True}, None, {}

    def load_archive(archive):
        chart = Chart()
        chart.requires = b"{{ required" in gzip.decompress(archive)
        return chart

    def _raw(self):
        return self

class _native:
    def call_string(_, chart, values, options):
        if chart.requires or isinstance(json.loads(values).get("door"), str):
            raise ValueError
        return values
"#;

#[test]
fn a_version_that_fails_with_its_defaults_is_not_measured() {
    let sources = Sources::new();
    sources.chart("rke2-shop", "1.2.0", &[("templates/shop.yaml", "{{ required \"\" .Values.floor }}")]);
    sources.release("v1.35.2+rke2r1", "2026-03-10", &[("rke2-shop", "1.2.0")], SERVER);
    let catalog = refreshed(&sources);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("helm_python.py"), HELM).unwrap();
    let out = folder.path().join("shop.facts");
    let output = Command::new("python3")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/helm-facts/facts.py"))
        .args([&sources.path("rke2-charts"), Path::new("rke2-shop"), &out])
        .args(["1.1.0", "1.2.0"])
        .env("RKE2_LINT_CATALOG", catalog.path())
        .env("PYTHONPATH", folder.path())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("rke2-shop 1.2.0 not measured: Helm fails with its defaults"), "{said}");
    let found = fs::read_to_string(out).unwrap();
    assert_eq!(found.lines().count(), 1, "{found}");
    assert!(found.contains(r#""versions": ["1.1.0"]"#), "{found}");
    assert!(found.contains(r#"{"[\"door\"]": {"always": ["text", "quoted-bool"]}}"#), "{found}");
}
