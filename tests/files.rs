//! Which files are recognized as RKE2's, and what is reported about the others. Runs the built program.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{WRONG, program, said, tree, write};
use serde_json::Value;

const CHART: &str = "apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-canal
  namespace: kube-system
spec:
  valuesContent: |-
    flannel:
      backend: vxlan
";

/// The rules that fire in a tree, with their files.
fn rules(files: &[(&str, &str)]) -> Vec<(String, String)> {
    rules_in(tree(files).path(), ".")
}

fn rules_in(folder: &Path, path: &str) -> Vec<(String, String)> {
    let (_, out, err) = said(folder, &["check", "--format", "json", "--min-severity", "warning", path]);
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {err}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|finding| (text(&finding["location"]["path"]), text(&finding["rule"]))).collect()
}

fn names(found: &[(String, String)]) -> Vec<&str> {
    found.iter().map(|(_, rule)| rule.as_str()).collect()
}

#[test]
fn small_configurations_count_by_evidence() {
    for (name, text, rule) in [
        (
            "agent/x.yaml",
            "server: https://192.0.2.7:9345\ntoken: s3cr3t-and-long\nnode_taint: [a=b:NoExecute]\n",
            "config/unknown-key",
        ),
        (
            "x.yaml",
            "token: s3cr3t-and-long\ndisable: [rke2-ingress-nginx]\nselinx: true\n",
            "config/unknown-key",
        ),
        ("config.yaml", "cni: canal\ntls-sans: [a.example.com]\n", "config/unknown-key"),
        ("config.yaml", "token: s3cr3t-and-long\nnode-lable: [a=b]\n", "config/unknown-key"),
        ("config.yaml.d/10-a.yaml", "debug: maybe\n", "config/boolean-spelling"),
        ("infra/rke2/config.yaml", "debug: maybe\n", "config/boolean-spelling"),
    ] {
        let found = rules(&[(name, text)]);
        assert!(names(&found).contains(&rule), "{name}: {text}{found:?}");
    }
    let beside = rules(&[("site/config.yaml", "debug: maybe\n"), ("site/manifests/canal.yaml", CHART)]);
    assert_eq!(names(&beside), ["config/boolean-spelling"]);
}

#[test]
fn generic_keys_and_letters_of_folders_make_no_configuration() {
    let text = "debug: \"off\"\ntoken: x\nprofile: production\nlog: a\nserver: b\n";
    for name in [
        "config.yaml",
        "clusters/rke2-prod/apps/shop/config.yaml",
        "rke2/apps/shop/config.yaml",
        "rke2/values.yaml",
        "rancher/app.yaml",
    ] {
        assert_eq!(rules(&[(name, text), ("elsewhere/manifests/canal.yaml", CHART)]), [], "{name}");
    }
}

#[test]
fn port_6443_is_k3s_unless_rke2_is_around() {
    let agent = "server: https://192.0.2.7:6443\ntoken: s3cr3t-and-long\n";
    let server = "cni: canal\ntoken: s3cr3t-and-long\ntls-san: [192.0.2.7]\n";
    assert_eq!(rules(&[("agents/w1/config.yaml", agent)]), []);
    let found = rules(&[("agents/w1/config.yaml", agent), ("server/config.yaml", server)]);
    assert_eq!(found, [("agents/w1/config.yaml".to_owned(), "config/server-url".to_owned())]);
    for k3s in ["k3s/config.yaml", "edge/agent/config.yaml"] {
        assert_eq!(rules(&[(k3s, agent), ("core/server/config.yaml", server)]), [], "{k3s}");
    }
}

#[test]
fn the_working_directory_does_not_matter() {
    let folder = tree(&[("rke2/site/config.yaml", "debug: maybe\n"), ("rke2/config.yaml", "debug: maybe\n")]);
    let count = |working: &str, path: &str| rules_in(&folder.path().join(working), path).len();
    assert_eq!([count(".", "."), count(".", "rke2"), count("rke2", "."), count("rke2/site", "..")], [1; 4]);
    assert_eq!([count(".", "rke2/site"), count("rke2/site", ".")], [0; 2]);
}

