//! `check --since`: two trees, of which the older one is a folder or a git revision.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{files_below, said, write};

/// A repository with one commit of these files.
fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    commit(folder.path(), files);
    folder
}

fn commit(folder: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        write(folder, path, text);
    }
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "a commit"]);
}

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

const CHANGE: &str = "prod/config.yaml:1:6: error: `cni` changes from `canal` to `cilium`, which RKE2 does not \
                      support on a running cluster (keep `cni: canal`, or create a new cluster and move the \
                      workloads) [upgrade/cni-change]\n";

#[test]
fn a_revision_is_read_through_git() {
    let folder = repository(&[("prod/config.yaml", "cni: canal\n"), ("test/config.yaml", "cni: cilium\n")]);
    git(folder.path(), &["tag", "v1"]);
    commit(folder.path(), &[("prod/config.yaml", "cni: cilium\n")]);
    for since in ["v1", "HEAD~1", "main~1", "refs/tags/v1"] {
        let (code, out, err) = said(folder.path(), &["check", "--since", since]);
        assert_eq!((code, out.as_str()), (1, CHANGE), "{since}: {err}");
    }
    for arguments in [&["check", "--since", "HEAD"][..], &["check"], &["check", "--since", "v1", "test"]] {
        let (code, out, err) = said(folder.path(), arguments);
        assert_eq!((code, out.as_str()), (0, ""), "{arguments:?}: {err}");
    }
}

#[test]
fn what_is_not_committed_counts_too() {
    let folder = repository(&[("prod/config.yaml", "cni: canal\n")]);
    write(folder.path(), "prod/config.yaml", "cni: cilium\n");
    let (_, out, err) = said(folder.path(), &["check", "--since", "HEAD"]);
    assert_eq!(out, CHANGE, "{err}");
}

#[test]
fn the_old_place_is_shown_with_the_revision() {
    let folder = repository(&[("prod/config.yaml", "# first\ncni: canal\n")]);
    commit(folder.path(), &[("prod/config.yaml", "cni: cilium\n")]);
    let (_, out, _) = said(folder.path(), &["check", "--since", "HEAD~1", "--format", "json"]);
    assert!(out.contains("\"HEAD~1:prod/config.yaml\""), "{out}");
    let (_, out, _) = said(folder.path(), &["check", "--since", "HEAD~1", "--format", "human"]);
    assert!(out.contains("[HEAD~1:prod/config.yaml:2:6]"), "{out}");
}

#[test]
fn paths_below_and_beside_the_working_directory_are_compared() {
    let folder = repository(&[("clusters/prod/config.yaml", "cni: canal\n"), ("apps/x.yaml", "a: b\n")]);
    commit(folder.path(), &[("clusters/prod/config.yaml", "cni: cilium\n")]);
    let count = |working: &str, path: &str| {
        let working = folder.path().join(working);
        said(&working, &["check", "--since", "HEAD~1", path]).1.lines().count()
    };
    assert_eq!(count(".", "clusters/prod"), 1);
    assert_eq!(count("clusters", "."), 1);
    assert_eq!(count("clusters", "prod/config.yaml"), 1);
    assert_eq!(count("apps", "../clusters"), 1);
    assert_eq!(count(".", folder.path().join("clusters").to_str().unwrap()), 1);
    assert_eq!(count(".", "apps"), 0);
}

