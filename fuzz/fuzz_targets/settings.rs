//! Any text as settings: it is read or rejected with places, and accepted settings can be used.
#![no_main]

use std::cell::RefCell;
use std::sync::Arc;

use libfuzzer_sys::{Corpus, fuzz_target};
use rke2_lint::finding::Severity;
use rke2_lint::rule::{self, Rule};
use rke2_lint::settings::{self, Base, Settings, SettingsErrors};
use rke2_lint::source::{SourceFile, Sources};
use rke2_lint::yaml::Stream;

const PATHS: [&str; 3] = ["config.yaml", "a/manifests/b ü.yaml", "../x/etc/rancher/rke2/config.yaml"];

thread_local! {
    static RULES: RefCell<Vec<Rule>> = RefCell::new(rule::built_in());
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    let source = Arc::new(SourceFile::new(".rke2-lint.yaml", text));
    let bases = [Base::default(), Base::new("/repo".as_ref(), "/repo/lab".as_ref())];
    for base in bases {
        match settings::parse(Arc::clone(&source), base) {
            Ok(settings) => RULES.with_borrow(|rules| assert_usable(&settings, &source, rules)),
            Err(errors) => assert_placed(&errors, &source),
        }
    }
    Corpus::Keep
});

/// There is at least one error, and each is at its place.
fn assert_placed(errors: &SettingsErrors, source: &SourceFile) {
    assert!(!errors.mistakes.is_empty());
    for mistake in &errors.mistakes {
        assert!(!mistake.message.is_empty());
        assert_eq!(source.position(mistake.at.byte), mistake.at, "{}", mistake.message);
        assert!(source.line_range(mistake.at.line).is_some());
    }
    assert!(errors.mistakes.is_sorted_by_key(|mistake| mistake.at.byte));
    assert_eq!(errors.lines().count(), errors.mistakes.len());
}

fn assert_usable(settings: &Settings, source: &SourceFile, rules: &[Rule]) {
    if let Err(errors) = settings.check_rules(rules) {
        assert_placed(&errors, source);
    }
    let levels = settings.levels();
    let stream = Stream::parse(Sources::id_at(0), &source.shared_text());
    for path in PATHS {
        for rule in rules {
            let severity = levels.severity(rule, rule.info.severity, path);
            // Settings that do not name any rule leave all rules unchanged.
            let is_named = !settings.rules.is_empty() || !settings.overrides.is_empty();
            let as_it_is: Option<Severity> = (!rule.off_by_default).then_some(rule.info.severity);
            assert!(is_named || severity == as_it_is, "{}", rule.info.id);
        }
        for (index, cluster) in settings.clusters.iter().enumerate() {
            let everything = cluster.paths.is_none();
            assert!(cluster.holds(path, path) || !everything);
            let facts = settings::facts(&stream, index).expect("a cluster of the file");
            let nodes = [facts.config, facts.host].into_iter().flatten();
            nodes.for_each(|node| assert!(source.text().get(node.span().range()).is_some()));
        }
    }
}
