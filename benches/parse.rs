//! The cost of parsing YAML: typical block YAML, which takes the fast path, and texts that are left to the general
//! parser.
#![allow(missing_docs, reason = "the macros of divan make undocumented items")]

use std::sync::Arc;

use divan::Bencher;
use divan::counter::BytesCount;
use rke2_lint::source::{SourceFile, Sources};
use rke2_lint::yaml::Stream;

mod workload;
use workload::Random;

fn main() {
    divan::main();
}

fn parse(bencher: Bencher<'_, '_>, text: String) {
    let mut sources = Sources::default();
    let file = Arc::new(SourceFile::new("file.yaml", text));
    let id = sources.add(Arc::clone(&file));
    let text = file.shared_text();
    assert_eq!(Stream::parse(id, &text).first_error(), None, "a workload has a mistake");
    bencher.counter(BytesCount::of_str(&text)).bench(|| Stream::parse(id, &text));
}

#[divan::bench]
fn config(bencher: Bencher<'_, '_>) {
    parse(bencher, workload::CONFIG.to_owned());
}

#[divan::bench]
fn chart_config(bencher: Bencher<'_, '_>) {
    parse(bencher, workload::chart_config(&mut Random::new(1), "rke2-cilium"));
}

#[divan::bench]
fn deployment(bencher: Bencher<'_, '_>) {
    parse(bencher, workload::deployment(&mut Random::new(1), 1));
}

/// The same deployment with something that the fast parser does not accept.
#[divan::bench(args = ["flow mapping", "anchor", "tab in a comment"])]
fn general(bencher: Bencher<'_, '_>, what: &str) {
    let text = workload::deployment(&mut Random::new(1), 1);
    let (line, other) = match what {
        "flow mapping" => ("            memory: 1Gi\n", "            memory: {limit: 1Gi}\n"),
        "anchor" => ("        - name: http\n", "        - &port\n          name: http\n"),
        _ => ("        env:\n", "        env: #\tsettings\n"),
    };
    assert!(text.contains(line), "the deployment has another form");
    parse(bencher, text.replacen(line, other, 1));
}

/// A file of 1 MB with several hundred documents.
#[divan::bench]
fn megabyte(bencher: Bencher<'_, '_>) {
    let mut random = Random::new(1);
    let mut text = String::new();
    while text.len() < 1 << 20 {
        text += &workload::config_map(&mut random, text.len());
    }
    parse(bencher, text);
}

/// A HelmChart with an archive of 500 KB on one line.
#[divan::bench]
fn archive(bencher: Bencher<'_, '_>) {
    let mut random = Random::new(1);
    let archive = workload::archive(&mut random, 500).expect("memory does not fail");
    parse(bencher, workload::chart(&mut random, 1, Some(&archive)));
}
