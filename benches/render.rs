//! The cost of rendering 1,000 findings in each format.
#![allow(missing_docs, reason = "the macros of divan make undocumented items")]

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use rke2_lint::engine::{Options, lint_sources};
use rke2_lint::output::{Format, RenderOptions, render};

#[path = "workload/run.rs"]
mod run;
mod workload;

const FINDINGS: usize = 1000;

fn main() {
    divan::main();
}

#[divan::bench(args = Format::all())]
fn findings(bencher: Bencher<'_, '_>, format: Format) {
    let files = workload::collect(|put| workload::findings(FINDINGS, put));
    let report = lint_sources(run::inputs(&files), None, &Options::default());
    assert_eq!(report.findings.len(), FINDINGS, "each file of the workload has one mistake");
    let options = RenderOptions::default();
    let write = |out: &mut Vec<u8>| render(format, &report, &options, out).expect("memory does not fail");
    let mut first = Vec::new();
    write(&mut first);
    bencher
        .counter(ItemsCount::new(report.findings.len()))
        .counter(BytesCount::new(first.len()))
        .with_inputs(|| Vec::with_capacity(first.len()))
        .bench_local_values(|mut out| {
            write(&mut out);
            out
        });
}
