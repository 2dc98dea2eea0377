//! Facts about nodes: `rke2-lint facts` on folders that imitate a root file system, and `check --host`.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use std::fs;
use std::path::PathBuf;

use common::{files_below, root, said, tree, write};

const CILIUM: &str = "cni: cilium\n";

fn host(name: &str) -> PathBuf {
    root().join("testdata/hosts").join(name)
}

fn facts(name: &str) -> String {
    let (code, out, err) = said(&root(), &["facts", "--root", host(name).to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (0, ""), "{name}");
    out
}

#[test]
fn facts_are_what_the_files_say() {
    insta::with_settings!({snapshot_path => "snapshots/hosts", prepend_module_to_snapshot => false, omit_expression => true}, {
        for name in ["ubuntu-server", "bare-rhel", "nothing"] {
            insta::assert_snapshot!(name, facts(name));
        }
    });
}

#[test]
fn probing_leaves_no_trace() {
    let before = files_below(&host("ubuntu-server"));
    facts("ubuntu-server");
    assert_eq!(files_below(&host("ubuntu-server")), before);
}

#[test]
fn a_root_that_is_no_folder_is_an_error() {
    let (code, out, err) = said(&root(), &["facts", "--root", "no/such/folder"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("--root: no/such/folder is not a folder"), "{err}");
}

#[test]
fn printed_facts_join_every_cluster() {
    let folder = tree(&[("a/config.yaml", CILIUM), ("b/config.yaml", CILIUM)]);
    write(folder.path(), "facts/node.yaml", &facts("ubuntu-server"));
    let check = [
        "check",
        "--rke2-version",
        "1.34",
        "--select",
        "cni-cilium,node",
        "--host",
        "facts/node.yaml",
        "a",
        "b",
    ];
    let (_, out, err) = said(folder.path(), &check);
    let rules: Vec<&str> = out.lines().map(|line| line.rsplit('[').next().unwrap()).collect();
    let each = ["cni-cilium/kernel-too-old]", "node/hostname-localhost]"];
    assert_eq!(rules.len(), 4, "{out}{err}");
    assert!(rules.iter().all(|rule| each.contains(rule)), "{out}");
    let (_, out, _) = said(folder.path(), &["check", "--rke2-version", "1.34", "a", "b"]);
    assert_eq!(out, "", "rules over hosts are silent without facts");
}

#[test]
fn several_hosts_make_one_finding_each() {
    let folder = tree(&[
        ("c/config.yaml", CILIUM),
        ("old.yaml", "kernel: 4.15.0-20-generic\n"),
        ("older.yaml", "kernel: 4.4.0-20-generic\n---\nkernel: 6.1.0\n"),
        ("new.yaml", "[{kernel: 6.1.0}, {kernel: 6.8.0}]\n"),
    ]);
    let run = |hosts: &[&str]| {
        let mut arguments = vec!["check", "c", "--rke2-version", "1.34"];
        arguments.extend(hosts.iter().flat_map(|host| ["--host", host]));
        said(folder.path(), &arguments).1.lines().count()
    };
    assert_eq!(run(&["new.yaml"]), 0);
    assert_eq!(run(&["new.yaml", "old.yaml"]), 1);
    assert_eq!(run(&["older.yaml", "old.yaml"]), 1);
}

#[test]
fn broken_facts_are_errors_with_their_place() {
    let folder = tree(&[("c/config.yaml", CILIUM)]);
    for (text, expected) in [
        ("kernel: 6.1\nmodules: wireguard\n", "facts.yaml:2:10: `modules`: expected a list"),
        ("os: linux\nrole: master\n", "facts.yaml:2:7: `role`: expected `server` or `agent`"),
        ("just words\n", "facts.yaml:1:1: expected a map of facts about a host"),
        ("- kernel: {a: 1}\n", "facts.yaml:1:3: `kernel`: expected a string"),
        ("kernel: [\n", "facts.yaml:"),
        ("", "facts.yaml: no facts found"),
    ] {
        write(folder.path(), "facts.yaml", text);
        let (code, out, err) = said(folder.path(), &["check", "c", "--host", "facts.yaml"]);
        assert_eq!((code, out.as_str()), (2, ""), "{text}: {err}");
        assert!(err.starts_with("error: --host: ") && err.contains(expected), "{text}: {err}");
    }
    let (code, _, err) = said(folder.path(), &["check", "c", "--host", "nowhere.yaml"]);
    assert_eq!(code, 2);
    assert!(err.contains("nowhere.yaml: no such file or folder"), "{err}");
}

#[test]
fn mistakes_in_the_facts_of_settings_are_found_too() {
    let settings = "clusters:\n  - name: a\n    host: {modules: wireguard}\n";
    let folder = tree(&[("config.yaml", CILIUM), (".rke2-lint.yaml", settings)]);
    let (code, _, err) = said(folder.path(), &["check"]);
    assert_eq!(code, 2);
    assert!(err.contains(".rke2-lint.yaml:3:21: `modules`: expected a list"), "{err}");
}

#[test]
fn the_machine_itself_can_be_asked() {
    let folder = tree(&[("config.yaml", CILIUM)]);
    let (code, _, err) = said(folder.path(), &["check", "--host", "live", "--select", "manifest"]);
    assert_eq!(code, 0, "{err}");
    assert!(fs::metadata(folder.path().join("config.yaml")).is_ok());
}