/// In and outside of a repository, each file of these trees has the same findings from the root of the tree, from its
/// own folder, and by its absolute path.
#[test]
fn a_file_is_told_the_same_from_its_own_folder() {
    let trees = [
        "rules/config/dropin-ignored-file/bad",
        "rules/manifest/wrong-directory/bad",
        "rules/registries/wrong-file-name/bad",
        "inputs/ansible/template-task/bad",
        "inputs/edge-image-builder/release/bad",
        "inputs/environment/drop-in/bad",
    ];
    for (name, is_repository) in trees.iter().zip([true, false].into_iter().cycle()) {
        let from = common::root().join("testdata").join(name);
        let files = common::files_below(&from).into_iter().filter(|path| !path.ends_with(".expect"));
        let paths: Vec<String> = files
            .map(|path| path.strip_prefix(&from).unwrap().to_string_lossy().replace('\\', "/"))
            .collect();
        let folder = tree(&[]);
        for path in &paths {
            write(folder.path(), path, &fs::read_to_string(from.join(path)).unwrap());
        }
        if is_repository {
            let git = Command::new("git").arg("init").arg("-q").current_dir(folder.path()).status();
            assert!(git.unwrap().success());
        }
        let mut count = 0;
        for path in &paths {
            let (inner, file) = path.rsplit_once('/').unwrap_or((".", path));
            let absolute = folder.path().join(path);
            let absolute = absolute.to_string_lossy();
            let found = |working: &str, path: &str| rules_in(&folder.path().join(working), path);
            let from_root = found(".", path);
            assert_eq!(names(&found(inner, file)), names(&from_root), "{name}/{path}");
            assert_eq!(names(&found(inner, &absolute)), names(&from_root), "{name}/{path}");
            count += from_root.len();
        }
        assert!(count > 0, "{name}");
    }
}

/// In a repository, all of it is read, and what is below the working directory is shown by its path from there.
#[test]
fn a_folder_above_the_working_directory_is_linted_whole() {
    let folder = tree(&[("infra/rke2/config.yaml", "tls-sans: [a]\ncni: cilium\n")]);
    let working = folder.path().join("infra/rke2");
    let above = folder.path().join("infra");
    for path in ["..", "../..", &above.to_string_lossy(), "."] {
        assert_eq!(names(&rules_in(&working, path)), ["config/unknown-key"], "{path}");
    }
}

