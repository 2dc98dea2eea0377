//! The cost of reading files and assembling clusters. Assembling has no stable interface of its own: `read` measures
//! reading alone, `read_and_assemble` a run without any rule, and the difference is the cost of assembling.
#![allow(missing_docs, reason = "the macros of divan make undocumented items")]

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use rke2_lint::engine::{Options, lint_sources};
use rke2_lint::rke2::file::RkeFile;
use rke2_lint::settings::Settings;
use rke2_lint::source::{SourceFile, Sources};

#[path = "workload/run.rs"]
mod run;
mod workload;
use workload::CLUSTER_FILES;

const CLUSTERS: [usize; 2] = [1, 50];

fn main() {
    divan::main();
}

#[divan::bench(args = CLUSTERS)]
fn read(bencher: Bencher<'_, '_>, clusters: usize) {
    let files = workload::collect(|put| workload::small(clusters * CLUSTER_FILES, put));
    bencher
        .counter(ItemsCount::new(files.len()))
        .with_inputs(|| {
            files.iter().map(|(path, text)| Arc::new(SourceFile::new(path.as_str(), text.as_str()))).collect()
        })
        .bench_local_values(|files: Vec<Arc<SourceFile>>| {
            let files = files.into_iter().enumerate();
            files.map(|(index, file)| RkeFile::read(Sources::id_at(index), file)).collect::<Vec<_>>()
        });
}

#[divan::bench(args = CLUSTERS)]
fn read_and_assemble(bencher: Bencher<'_, '_>, clusters: usize) {
    let files = workload::collect(|put| workload::small(clusters * CLUSTER_FILES, put));
    let options = Options::new(&Settings::default(), []);
    bencher
        .counter(ItemsCount::new(files.len()))
        .with_inputs(|| run::inputs(&files))
        .bench_local_values(|sources| run::alone(|| lint_sources(sources, None, &options)));
}
