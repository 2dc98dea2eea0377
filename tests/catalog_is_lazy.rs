//! Checks how much of the catalogue a run decodes. A separate test program, because the catalogue is decoded once per
//! process.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::collections::BTreeMap;

use rke2_lint::catalog::decoded_charts;
use rke2_lint::engine::{Input, Options, lint_sources};

const CONFIG: &str = "token: abc\ncni: cilium\ndisable-kube-proxy: true\ntls-san:\n  - rke2.example.org\n";
const OWN_CHART: &str = "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata:\n  name: kiosk\n  \
namespace: kube-system\nspec:\n  chart: kiosk\n  repo: https://charts.example.org\n  valuesContent: |\n    a: 1\n";
const PACKAGED: &str = "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: rke2-coredns\n  \
namespace: kube-system\nspec:\n  valuesContent: |\n    autoscalr: {}\n";

#[test]
fn charts_that_nobody_asks_about_are_not_decoded() {
    let folder = "var/lib/rancher/rke2/server/manifests";
    let mut tree = BTreeMap::from([
        ("etc/rancher/rke2/config.yaml".to_owned(), Input::Bytes(CONFIG.into())),
        (format!("{folder}/kiosk.yaml"), Input::Bytes(OWN_CHART.into())),
    ]);
    let report = lint_sources(tree.clone(), None, &Options::default());
    assert_eq!(report.summary.linted, 2);
    assert!(decoded_charts().is_empty(), "{:?}", decoded_charts());

    tree.insert(format!("{folder}/rke2-coredns-config.yaml"), Input::Bytes(PACKAGED.into()));
    let report = lint_sources(tree, None, &Options::default());
    assert!(
        report.findings.iter().any(|finding| finding.message.contains("`autoscalr`")),
        "{:?}",
        report.findings
    );
    assert_eq!(decoded_charts(), ["rke2-coredns"]);
}