/// A release in the variables of an inventory holds for the same files wherever the program runs.
#[test]
fn an_inventory_pins_the_same_files_from_everywhere() {
    let config = "token: abc\nsupervisor-metrics: true\n";
    let folder = tree(&[
        ("h1/group_vars/all.yml", "rke2_version: v1.24.8+rke2r1\n"),
        ("h1/config/config.yaml", config),
        ("h1/terraform/config.yaml", config),
        ("h1/files/config.yaml", config),
    ]);
    let absolute = folder.path().join("h1");
    let found = |working: &str, path: &str| {
        let mut found = rules_in(&folder.path().join(working), path);
        found.retain(|(_, rule)| rule == "config/flag-not-in-version");
        found.iter().map(|(path, _)| path.rsplit("h1/").next().unwrap_or(path).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("h1", "."), ["files/config.yaml"]);
    assert_eq!(found(".", "h1"), ["files/config.yaml"]);
    assert_eq!(found("h1/group_vars", &absolute.to_string_lossy()), ["files/config.yaml"]);

    // An inventory in a folder with examples decides nothing, but the folders above the repository mean nothing.
    let inventory = ("docs/lab/group_vars/all.yml", "rke2_version: v1.24.8+rke2r1\n");
    let folder =
        tree(&[inventory, ("docs/lab/files/config.yaml", config), ("play/hosts.yml", "rke2_cni: canal\n")]);
    let found = |working: &str| names(&rules_in(&folder.path().join(working), ".")).len();
    assert_eq!(found("docs/lab"), 0);
    fs::create_dir(folder.path().join("docs/lab/.git")).unwrap();
    assert_eq!(found("docs/lab"), 1);
}

#[test]
fn values_that_others_fill_in_are_unknown() {
    let sealed = "token: ENC[AES256_GCM,data:c2Vj,iv:aXY=,tag:dGFn,type:str]
node-label: ENC[AES256_GCM,data:c2Vj,iv:aXY=,tag:dGFn,type:str]
tls-san: [ENC[AES256_GCM,data:c2Vj,iv:aXY=,tag:dGFn,type:str]]
sops:
    mac: ENC[AES256_GCM,data:bWFj,iv:aXY=,tag:dGFn,type:str]
    version: 3.9.4
";
    assert_eq!(rules(&[("rke2/config.yaml", &sealed.replace("[ENC", "[\"ENC").replace("]]", "]\"]"))]), []);
    let agent = "token: s3cr3t-and-long\nnode-label: [a=b]\n";
    let server = "cni: calico\ntoken: s3cr3t-and-long\n";
    let builder = [("kubernetes/config/agent.yaml", agent), ("kubernetes/config/server.yaml", server)];
    assert_eq!(rules(&builder), []);
    let plain = rules(&[("rke2/agent.yaml", agent)]);
    assert_eq!(names(&plain), ["config/agent-missing-server-or-token"]);
}

#[test]
fn settings_declare_configurations() {
    let settings = "clusters: [{name: a, paths: [\"nodes/**\"], configs: [\"nodes/*.yaml\"]}]\n";
    let text = "debug: maybe\nfoo: 1\nbar: 2\n";
    assert_eq!(rules(&[("nodes/a.yaml", text)]), []);
    let found = rules(&[("nodes/a.yaml", text), ("other/a.yaml", text), (".rke2-lint.yaml", settings)]);
    assert!(names(&found).contains(&"config/boolean-spelling"), "{found:?}");
    assert!(found.iter().all(|(path, _)| path == "nodes/a.yaml"), "{found:?}");
}

#[test]
fn a_named_file_that_is_not_linted_is_said_once() {
    let folder = tree(&[
        ("config.yaml", "debug: true\nfoo: 1\nbar: 2\n"),
        ("compose.yaml", "services: {}\n"),
        ("manifests/a.yaml", CHART),
    ]);
    for (name, reason) in [
        ("config.yaml", "1 of 3 top-level keys is RKE2's"),
        ("compose.yaml", "no RKE2 option, HelmChart or HelmChartConfig found"),
    ] {
        let (code, out, err) = said(folder.path(), &["check", name]);
        assert_eq!((code, out.as_str(), err.lines().count()), (0, "", 1), "{err}");
        assert!(err.starts_with(&format!("warning: {name} was not linted: {reason}")), "{err}");
        assert!(err.contains("clusters[].configs"), "{err}");
        assert_eq!(said(folder.path(), &["check", "--fail-if-nothing-checked", name]).0, 2);
        assert_eq!(said(folder.path(), &["check", "-q", name]).2, "");
    }
    let (code, _, err) = said(folder.path(), &["check", "--fail-if-nothing-checked", "manifests/a.yaml"]);
    assert_eq!(code, 0);
    assert!(err.starts_with("no findings in 1 file "), "{err}");
}

#[test]
fn files_of_others_that_a_hook_names_are_only_counted() {
    let mut files = vec![
        ("manifests/a.yaml".to_owned(), CHART),
        ("config.yaml".to_owned(), "debug: true\nfoo: 1\nbar: 2\n"),
    ];
    files.extend((0..9).map(|number| (format!("values-{number}.yaml"), "services: {}\n")));
    let folder = tree(&files.iter().map(|(name, text)| (name.as_str(), *text)).collect::<Vec<_>>());
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let (_, _, err) = said(folder.path(), &[&["check"], &names[..]].concat());
    let warnings: Vec<&str> = err.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert_eq!(warnings.len(), 1, "{err}");
    assert!(warnings[0].starts_with("warning: config.yaml was not linted: "), "{err}");
    assert!(err.contains("10 other files skipped"), "{err}");
    // If no file is left, the reasons are listed, but only the first few.
    let (_, _, err) = said(folder.path(), &[&["check"], &names[2..]].concat());
    assert_eq!(err.lines().count(), 6, "{err}");
    assert!(err.contains("warning: 4 more files not linted; `rke2-lint files` lists the reasons"), "{err}");
}

#[test]
fn standard_input_that_is_not_linted_is_said() {
    let folder = tree(&[]);
    let mut child = program(folder.path())
        .args(["check", "-", "--stdin-filename", "config.yaml"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"foo: 1\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.starts_with("warning: config.yaml was not linted: "), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
}

#[test]
fn files_lists_what_became_of_each() {
    let folder = tree(&[
        ("config.yaml", "cni: canal\ntls-san: [a.example.com]\n"),
        ("manifests/a.yaml", CHART),
        ("notes.yaml", "a: b\n"),
        ("render.yaml", "cni: {{ b }}\n  c\n{% for\n"),
    ]);
    let (code, out, err) = said(folder.path(), &["files", "--format", "json"]);
    assert_eq!(code, 0, "{err}");
    let rows: Vec<Value> = serde_json::from_str(&out).unwrap();
    let row = |path: &str| rows.iter().find(|row| row["path"] == path).unwrap();
    assert_eq!(row("config.yaml")["status"], "linted");
    assert_eq!(row("config.yaml")["place"], "/etc/rancher/rke2/config.yaml");
    assert!(row("config.yaml")["release"].as_str().unwrap().starts_with("not known"));
    assert_eq!(row("manifests/a.yaml")["place"], "/var/lib/rancher/rke2/server/manifests/a.yaml");
    assert_eq!(row("manifests/a.yaml")["cluster"], row("config.yaml")["cluster"]);
    assert_eq!(row("notes.yaml")["status"], "skipped");
    assert_eq!(row("render.yaml")["kind"], "template");
    let (_, table, _) = said(folder.path(), &["files"]);
    // The heading, the files, and git's folder.
    assert_eq!(table.lines().count(), 6, "{table}");
    let (_, _, verbose) = said(folder.path(), &["check", "-v"]);
    for path in ["notes.yaml", "render.yaml"] {
        let reason = row(path)["skipped"].as_str().unwrap();
        assert!(verbose.contains(&format!("  {path}: {reason}\n")), "{verbose}");
    }
}

#[test]
fn only_files_of_a_named_folder_are_listed() {
    let folder = tree(&[
        ("etc/rancher/rke2/config.yaml", "cni: canal\n"),
        ("one/notes.yaml", "a: b\n"),
        ("two/notes.yaml", "a: b\n"),
    ]);
    let (_, table, _) = said(folder.path(), &["files", "one"]);
    assert!(table.contains("one/notes.yaml") && !table.contains("two/"), "{table}");
    let (_, _, verbose) = said(&folder.path().join("etc"), &["check", "-v", "."]);
    assert!(verbose.contains("rke2/config.yaml") && !verbose.contains("notes.yaml"), "{verbose}");
}

#[test]
fn nothing_to_lint_names_files_that_speak_of_rke2() {
    let script = "#!/bin/sh\nsystemctl enable rke2-server\n";
    let names: Vec<String> = (0..7).map(|index| format!("s{index}.sh")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), script)).collect();
    let (code, _, err) = said(tree(&files).path(), &["check"]);
    assert_eq!((code, err.lines().count()), (0, 6), "{err}");
    assert!(err.contains("  s0.sh: mentions `rke2-server`; no RKE2 configuration found in it\n"), "{err}");
    let (_, _, err) = said(tree(&[("a.yaml.j2", "# /etc/rancher/rke2\n")]).path(), &["check"]);
    assert!(err.contains("  a.yaml.j2: mentions `/etc/rancher/rke2`; template; "), "{err}");
}

#[test]
fn what_git_ignores_is_passed_over() {
    let folder = tree(&[("gone/manifests/a.yaml", WRONG), ("manifests/a.yaml", WRONG)]);
    fs::write(folder.path().join(".gitignore"), "/gone/\n").unwrap();
    let lines = |arguments: &[&str]| said(folder.path(), arguments).1.lines().count();
    assert_eq!(lines(&["check"]), 1);
    assert_eq!(lines(&["check", "--no-ignore"]), 2);
    // A file has the same findings whether it is named or found in a folder.
    let (code, out, err) = said(folder.path(), &["check", "gone/manifests/a.yaml"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert!(err.starts_with("gone/manifests/a.yaml: not linted: ignored by .gitignore"), "{err}");
    assert_eq!(lines(&["check", "--no-ignore", "gone/manifests/a.yaml"]), 1);
    let (_, _, err) = said(folder.path(), &["check", "-v"]);
    assert!(err.contains("gone: ignored by .gitignore"), "{err}");
}

#[test]
fn what_git_tracks_is_not_ignored() {
    let folder = tree(&[("lab/a/manifests/a.yaml", WRONG), ("lab/b/manifests/b.yaml", WRONG)]);
    let git = |arguments: &[&str]| {
        let done = Command::new("git").current_dir(folder.path()).args(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    fs::write(folder.path().join(".gitignore"), "lab\n").unwrap();
    git(&["init", "--quiet"]);
    assert!(said(folder.path(), &["check"]).2.contains("nothing to lint"));
    git(&["add", "--force", "lab/b"]);
    let (_, out, _) = said(folder.path(), &["check"]);
    assert!(out.starts_with("lab/b/manifests/b.yaml:") && out.lines().count() == 1, "{out}");
    let (_, _, err) = said(folder.path(), &["check", "-v"]);
    assert!(err.contains("lab/a: ignored by .gitignore"), "{err}");
}

#[test]
fn a_warning_fails_the_run() {
    let text = CHART.replace("flannel:", "madeUpName:");
    let folder = tree(&[("manifests/rke2-canal-config.yaml", &text)]);
    let (code, out, _) = said(folder.path(), &["check"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains(": warning: "), "{out}");
    assert_eq!(said(folder.path(), &["check", "--fail-on", "error"]).0, 0);
}
