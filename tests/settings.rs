//! Tests `.rke2-lint.yaml` with the built program: its effect, and the errors for mistakes in it.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::fs;
use std::path::Path;

use common::{WRONG, root, run_in, said, tree, write};
use rke2_lint::settings::{Base, parse, reference, schema, shape};
use rke2_lint::source::SourceFile;
use serde_json::Value;

/// Cilium as the kube-proxy replacement, which yields a warning if the configuration keeps kube-proxy.
const CILIUM: &str = "apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
  namespace: kube-system
spec:
  valuesContent: |-
    kubeProxyReplacement: true
";

const EVERYTHING: &str = "# all there is
rke2-version: 1.34
exclude: [\"**/templates/**\", lab]
rules:
  kube-proxy: off
  helm-chart-config/wrong-namespace: info
overrides:
  - paths: lab/**
    rules: {helm-chart-config/*: off, kube-proxy: on}
clusters:
  - name: prod
    paths: [\"clusters/prod/**\"]
    manifests: [clusters/prod/deploy]
    configs: [clusters/prod/nodes/*.yaml]
    rke2-version: v1.33.5+rke2r1
    config: {cni: [multus, cilium], disable-kube-proxy: true}
    host: {kernel: \"5.15\", os: linux}
  - name: rest
    host: [{os: linux}, {os: windows}]
rule-paths: [lint/rules]
baseline: baseline.json
";

fn mistakes(text: &str) -> Vec<String> {
    let folder = tree(&[(".rke2-lint.yaml", text)]);
    let (code, out, err) = said(folder.path(), &["check"]);
    assert_eq!((code, out.as_str()), (2, ""), "{text}");
    err.lines().map(|line| line.strip_prefix("error: .rke2-lint.yaml:").unwrap_or(line).to_owned()).collect()
}

#[test]
fn every_mistake_has_its_place() {
    for (text, expected) in [
        ("rule:\n  a: off\n", "1:1: unknown key `rule`; did you mean `rules`?"),
        ("clusters:\n  - name: a\n    pahts: [a]\n", "3:5: unknown key `pahts`; did you mean `paths`?"),
        ("exclude: {a: b}\n", "1:10: expected a string"),
        ("exclude: 3\n", "1:10: expected a path, found the integer `3`"),
        ("exclude: [a, off]\n", "1:14: expected a path, found the boolean `off`"),
        ("exclude: [a, \"[\"]\n", "1:14: invalid pattern `[`: unclosed character class; missing ']'"),
        ("rules: [a]\n", "1:8: expected a map"),
        (
            "rules:\n  kube-prox: off\n",
            "2:3: unknown rule or category `kube-prox`; did you mean `kube-proxy`?",
        ),
        (
            "rules: {unknown-key: off}\n",
            "1:9: unknown rule or category `unknown-key`; did you mean `config/unknown-key` or `registries/unknown-key`?",
        ),
        (
            "overrides:\n- paths: a\n  rules: {nothing/like-it: off}\n",
            "3:11: unknown rule or category `nothing/like-it`; `rke2-lint rules` lists them",
        ),
        (
            "rules: {kube-proxy: warn}\n",
            "1:21: unknown level `warn`; expected `off`, `info`, `warning`, `error`, or `on` (the rule's default)",
        ),
        ("clusters:\n- paths: a\n", "2:3: missing key `name`"),
        ("clusters: a\n", "1:11: expected a list"),
        (
            "clusters:\n- name: a\n  config: {cnni: cilium}\n",
            "3:12: unknown RKE2 config key `cnni`; did you mean `cni`?",
        ),
        (
            "clusters:\n- name: a\n  config: {disable-kube-proxy: maybe}\n",
            "3:32: `disable-kube-proxy`: expected `true` or `false`",
        ),
        ("rke2-version: 1.34\nrke2-version: 1.33\n", "2:1: duplicate key `rke2-version`"),
        ("rules:\n", "1:1: `rules` is empty"),
        ("a: [\n", "2:1: did not find expected node content"),
        ("rule-paths: lint/rules\n", "rule-paths: cannot read the rules folder lint/rules"),
        ("{}\n---\na: b\n", "3:1: unexpected second document in the settings"),
        ("- a\n", "1:1: expected a map"),
    ] {
        let said = mistakes(text);
        assert!(said.iter().any(|line| line.contains(expected)), "{text}\n{said:#?}\n{expected}");
    }
}

#[test]
fn an_unknown_release_has_its_place() {
    let said = mistakes("# why\nrke2-version: v1.2.3\n");
    assert!(said[0].starts_with("2:15: "), "{said:?}");
}

#[test]
fn all_mistakes_are_said_at_once() {
    assert_eq!(mistakes("rule: {}\nexclude: 1\nbaselin: x\nclusters: 3\n").len(), 4);
}

#[test]
fn settings_are_found_up_to_the_repository_root() {
    let folder = tree(&[
        (".rke2-lint.yaml", "rules: {helm-chart-config: off}\nexclude: [deep/excluded]\n"),
        ("deep/manifests/a.yaml", WRONG),
        ("deep/excluded/manifests/a.yaml", WRONG),
        ("inner/manifests/a.yaml", WRONG),
        ("inner/.git/HEAD", ""),
    ]);
    let deep = folder.path().join("deep");
    assert_eq!(said(&deep, &["check"]).0, 0);
    assert_eq!(said(&folder.path().join("inner"), &["check"]).0, 1, "another repository");
    let (code, out, _) = said(&deep, &["check", "--no-config"]);
    assert_eq!((code, out.lines().count()), (1, 2));
    let (code, out, _) = said(&deep, &["check", "--select", "helm-chart-config"]);
    assert_eq!((code, out.lines().count()), (1, 1), "arguments win, patterns count from the settings");
}

#[test]
fn a_named_file_is_used_and_must_exist() {
    let folder = tree(&[("ci/lint.yaml", "rules: {helm-chart-config: info}\n"), ("manifests/a.yaml", WRONG)]);
    let (code, out, _) = said(folder.path(), &["check", "--config", "ci/lint.yaml"]);
    assert_eq!(code, 0);
    assert!(out.contains("info:"), "{out}");
    let (code, _, err) = said(folder.path(), &["check", "--config", "nowhere.yaml"]);
    assert_eq!(code, 2);
    assert!(err.contains("nowhere.yaml"), "{err}");
    assert_eq!(said(folder.path(), &["check", "--config", "ci/lint.yaml", "--no-config"]).0, 2);
}

#[test]
fn overrides_hold_for_their_paths() {
    let folder = tree(&[
        (
            ".rke2-lint.yaml",
            "rules: {helm-chart-config: warning}\noverrides:\n- paths: [lab/**]\n  rules: {helm-chart-config/*: off}\n",
        ),
        ("lab/manifests/a.yaml", WRONG),
        ("prod/manifests/a.yaml", WRONG),
    ]);
    let (code, out, _) = said(folder.path(), &["check", "--fail-on", "error"]);
    assert_eq!(code, 0);
    assert_eq!(out.lines().count(), 1, "{out}");
    assert!(out.starts_with("prod/manifests/a.yaml:5:14: warning:"), "{out}");
    let (_, out, _) = said(folder.path(), &["check", "--severity", "helm-chart-config=error"]);
    assert_eq!(out.matches("error:").count(), 2, "{out}");
}

#[test]
fn excluded_files_are_passed_over_even_when_named() {
    let folder = tree(&[(".rke2-lint.yaml", "exclude: lab\n"), ("lab/manifests/a.yaml", WRONG)]);
    let (code, out, err) = said(folder.path(), &["check", "-v", "lab/manifests/a.yaml"]);
    assert_eq!((code, out.as_str()), (0, ""));
    assert!(err.contains("lab/manifests/a.yaml: excluded by a pattern"), "{err}");
}

#[test]
fn facts_stand_for_files_that_cannot_be_seen() {
    let settings = |config: &str| {
        format!(
            "clusters:\n- name: prod\n  paths: [prod]\n  config:\n    cni: cilium\n    disable-kube-proxy: {config}\n"
        )
    };
    let folder = tree(&[("prod/manifests/a.yaml", CILIUM)]);
    let rule = ["check", "--select", "kube-proxy/cilium-kpr-without-disable", "--format", "human"];
    assert_eq!(said(folder.path(), &rule).1, "", "without facts nothing is known");
    write(folder.path(), ".rke2-lint.yaml", &settings("false"));
    let (_, out, _) = said(folder.path(), &rule);
    assert!(out.contains(".rke2-lint.yaml:6:25") && out.contains("prod/manifests/a.yaml:8:27"), "{out}");
    write(folder.path(), ".rke2-lint.yaml", &settings("true"));
    assert_eq!(said(folder.path(), &rule).1, "");
    write(folder.path(), ".rke2-lint.yaml", "clusters: [{name: prod, config: {cni: cilium}}]\n");
    assert_eq!(said(folder.path(), &rule).1, "", "what is not named stays unknown");
    write(folder.path(), ".rke2-lint.yaml", &settings("true"));
    write(folder.path(), "prod/config.yaml", "cni: cilium\ndisable-kube-proxy: false\n");
    assert!(said(folder.path(), &rule).1.contains("prod/config.yaml:2:"), "a file is closer to the truth");
    let (_, _, err) = said(folder.path(), &["check", "-v"]);
    assert!(err.contains("cluster prod") && err.contains("facts of the settings"), "{err}");
}

#[test]
fn clusters_name_their_release_and_manifests() {
    let folder = tree(&[
        (
            ".rke2-lint.yaml",
            "rke2-version: 1.34\nclusters:\n- name: prod\n  manifests: deploy/rke2/\n  paths: deploy\n  rke2-version: v1.33.5+rke2r1\n",
        ),
        ("deploy/rke2/a.yaml", WRONG),
        ("other/manifests/a.yaml", WRONG),
    ]);
    let (_, _, err) = said(folder.path(), &["check", "-v"]);
    assert!(err.contains("cluster prod (release v1.33.5+rke2r1 from .rke2-lint.yaml:6)"), "{err}");
    assert!(err.contains("  manifest  deploy/rke2/a.yaml"), "{err}");
    let (_, _, err) = said(&folder.path().join("deploy"), &["check", "-v"]);
    assert!(err.contains("  manifest  rke2/a.yaml"), "{err}");
    assert!(!err.contains("guessed"), "{err}");
}

#[test]
fn rules_read_facts_about_hosts() {
    let rule = "id: own/old-kernel
severity: warning
summary: old kernel
applies: {chart: rke2-cilium}
when:
  - host.kernel: {version: \"<5.10\"}
report:
  at: host.kernel
  message: \"kernel `{host.kernel}`\"
explanation: It is old.
since: 0.1.0
";
    let settings = |host: &str| format!("rule-paths: lint\nclusters:\n- name: a\n  host: {host}\n");
    let folder = tree(&[("lint/own/old-kernel.yaml", rule), ("manifests/a.yaml", CILIUM)]);
    for (host, expected) in [
        ("{kernel: \"5.4\"}", Some(".rke2-lint.yaml:4:18: warning: kernel `5.4` [own/old-kernel]\n")),
        ("{kernel: \"5.15\"}", None),
        ("{os: linux}", None),
        (
            "[{kernel: \"5.15\"}, {kernel: \"4.18\"}]",
            Some(".rke2-lint.yaml:4:37: warning: kernel `4.18` [own/old-kernel]\n"),
        ),
    ] {
        write(folder.path(), ".rke2-lint.yaml", &settings(host));
        let (code, out, err) = said(folder.path(), &["check", "--select", "own"]);
        let expected_code = i32::from(expected.is_some());
        assert_eq!((code, out.as_str()), (expected_code, expected.unwrap_or("")), "{host}: {err}");
    }
}

#[test]
fn what_is_in_force_is_shown_with_its_origin() {
    let folder =
        tree(&[(".rke2-lint.yaml", EVERYTHING), ("baseline.json", "{\"version\": 1, \"findings\": []}")]);
    let own = fs::read_to_string(root().join("rules/helm-chart-config/wrong-namespace.yaml")).unwrap();
    write(
        folder.path(),
        "lint/rules/own/one.yaml",
        &own.replace("id: helm-chart-config/wrong-namespace", "id: own/one"),
    );
    let (code, out, err) = said(
        folder.path(),
        &[
            "check",
            "--show-settings",
            "--severity",
            "own=error",
            "--exclude",
            "x",
            "--rke2-version",
            "v1.34.2+rke2r1",
        ],
    );
    assert_eq!(code, 0, "{err}");
    insta::assert_snapshot!(out);
    let (_, out, _) = said(folder.path(), &["check", "--show-settings", "--no-config"]);
    assert_eq!(out, "settings: none  # --no-config\nrke2-version: not given\n");
}

#[test]
fn rule_files_with_mistakes_have_their_place() {
    let folder =
        tree(&[(".rke2-lint.yaml", "rule-paths: lint\n"), ("lint/own/a.yaml", "id: own/a\nseverity: bad\n")]);
    let (code, _, err) = said(folder.path(), &["check"]);
    assert_eq!(code, 2);
    assert!(err.starts_with("error: lint/own/a.yaml:2:1: "), "{err}");
    // Some line breaks of YAML 1.1 are not line breaks to an editor, and the end of the text is on its last line.
    write(folder.path(), "lint/own/a.yaml", "id: own/a\nsummary: 'a\u{85}b\u{2028} c'\nwhen: 'never closed");
    let (_, _, err) = said(folder.path(), &["check"]);
    assert!(err.starts_with("error: lint/own/a.yaml:3:20: "), "{err}");
    let (code, _, err) = said(folder.path(), &["check", "--no-config", "--rules", "nowhere"]);
    assert_eq!(code, 2);
    assert!(err.contains("--rules: cannot read the rules folder nowhere"), "{err}");
}

#[test]
fn places_of_clusters_that_match_nothing_are_errors() {
    let folder = tree(&[
        ("deploy/a.yaml", WRONG),
        (
            ".rke2-lint.yaml",
            "clusters:\n  - name: x\n    paths: [deploy/**, gone/**]\n    configs: [nodes/*.yaml, deploy/*.yaml]\n    \
             manifests: [deploy, deplo]\n",
        ),
    ]);
    let (code, _, err) = said(folder.path(), &["check"]);
    assert_eq!(code, 2);
    let errors: Vec<&str> = err.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(
        errors,
        [
            "error: .rke2-lint.yaml: cluster `x`: folder `deplo` of `manifests` holds no file",
            "error: .rke2-lint.yaml: cluster `x`: pattern `gone/**` matches no file",
            "error: .rke2-lint.yaml: cluster `x`: pattern of `configs` `nodes/*.yaml` matches no file",
        ]
    );
}

fn is_parsed(text: &str) -> bool {
    parse(SourceFile::new(".rke2-lint.yaml", text).into(), Base::default()).is_ok()
}

#[test]
fn schema_and_reference_are_current() {
    for (name, text) in
        [("docs/settings.schema.json", schema::json_schema()), ("docs/settings.md", reference::page())]
    {
        let file = root().join(name);
        if std::env::var_os("RKE2_LINT_UPDATE_DOCS").is_some() {
            fs::write(&file, &text).unwrap();
        }
        let written = fs::read_to_string(file).unwrap_or_default();
        assert_eq!(written, text, "RKE2_LINT_UPDATE_DOCS=1 writes {name} anew");
    }
}

#[test]
fn the_example_of_the_reference_is_right() {
    let page = reference::page();
    let example = page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let settings = parse(SourceFile::new(".rke2-lint.yaml", example).into(), Base::default()).unwrap();
    settings.check_rules(&rke2_lint::rule::built_in()).unwrap();
    let keys: Vec<&str> = shape::TOP.iter().map(|key| key.name).collect();
    assert!(keys.iter().all(|key| example.contains(&format!("\n{key}:"))), "{keys:?}");
}

#[test]
fn the_schema_accepts_what_the_program_accepts() {
    let schema: Value = serde_json::from_str(&schema::json_schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for text in [
        EVERYTHING,
        "{}",
        "rke2-version: v1.34.2",
        "rke2-version: 2.0",
        "rke2-version: []",
        "exclude: a",
        "exclude: [a, {}]",
        "rules: {a: b}",
        "rules: {security/*: off, a-b/c-d: error}",
        "rules: off",
        "overrides: [{paths: a}]",
        "overrides: [{paths: a, rules: {}}]",
        "overrides: {paths: a, rules: {}}",
        "clusters: [{paths: a}]",
        "clusters: [{name: a, more: 1}]",
        "clusters: [{name: a, config: {cni: {}}}]",
        "clusters: [{name: a, config: {no-such-key: 1}}]",
        "clusters: [{name: a, config: {node-label: [a, b], token: x, disable-kube-proxy: \"true\"}}]",
        "clusters: [{name: a, host: [{}, {a: {b: c}}]}]",
        "clusters: [{name: a, host: x}]",
        "rule-paths: [a]",
        "baseline: [a]",
        "unknown: 1",
        "- a",
    ] {
        let document: Value = serde_yaml::from_str(text).unwrap();
        assert_eq!(validator.is_valid(&document), is_parsed(text), "{text}");
    }
    assert!(is_parsed("") && is_parsed("# nothing\n"));
}

#[test]
fn the_settings_file_is_no_input() {
    let folder = tree(&[(".rke2-lint.yaml", "{}\n")]);
    let output = run_in(folder.path(), &["check"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("(no files)"));
    assert!(Path::new(&folder.path().join(".rke2-lint.yaml")).exists());
}
