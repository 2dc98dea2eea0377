//! Lints whole clusters with the built program, as a user would.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::collections::BTreeSet;

use common::{root, run_in};

#[test]
fn a_clean_cluster_prints_one_line() {
    let output = run_in(&root().join("testdata/projects/clean"), &["check"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.starts_with("no findings in 5 files") && words.lines().count() == 1, "{words}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_broken_cluster_shows_its_faults() {
    let output = run_in(&root().join("testdata/projects/broken"), &["check", "--format", "human"]);
    let human = String::from_utf8(output.stdout).unwrap();
    insta::assert_snapshot!("broken_cluster", human);
    assert_eq!(output.status.code(), Some(1));
    let rules: BTreeSet<&str> = human
        .lines()
        .filter_map(|line| {
            line.split_once('[').filter(|(word, _)| matches!(*word, "error" | "warning" | "info"))
        })
        .map(|(_, rest)| rest.trim_end_matches(']'))
        .collect();
    assert!(rules.len() >= 10, "{rules:?}");
    for finding in human.split("\n\n") {
        assert!(finding.lines().count() <= 40, "more than a screenful:\n{finding}");
    }
}

#[test]
fn output_does_not_depend_on_threads() {
    let folder = root().join("testdata");
    let run = |threads: &str| {
        let trees = ["projects", "network-options", "rules/kube-proxy", "rules/config"];
        run_in(&folder, &[&["check", "--format", "json", "--threads", threads], &trees[..]].concat()).stdout
    };
    let one = run("1");
    assert!(one.len() > 1000);
    assert_eq!(one, run("8"));
}
