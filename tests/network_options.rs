//! Every sample of the networking reference as a tree: without findings if the cluster matches it, and with the
//! expected ones if not.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::collections::BTreeSet;
use std::fs;

use common::{lint_fixture, render, root};
use rke2_lint::output::Format;

/// Trees with findings, and the rules that must fire.
const FAULTY: &[(&str, &[&str])] = &[
    ("canal-file-configures-cilium", &["helm-chart-config/file-name-chart-mismatch"]),
    ("cilium-placeholders", &["manifest/unreplaced-placeholder"]),
];

#[test]
fn samples_of_the_networking_reference() {
    let folder = root().join("testdata/network-options");
    let mut trees = 0;
    for entry in fs::read_dir(&folder).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        trees += 1;
        let name = entry.file_name().into_string().unwrap();
        let report = lint_fixture(&entry.path(), None);
        let found: BTreeSet<&str> = report.findings.iter().map(|finding| finding.rule.as_str()).collect();
        let expected = FAULTY.iter().find(|(tree, _)| *tree == name).map_or(&[][..], |(_, rules)| rules);
        assert_eq!(
            found,
            expected.iter().copied().collect(),
            "{name}:\n{}",
            render(&report, Format::Concise)
        );
    }
    assert_eq!(trees, 12);
}
