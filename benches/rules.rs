//! The cost of rules: compiling them at startup, and a run over a cluster with all rules and with none. The internal
//! structure of a cluster is not a stable interface, so a run starts from texts; the difference between the two runs is
//! the cost of the rules.
#![allow(missing_docs, reason = "the macros of divan make undocumented items")]

use divan::Bencher;
use divan::counter::ItemsCount;
use rke2_lint::engine::{Options, lint_sources};
use rke2_lint::rule::{self, Rule};
use rke2_lint::settings::Settings;

#[path = "workload/run.rs"]
mod run;
mod workload;
use workload::CLUSTER_FILES;

const MANIFESTS: [usize; 2] = [CLUSTER_FILES - 1, 1000];

fn main() {
    divan::main();
}

/// All built-in rules, ready to run.
#[divan::bench]
fn built_in(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(rule::built_in().len())).bench(rule::built_in);
}

fn lint(bencher: Bencher<'_, '_>, manifests: usize, rules: Vec<Rule>) {
    let files = workload::collect(|put| workload::cluster(manifests, put));
    let options = Options::new(&Settings::default(), rules);
    bencher
        .counter(ItemsCount::new(files.len()))
        .with_inputs(|| run::inputs(&files))
        .bench_local_values(|sources| run::alone(|| lint_sources(sources, None, &options)));
}

#[divan::bench(args = MANIFESTS)]
fn all(bencher: Bencher<'_, '_>, manifests: usize) {
    lint(bencher, manifests, rule::built_in());
}

#[divan::bench(args = MANIFESTS)]
fn none(bencher: Bencher<'_, '_>, manifests: usize) {
    lint(bencher, manifests, Vec::new());
}
