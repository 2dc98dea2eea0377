//! The baseline, through the built program.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::fs;

use common::{WRONG, said, tree, write};

const FILE: &str = "baseline.json";

#[test]
fn what_was_there_before_is_passed_over() {
    let folder = tree(&[("manifests/a.yaml", WRONG)]);
    let (code, out, err) = said(folder.path(), &["check", "--write-baseline", FILE]);
    assert_eq!((code, out.as_str()), (0, ""));
    assert_eq!(
        err,
        "wrote 1 finding to baseline.json; add `baseline: baseline.json` to .rke2-lint.yaml to ignore them\n"
    );
    let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
    insta::assert_snapshot!(text);

    let check = ["check", "--baseline", FILE];
    let (code, out, err) = said(folder.path(), &check);
    assert_eq!((code, out.as_str()), (0, ""));
    assert!(err.contains("1 finding suppressed"), "{err}");

    write(folder.path(), "manifests/a.yaml", &format!("# moved\n\n{WRONG}"));
    assert_eq!(said(folder.path(), &check).0, 0, "moved lines");
    write(folder.path(), "manifests/b.yaml", &WRONG.replace("cilium", "canal").replace("hubble", "flannel"));
    let (code, out, _) = said(folder.path(), &check);
    assert_eq!((code, out.lines().count()), (1, 1), "{out}");
    assert!(out.starts_with("manifests/b.yaml:5:"), "{out}");
}

#[test]
fn gone_entries_are_reported_once_they_were_looked_for() {
    let folder = tree(&[("one/manifests/a.yaml", WRONG), ("two/manifests/a.yaml", WRONG)]);
    said(folder.path(), &["check", "--write-baseline", FILE]);
    write(folder.path(), "one/manifests/a.yaml", &WRONG.replace("default", "kube-system"));
    fs::remove_file(folder.path().join("two/manifests/a.yaml")).unwrap();
    let (code, _, err) = said(folder.path(), &["check", "--baseline", FILE]);
    assert_eq!(code, 0);
    assert!(
        err.contains(
            "info: 2 baseline entries no longer match; run `--write-baseline baseline.json` to update the baseline"
        ),
        "{err}"
    );
    let (_, _, err) = said(folder.path(), &["check", "--baseline", FILE, "one"]);
    assert!(
        err.contains("info: 1 baseline entry no longer matches") && err.contains("  one/manifests/a.yaml: "),
        "{err}"
    );
    let (_, _, err) = said(folder.path(), &["check", "--baseline", FILE, "one/manifests/a.yaml"]);
    assert!(err.contains("info: 1 baseline entry no longer matches"), "{err}");
    let (_, _, err) = said(folder.path(), &["check", "--baseline", FILE, "-q"]);
    assert_eq!(err, "");
}

#[test]
fn rules_that_are_off_make_nothing_gone() {
    let folder = tree(&[("manifests/a.yaml", WRONG)]);
    said(folder.path(), &["check", "--write-baseline", FILE]);
    let (_, _, err) = said(folder.path(), &["check", "--baseline", FILE, "--ignore", "helm-chart-config"]);
    assert!(!err.contains("gone"), "{err}");
}

#[test]
fn settings_name_a_baseline_for_every_folder() {
    let folder =
        tree(&[(".rke2-lint.yaml", "baseline: lint/baseline.json\n"), ("deep/manifests/a.yaml", WRONG)]);
    let (code, _, err) = said(folder.path(), &["check"]);
    assert_eq!(code, 2);
    assert!(err.contains("baseline lint/baseline.json does not exist"), "{err}");
    fs::create_dir(folder.path().join("lint")).unwrap();
    assert_eq!(said(folder.path(), &["check", "--write-baseline", "lint/baseline.json"]).0, 0);
    assert_eq!(said(folder.path(), &["check"]).0, 0);
    let (code, _, err) = said(&folder.path().join("deep"), &["check"]);
    assert_eq!(code, 0, "{err}");
    assert!(!err.contains("gone"), "{err}");
}

#[test]
fn a_broken_baseline_is_said_with_its_place() {
    let folder =
        tree(&[("manifests/a.yaml", WRONG), (FILE, "{\n  \"version\": 1,\n  \"findings\": [,]\n}\n")]);
    let (code, out, err) = said(folder.path(), &["check", "--baseline", FILE]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.starts_with("error: baseline.json:3:16: not a baseline: "), "{err}");
    write(folder.path(), FILE, "{\"version\": 9, \"findings\": []}");
    let (code, _, err) = said(folder.path(), &["check", "--baseline", FILE]);
    assert_eq!(code, 2);
    assert!(err.contains("version 9"), "{err}");
}

#[test]
fn a_baseline_is_written_whole_or_not_at_all() {
    let folder = tree(&[("manifests/a.yaml", WRONG), (FILE, "old")]);
    let (code, _, err) = said(folder.path(), &["check", "--write-baseline", FILE, ".", "nowhere"]);
    assert_eq!(code, 2);
    assert!(err.contains("nowhere: no such file or folder") && err.contains("baseline not written"), "{err}");
    assert_eq!(fs::read_to_string(folder.path().join(FILE)).unwrap(), "old");
    assert_eq!(said(folder.path(), &["check", "--write-baseline", FILE]).0, 0);
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(names.len(), 3, "nothing is left behind: {names:?}");
    let first = fs::read_to_string(folder.path().join(FILE)).unwrap();
    said(folder.path(), &["check", "--write-baseline", FILE]);
    assert_eq!(fs::read_to_string(folder.path().join(FILE)).unwrap(), first);
    assert_eq!(said(folder.path(), &["check", "--write-baseline", "no/such/folder.json"]).0, 2);
}

#[cfg(unix)]
#[test]
fn no_link_leads_out_of_the_tree() {
    let folder = tree(&[("manifests/a.yaml", WRONG), ("inside.json", "")]);
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("victim"), "precious").unwrap();
    let link =
        |to: &std::path::Path, name: &str| std::os::unix::fs::symlink(to, folder.path().join(name)).unwrap();
    link(&outside.path().join("victim"), "file.json");
    link(outside.path(), "folder");
    link(&folder.path().join("inside.json"), "alias.json");
    for path in ["file.json", "folder/new.json"] {
        let (code, _, err) = said(folder.path(), &["check", "--write-baseline", path]);
        assert_eq!(code, 2);
        assert!(err.contains("symlink out of the tree"), "{err}");
    }
    assert_eq!(fs::read_to_string(outside.path().join("victim")).unwrap(), "precious");
    assert!(!outside.path().join("new.json").exists());
    assert_eq!(said(folder.path(), &["check", "--write-baseline", "alias.json"]).0, 0);
    assert!(folder.path().join("alias.json").symlink_metadata().unwrap().is_symlink());
    assert!(fs::read_to_string(folder.path().join("inside.json")).unwrap().contains("fingerprint"));
}
