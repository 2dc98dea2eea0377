//! The cost of the catalogue: decoding a chart, looking up a path, making suggestions, reading an archive.
#![allow(missing_docs, reason = "the macros of divan make undocumented items")]

use divan::Bencher;
use rke2_lint::catalog::{self, ChartView};

fn main() {
    divan::main();
}

fn newest(chart: &str) -> Option<ChartView<'static>> {
    catalog::chart(chart)?.newest()
}

#[divan::bench(args = ["rke2-cilium", "rke2-traefik", "rke2-calico", "rke2-canal"])]
fn decode(chart: &str) -> Option<catalog::ChartValues> {
    catalog::decode_chart_uncached(chart)
}

#[divan::bench(args = ["kubeProxyReplacement", "hubble.relay.enabled", "clustermesh.apiserver.tls.server.extraDnsNames", "hubble.relay.nope"])]
fn lookup(bencher: Bencher<'_, '_>, path: &str) {
    let view = newest("rke2-cilium");
    let path: Vec<&str> = path.split('.').collect();
    bencher.bench(|| divan::black_box(view).map(|view| view.lookup(divan::black_box(&path)).is_accepted()));
}

#[divan::bench(args = ["kubeProxyReplacment", "hubble.relay.Enabled", "hubble.kubeProxyReplacement"])]
fn suggest(bencher: Bencher<'_, '_>, path: &str) {
    let view = newest("rke2-cilium");
    let path: Vec<&str> = path.split('.').collect();
    bencher.bench(|| view.map(|view| catalog::suggest(view, divan::black_box(&path))));
}

#[divan::bench]
fn chart_version(bencher: Bencher<'_, '_>) {
    let release = catalog::releases().last().copied();
    bencher.bench(|| {
        release.and_then(|release| catalog::chart_version(release, divan::black_box("rke2-cilium")))
    });
}

#[divan::bench]
fn path_history() -> Option<catalog::PathHistory> {
    catalog::path_history("rke2-cilium", &["externalWorkloads", "enabled"])
}

#[divan::bench]
fn config_key() -> Option<&'static catalog::ConfigKey> {
    catalog::config_key(divan::black_box("tls-san"))
}