#[test]
fn a_folder_is_compared_with_what_is_linted() {
    let folder = common::tree(&[
        ("new/prod/config.yaml", "cni: cilium\n"),
        ("old/prod/config.yaml", "cni: canal\n"),
        ("other/test/config.yaml", "cni: canal\n"),
    ]);
    let (code, out, err) = said(folder.path(), &["check", "--since", "old", "new"]);
    assert_eq!((code, out), (1, format!("new/{CHANGE}")), "{err}");
    let (_, out, _) = said(folder.path(), &["check", "--since", "old", "new", "--format", "json"]);
    assert!(out.contains("\"old/prod/config.yaml\""), "{out}");
    let (code, out, err) = said(folder.path(), &["check", "--since", "other", "new"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
}

#[test]
fn a_new_cluster_has_no_past() {
    let folder = repository(&[("README.md", "nothing yet\n")]);
    commit(folder.path(), &[("prod/config.yaml", "cni: cilium\n")]);
    let (code, out, err) = said(folder.path(), &["check", "--since", "HEAD~1"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let folder = repository(&[("config.yaml", "cni: canal\n")]);
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "config.yaml", "cni: canal\n");
    for (place, since, expected) in [
        (folder.path(), "no-such-branch", "`no-such-branch` is neither a folder nor a git revision"),
        (folder.path(), "--upload-pack=touch x", "is neither a folder nor a git revision"),
        (folder.path(), "-h", "`-h` is neither a folder nor a git revision"),
        (folder.path(), "", "`` is neither a folder nor a git revision"),
        (folder.path(), "HEAD:config.yaml", "is neither a folder nor a git revision"),
        (outside.path(), "main", "is not in a git repository"),
    ] {
        let (code, out, err) = said(place, &["check", "--since", since]);
        assert_eq!((code, out.as_str()), (2, ""), "{since}: {err}");
        assert!(err.starts_with("error: --since: ") && err.contains(expected), "{since}: {err}");
    }
}

#[test]
fn the_repository_is_left_as_it_was() {
    let folder = repository(&[("config.yaml", "cni: canal\n"), ("big/a.yaml", &"a: b\n".repeat(100_000))]);
    write(folder.path(), "config.yaml", "cni: canal # touched\n");
    let state = || -> Vec<(std::path::PathBuf, Vec<u8>)> {
        files_below(folder.path()).into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    };
    let before = state();
    let (code, _, err) = said(folder.path(), &["check", "--since", "HEAD"]);
    assert_eq!(code, 0, "{err}");
    assert!(state() == before, "`--since` has changed the repository");
}

/// A node's files in cloud-init, with these manifests.
fn user_data(manifests: &[&str]) -> String {
    let head = "#cloud-config\nwrite_files:\n- path: /etc/rancher/rke2/config.yaml\n  content: |\n    token: abcdefghijklmnop\n    cni: canal\n";
    manifests.iter().fold(head.to_owned(), |all, name| {
        let path = format!("/var/lib/rancher/rke2/server/manifests/{name}.yaml");
        let object = format!(
            "    apiVersion: v1\n    kind: ConfigMap\n    metadata:\n      name: {name}\n      namespace: default\n"
        );
        format!("{all}- path: {path}\n  content: |\n{object}")
    })
}

#[test]
fn texts_inside_other_files_have_a_past() {
    let terraform = |cni: &str| {
        format!(
            "resource \"local_file\" \"config\" {{\n  filename = \"/etc/rancher/rke2/config.yaml\"\n  content = <<-EOT\n    token: abcdefghijklmnop\n    cni: {cni}\n  EOT\n}}\n"
        )
    };
    let folder = repository(&[
        ("node/user-data", &user_data(&["one", "two"])),
        ("infra/main.tf", &terraform("canal")),
    ]);
    commit(
        folder.path(),
        &[("node/user-data", &user_data(&["one"])), ("infra/main.tf", &terraform("cilium"))],
    );
    let (_, out, err) = said(folder.path(), &["check", "--since", "HEAD~1"]);
    let lines: Vec<&str> = out.lines().collect();
    let [terraform, cloud_init] = lines[..] else { panic!("{out}{err}") };
    assert!(
        terraform.starts_with("infra/main.tf:5:10: error: `cni` changes from `canal` to `cilium`"),
        "{out}"
    );
    let words = "info: `/var/lib/rancher/rke2/server/manifests/two.yaml` was removed";
    assert!(cloud_init.starts_with("node/user-data:5:") && cloud_init.contains(words), "{out}");
    for arguments in [&["check", "--since", "HEAD"][..], &["check"]] {
        let (code, out, err) = said(folder.path(), arguments);
        assert_eq!((code, out.as_str()), (0, ""), "{arguments:?}: {err}");
    }
}
