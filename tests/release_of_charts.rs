//! Infers the release from packaged charts that were copied from a node.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rke2_lint::catalog::{self, Target};
use rke2_lint::engine::{Input, Options, lint_sources};
use rke2_lint::finding::Report;
use rke2_lint::release::Release;

const FOLDER: &str = "var/lib/rancher/rke2/server/manifests";

/// A node's manifests: each chart with the URL from which it was packaged.
fn node(charts: &[(&str, &str)]) -> BTreeMap<String, Input> {
    let mut tree = BTreeMap::new();
    for (chart, version) in charts {
        let mut text =
            String::from("apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata:\n  annotations:\n");
        writeln!(
            text,
            "    helm.cattle.io/chart-url: https://rke2-charts.rancher.io/assets/{chart}/{chart}-{version}.tgz\n  \
             name: {chart}\n  namespace: kube-system\nspec:\n  bootstrap: true\n  chartContent: H4sIAAAAAAAA"
        )
        .unwrap();
        tree.insert(format!("{FOLDER}/{chart}.yaml"), Input::Bytes(text.into()));
    }
    tree
}

fn lint(charts: &[(&str, &str)]) -> Report {
    lint_sources(node(charts), None, &Options::default())
}

#[test]
fn the_charts_of_a_node_tell_its_release() {
    // Releases of the same day ship the same charts in each minor, so take one whose charts are unique.
    let charts = |release| catalog::shipped(release).collect::<Vec<_>>();
    let releases = catalog::releases();
    let twins = |release: Release| releases.iter().filter(|other| charts(**other) == charts(release)).count();
    let release = releases.iter().rev().copied().find(|release| twins(*release) == 1).unwrap();
    let report = lint(&charts(release));
    let told = &report.summary.release;
    assert!(told.starts_with(&format!("{release} from the chart ")), "{told}");
}

#[test]
fn one_chart_tells_of_several_releases() {
    let report = lint(&[("rke2-traefik", "40.1.003")]);
    let told = &report.summary.release;
    assert!(told.starts_with("v1.33–v1.36, from the chart rke2-traefik"), "{told}");
}

#[test]
fn charts_that_no_release_ships_together_tell_nothing() {
    for charts in
        [&[("rke2-traefik", "40.1.003"), ("rke2-coredns", "1.24.002")][..], &[("rke2-canal", "v9.9.9")]]
    {
        let told = lint(charts).summary.release;
        assert!(told.starts_with("not known"), "{told}");
    }
}

#[test]
fn a_given_release_beats_what_the_charts_tell() {
    let resolved = catalog::resolve("1.31".parse().unwrap()).unwrap();
    let release = Some((Target::one(resolved), "the test".to_owned()));
    let report =
        lint_sources(node(&[("rke2-traefik", "40.1.003")]), None, &Options { release, ..Options::default() });
    assert!(report.summary.release.starts_with("v1.31."), "{}", report.summary.release);
}
