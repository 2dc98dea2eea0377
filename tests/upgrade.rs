//! `rke2-lint upgrade` on the trees in `testdata/upgrade`: each line of a tree's `.upgrade` contains the arguments of a
//! run, and `.expect` is the output of the runs. `RKE2_LINT_UPDATE_UPGRADE=1 cargo test --test upgrade` rewrites them.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use common::{files_below, root, said, tree, write};

/// The parts of a report that do not depend on the tree.
const LEFT_OUT: [&str; 4] = ["PATH", "COMPONENTS", "CHARTS", "STEPS"];

fn trees() -> Vec<PathBuf> {
    let mut trees: Vec<PathBuf> =
        fs::read_dir(root().join("testdata/upgrade")).unwrap().flatten().map(|entry| entry.path()).collect();
    trees.sort();
    trees
}

/// A copy of a tree as a separate repository.
fn copied(folder: &Path) -> tempfile::TempDir {
    let copy = tree(&[]);
    for file in files_below(folder) {
        let target = copy.path().join(file.strip_prefix(folder).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(file, target).unwrap();
    }
    copy
}

/// The output of the runs of a tree, without the parts that do not depend on its files.
fn printed(folder: &Path) -> String {
    let mut text = String::new();
    let copy = copied(folder);
    for arguments in fs::read_to_string(folder.join(".upgrade")).unwrap().lines() {
        let words: Vec<&str> = ["upgrade"].into_iter().chain(arguments.split_whitespace()).collect();
        let (code, out, err) = said(copy.path(), &words);
        let whole = words.contains(&"--format") || words.contains(&"--diff");
        let out = if whole { out } else { own(&out) };
        let _ = write!(text, "$ {}\n{}{}exit code {code}\n\n", words.join(" "), out.replace('\\', "/"), err);
    }
    text
}

/// A report without the parts in [`LEFT_OUT`].
fn own(report: &str) -> String {
    let parts = report.split("\n\n");
    let kept = parts.filter(|part| !LEFT_OUT.contains(&part.trim_start().lines().next().unwrap_or_default()));
    kept.collect::<Vec<_>>().join("\n\n")
}

#[test]
fn trees_print_what_is_expected() {
    let update = std::env::var_os("RKE2_LINT_UPDATE_UPGRADE").is_some();
    let mut wrong = Vec::new();
    let trees = trees();
    for folder in &trees {
        let (found, file) = (printed(folder), folder.join(".expect"));
        if update {
            fs::write(&file, &found).unwrap();
        } else if fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n") != found {
            wrong.push(format!("{}:\n{found}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(trees.len() >= 15, "{} trees", trees.len());
}

#[test]
fn correct_files_do_not_break() {
    let project = copied(&root().join("testdata/projects/clean"));
    for from in ["1.30", "1.32", "1.34"] {
        let (code, out, err) = said(project.path(), &["upgrade", "--from", from, "--to", "1.36", "--check"]);
        assert_eq!(code, 0, "{out}{err}");
        assert!(out.contains("nothing breaks"), "{out}");
    }
}

#[test]
fn the_start_is_read_from_the_files_or_asked_for() {
    let config = ("etc/rancher/rke2/config.yaml", "cni: canal\nprofile: cis-1.23\n");
    let folder = tree(&[config]);
    let (code, _, err) = said(folder.path(), &["upgrade", "--to", "1.36"]);
    assert_eq!(code, 2);
    assert!(err.contains("unknown current release") && err.contains("--from"), "{err}");
    write(folder.path(), ".rke2-lint.yaml", "rke2-version: v1.29.3+rke2r1\n");
    let (code, out, err) = said(folder.path(), &["upgrade", "--to", "1.30", "--check"]);
    assert_eq!(code, 1, "{err}");
    assert!(out.starts_with("v1.29.3+rke2r1 → v1.30.14+rke2r4\n"), "{out}");
    assert!(out.contains("security/profile-invalid"), "{out}");
    // The command line takes precedence.
    let (_, out, _) = said(folder.path(), &["upgrade", "--from", "1.30.1", "--to", "1.30"]);
    assert!(out.starts_with("v1.30.1+rke2r1 → ") && out.contains("nothing breaks"), "{out}");
    assert!(out.contains("1 existing finding is not shown"), "{out}");
}

#[test]
fn impossible_paths_are_errors() {
    let folder = tree(&[("etc/rancher/rke2/config.yaml", "cni: canal\n")]);
    for (from, to, words) in [
        ("1.34", "1.33", "neither RKE2 nor Kubernetes supports downgrades"),
        ("1.22", "1.33", "--from: `1.22` is not in the catalogue, which knows RKE2 v1.24.1+rke2r1 to"),
        ("1.34", "1.99", "--to: `1.99` is not in the catalogue"),
        ("1.34", "v1.34.99", "--to: `v1.34.99` is not in the catalogue"),
        ("v1.30.99", "1.34", "--from: unknown RKE2 release `v1.30.99`; the nearest known one is"),
        ("1.34", "soon", "is not an RKE2 release"),
    ] {
        let (code, out, err) = said(folder.path(), &["upgrade", "--from", from, "--to", to]);
        assert_eq!((code, out.as_str()), (2, ""), "{from} {to}");
        assert!(err.contains(words), "{err}");
    }
}

#[test]
fn a_release_that_runs_already_changes_nothing() {
    let folder = tree(&[("etc/rancher/rke2/config.yaml", "profile: cis-1.23\n")]);
    let (code, out, _) =
        said(folder.path(), &["upgrade", "--from", "v1.36.3", "--to", "v1.36.3+rke2r1", "--check"]);
    assert_eq!((code, out.as_str()), (0, "The clusters run v1.36.3+rke2r1 already\n"));
}

#[test]
fn a_folder_without_rke2_files_is_said_so() {
    let folder = tree(&[("notes.yaml", "a: 1\n")]);
    let (code, out, err) = said(folder.path(), &["upgrade", "--to", "1.36"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert!(err.contains("nothing"), "{err}");
}

#[test]
fn fixing_leaves_nothing_to_fix() {
    for folder in trees() {
        let copy = copied(&folder);
        let text = fs::read_to_string(folder.join(".upgrade")).unwrap();
        let range = text.lines().next().unwrap().split_whitespace();
        let range: Vec<&str> = range.filter(|word| *word != "--check").collect();
        let with = |more: &[&'static str]| [&["upgrade"][..], &range, more].concat();
        let (code, _, err) = said(copy.path(), &with(&["--fix"]));
        assert_eq!(code, 0, "{}: {err}", folder.display());
        let (code, diff, err) = said(copy.path(), &with(&["--diff"]));
        assert_eq!((code, diff.as_str()), (0, ""), "{}: {err}", folder.display());
    }
}

#[test]
fn the_page_shows_what_is_printed() {
    let page = fs::read_to_string(root().join("docs/upgrade.md")).unwrap().replace("\r\n", "\n");
    let block = |language: &str| {
        let (_, rest) = page.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("```").unwrap().0
    };
    let folder = tree(&[("etc/rancher/rke2/config.yaml", block("yaml"))]);
    let (_, out, err) = said(folder.path(), &["upgrade", "--from", "v1.29.3", "--to", "1.30"]);
    let own = own(&out);
    assert!(own.contains(block("text").trim_end()), "{own}{err}");
}

#[test]
fn formats_for_machines_hold_the_findings() {
    let folder = copied(&root().join("testdata/upgrade/kpr-strict"));
    let json = |format: &str| -> serde_json::Value {
        let range = ["upgrade", "--from", "v1.28.5", "--to", "v1.30.14", "--format", format];
        let (code, out, err) = said(folder.path(), &range);
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap()
    };
    let report = json("json");
    assert_eq!(report["to"], "v1.30.14+rke2r4");
    assert_eq!(report["path"].as_array().unwrap().len(), 3);
    assert_eq!(report["breaks"][0]["rule"], "cni-cilium/kpr-invalid-value");
    assert_eq!(report["breaks"][0]["release"], "v1.29.15+rke2r1");
    assert_eq!(report["breaks"][0]["location"]["start"]["line"], 8);
    assert!(report["charts"].as_array().unwrap().iter().any(|chart| chart["chart"] == "rke2-cilium"));
    assert!(!report["steps"].as_array().unwrap().is_empty());
    let results = &json("sarif")["runs"][0]["results"];
    let texts = results.as_array().unwrap().iter().filter_map(|result| result["message"]["text"].as_str());
    let breaks: Vec<&str> = texts.filter(|text| text.starts_with("BREAKS ")).collect();
    assert!(
        matches!(breaks[..], [text] if text.starts_with("BREAKS from v1.29.15+rke2r1 on: ")),
        "{breaks:?}"
    );
    let (_, markdown, _) =
        said(folder.path(), &["upgrade", "--from", "v1.28.5", "--to", "v1.30.14", "--format", "markdown"]);
    assert!(markdown.starts_with("## RKE2 v1.28.5+rke2r1 → v1.30.14+rke2r4\n"), "{markdown}");
    assert!(
        markdown.contains("### BREAKS\n\n| place | what | releases |\n|---|---|---|\n| <code>var&#47;lib"),
        "{markdown}"
    );
    assert!(markdown.contains("\n- [ ] "), "{markdown}");
}

#[test]
fn linted_files_write_no_markdown() {
    let folder = tree(&[("etc/rancher/rke2/config.yaml", "profile: \"cis-1.23`<img src=x>|[a](b)@me\"\n")]);
    let out =
        said(folder.path(), &["upgrade", "--from", "v1.24.17", "--to", "1.30", "--format", "markdown"]).1;
    for text in ["<img", "[a](b)", "|[", "@me"] {
        assert!(!out.contains(text), "{text}: {out}");
    }
}

#[test]
fn options_about_files_may_come_from_the_environment() {
    let folder = tree(&[("etc/rancher/rke2/config.yaml", "profile: cis-1.23\n")]);
    let run = |exclude: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_rke2-lint"))
            .args(["upgrade", "--from", "v1.29.3", "--to", "1.30"])
            .current_dir(folder.path())
            .env("RKE2_LINT_EXCLUDE", exclude)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(run("nothing/**").contains("1 setting breaks"));
    assert!(!run("etc/**").contains("breaks in"));
}
