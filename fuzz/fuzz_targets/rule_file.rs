//! Any text as a rule file: it is compiled or rejected with a place, and a compiled rule can be run.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::{Corpus, fuzz_target};
use rke2_lint::engine::{Input, Options, lint_sources};
use rke2_lint::rule::{Rule, compile_file};
use rke2_lint::settings::{Level, Settings};
use rke2_lint_fuzz::places::assert_place;
use rke2_lint_fuzz::shown::assert_harmless;
use rke2_lint_fuzz::stay_on_this_thread;

/// A tree with something for most paths that a rule can refer to.
const TREE: [(&str, &str); 4] = [
    ("etc/rancher/rke2/config.yaml", include_str!("../tree/config.yaml")),
    ("etc/rancher/rke2/registries.yaml", include_str!("../tree/registries.yaml")),
    ("var/lib/rancher/rke2/server/manifests/rke2-cilium-config.yaml", include_str!("../tree/chart.yaml")),
    ("var/lib/rancher/rke2/server/manifests/shop.yaml", include_str!("../tree/objects.yaml")),
];

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    stay_on_this_thread();
    match compile_file("own/rule", "own/rule.yaml", text) {
        Ok(rule) => assert_runs(rule),
        Err(error) => {
            let line = text.split('\n').nth(error.line - 1);
            let columns = line.map(|line| line.chars().count() + 1);
            assert!(columns.is_some_and(|columns| error.column <= columns), "{error}: {text:?}");
            assert!(error.column > 0 && !error.message.is_empty());
        }
    }
    Corpus::Keep
});

fn assert_runs(rule: Rule) {
    let id = rule.info.id.clone();
    let mut options = Options::new(&Settings::default(), vec![rule]);
    options.levels.set(id.as_str(), Level::Default);
    let tree: BTreeMap<String, Input> = TREE
        .iter()
        .map(|(path, text)| ((*path).to_owned(), Input::Bytes(text.as_bytes().to_vec())))
        .collect();
    let report = lint_sources(tree, None, &options);
    for finding in &report.findings {
        assert_eq!(finding.rule, id);
        for label in finding.related.iter().chain([&finding.primary]) {
            assert_place(report.sources.get(label.span.file).text(), label.span);
        }
    }
    assert_harmless(&report);
}
