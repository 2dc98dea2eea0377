//! The cost of a tree that stays loaded: opening it with the first check, and then one keystroke, where the text of one
//! file changes and everything is reported again.
#![allow(missing_docs, reason = "the macros of divan make undocumented items")]

use std::cell::Cell;

use divan::Bencher;
use rke2_lint::engine::{Options, Workspace};

#[path = "workload/run.rs"]
mod run;
mod workload;
use workload::CLUSTER_FILES;

const FILES: [usize; 2] = [2_000, 20_000];

fn main() {
    divan::main();
}

/// Opens and checks a tree, and measures checks after changes to a file whose name has this ending.
fn keystrokes(bencher: Bencher<'_, '_>, files: usize, name: &str, change: &str) {
    let files = workload::collect(|put| workload::small(files / CLUSTER_FILES * CLUSTER_FILES, put));
    let (path, text) = files
        .iter()
        .find(|(path, _)| path.ends_with(name))
        .map(|(path, text)| (path.clone(), text.clone()))
        .expect(name);
    let options = Options::default();
    let mut workspace = Workspace::of_texts(run::inputs(&files), None, &options);
    workspace.check();
    let is_changed = Cell::new(false);
    bencher.bench_local(|| {
        is_changed.set(!is_changed.get());
        let text = if is_changed.get() { format!("{text}{change}") } else { text.clone() };
        workspace.set_text(&path, Some(text.into_bytes()));
        workspace.check()
    });
}

/// Opens a tree on disk and checks it for the first time, as the language server does.
#[divan::bench(args = FILES)]
fn opening(bencher: Bencher<'_, '_>, files: usize) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (path, text) in workload::collect(|put| workload::small(files / CLUSTER_FILES * CLUSTER_FILES, put)) {
        let file = folder.path().join(path);
        std::fs::create_dir_all(file.parent().expect("it lies in the folder")).expect("a folder can be made");
        std::fs::write(file, text).expect("a file can be written");
    }
    let paths = [folder.path().to_owned()];
    let options = Options::default();
    bencher.bench_local(|| Workspace::open(&paths, &options).check());
}

/// One more key in the values of a chart: only its cluster is checked.
#[divan::bench(args = FILES)]
fn in_values(bencher: Bencher<'_, '_>, files: usize) {
    keystrokes(bencher, files, "rke2-cilium-config.yaml", "    hubbel: true\n");
}

/// One more key in a configuration: files are grouped again.
#[divan::bench(args = FILES)]
fn in_config(bencher: Bencher<'_, '_>, files: usize) {
    keystrokes(bencher, files, "config.yaml", "tls-sans: [a]\n");
}
