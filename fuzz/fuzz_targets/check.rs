//! A whole tree through every rule and every renderer. `.rke2-lint.yaml` contains its settings, `.hosts/…` facts about
//! machines, and `.before/…` the previous tree.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use rke2_lint::engine::{Input, Options, Previous, PreviousFile, lint_sources};
use rke2_lint::finding::{Finding, Report, RuleId};
use rke2_lint::rule::{self, Rule};
use rke2_lint::settings::{self, Base, Level, Settings};
use rke2_lint::source::{SourceFile, Span};
use rke2_lint::suppress::baseline::Baseline;
use rke2_lint_fuzz::places::assert_place;
use rke2_lint_fuzz::sections::sections;
use rke2_lint_fuzz::shown::assert_harmless;
use rke2_lint_fuzz::stay_on_this_thread;

const SETTINGS: &str = ".rke2-lint.yaml";
const BEFORE: &str = ".before/";
const HOSTS: &str = ".hosts/";

thread_local! {
    /// Compiled once, and shared by all runs.
    static RULES: Arc<[Rule]> = rule::built_in().into();
}

fuzz_target!(|data: &[u8]| {
    stay_on_this_thread();
    let mut settings = Settings::default();
    let mut hosts = Vec::new();
    let mut before = Vec::new();
    let mut sources = BTreeMap::new();
    for (path, bytes) in sections(data) {
        let text = || Arc::new(SourceFile::new(path.as_str(), String::from_utf8_lossy(bytes).into_owned()));
        if path == SETTINGS {
            settings = settings::parse(text(), Base::default()).unwrap_or_default();
        } else if path.starts_with(HOSTS) {
            hosts.push(text());
        } else if let Some(old) = path.strip_prefix(BEFORE) {
            let (path, shown) = (old.to_owned(), path.clone());
            before.push(PreviousFile { path, shown, input: Input::Bytes(bytes.to_vec()) });
        } else {
            sources.insert(path, Input::Bytes(bytes.to_vec()));
        }
    }
    let mut options = Options::new(&settings, RULES.with(Arc::clone));
    for rule in options.rules.iter().filter(|rule| rule.off_by_default) {
        options.levels.set(rule.info.id.as_str(), Level::Default);
    }
    options.hosts = hosts;
    options.previous = (!before.is_empty()).then_some(Previous { files: before });
    options.record = true;
    let mut report = lint_sources(sources.clone(), None, &options);
    // The prose of several hundred rules is always the same, so only that of the rules that fired is rendered.
    let fired: BTreeSet<RuleId> = report.findings.iter().map(|finding| finding.rule.clone()).collect();
    report.rules.retain(|rule, _| fired.contains(rule));
    for finding in &report.findings {
        assert_finding(&report, finding);
    }
    assert_harmless(&report);
    assert_baseline(&report, sources, &mut options);
});

/// A finding has a message, its places exist, and its edits do not overlap.
fn assert_finding(report: &Report, finding: &Finding) {
    let place = |span: Span| assert_place(report.sources.get(span.file).text(), span);
    assert!(!finding.message.is_empty(), "{finding:?}");
    assert!(report.rules.contains_key(&finding.rule), "{finding:?}");
    place(finding.primary.span);
    finding.related.iter().for_each(|label| place(label.span));
    let mut edits: Vec<Span> = finding.fix.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span).collect();
    for &span in &edits {
        place(span);
    }
    edits.sort();
    assert!(edits.windows(2).all(|pair| pair[0].file != pair[1].file || pair[0].end <= pair[1].start));
}

/// A second run has the same findings, and a baseline of the first run suppresses all of them.
fn assert_baseline(report: &Report, sources: BTreeMap<String, Input>, options: &mut Options) {
    let records: Vec<serde_json::Value> = report
        .recorded
        .iter()
        .map(|record| {
            serde_json::json!({
                "rule": record.rule, "path": record.path,
                "fingerprint": record.fingerprint, "message": record.message,
            })
        })
        .collect();
    let text = serde_json::json!({ "version": 1, "findings": records }).to_string();
    options.baseline = Some(Baseline::parse("baseline.json", &text).expect("what was recorded"));
    let again = lint_sources(sources, None, options);
    let loud: Vec<_> = again.findings.iter().map(|finding| (&finding.rule, &finding.message)).collect();
    assert!(loud.is_empty(), "not in the baseline: {loud:?}");
    assert!(again.gone.is_empty(), "gone from the baseline: {:?}", again.gone);
}
