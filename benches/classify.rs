//! The cost of classifying a file: from its text alone, which is sufficient for most files of a repository, and by
//! parsing it.
#![allow(missing_docs, reason = "the macros of divan make undocumented items")]

use std::sync::Arc;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use rke2_lint::rke2::classify::may_be_rke2;
use rke2_lint::rke2::file::RkeFile;
use rke2_lint::source::{SourceFile, Sources};

mod workload;
use workload::Random;

const KINDS: [&str; 6] =
    ["config", "registries", "HelmChartConfig", "HelmChart", "Deployment", "compose file"];

const REGISTRIES: &str = "\
mirrors:
  docker.io:
    endpoint:
    - https://mirror.example.com
configs:
  mirror.example.com:
    tls:
      ca_file: /etc/ssl/mirror.pem
";

fn main() {
    divan::main();
}

fn file(kind: &str) -> (&'static str, String) {
    let mut random = Random::new(1);
    match kind {
        "config" => ("site/config.yaml", workload::CONFIG.to_owned()),
        "registries" => ("site/registries.yaml", REGISTRIES.to_owned()),
        "HelmChartConfig" => ("site/a.yaml", workload::chart_config(&mut random, "rke2-cilium")),
        "HelmChart" => ("site/a.yaml", workload::chart(&mut random, 1, None)),
        "Deployment" => ("site/a.yaml", workload::deployment(&mut random, 1)),
        _ => {
            let service = |index| format!("  web-{index}:\n    image: registry.example.com/web:{index}\n");
            let text = (0..20).map(service).fold("services:\n".to_owned(), |text, service| text + &service);
            ("site/compose.yaml", text)
        }
    }
}

#[divan::bench(args = KINDS)]
fn by_text(bencher: Bencher<'_, '_>, kind: &str) {
    let (path, text) = file(kind);
    bencher
        .counter(BytesCount::of_str(&text))
        .counter(ItemsCount::new(1_usize))
        .bench(|| may_be_rke2(divan::black_box(path), divan::black_box(&text)));
}

/// Parses a file with the documents inside it, and classifies it.
#[divan::bench(args = KINDS)]
fn by_content(bencher: Bencher<'_, '_>, kind: &str) {
    let (path, text) = file(kind);
    let bytes = BytesCount::of_str(&text);
    let file = Arc::new(SourceFile::new(path, text));
    let id = Sources::id_at(0);
    bencher
        .counter(bytes)
        .counter(ItemsCount::new(1_usize))
        .bench(|| RkeFile::read(id, Arc::clone(&file)).content);
}
