//! Applies fixes to all fixtures in memory: fixed findings are gone without new ones, fixes are idempotent, and the
//! rest of the file is unchanged.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use common::{Fixture, RULES, fixture_sides, root, rule_ids};
use rke2_lint::engine::{Input, Options, lint_sources};
use rke2_lint::finding::{Edit, Finding, Report};
use rke2_lint::fix::{Access, Change, Outcome, Request, World, run};
use rke2_lint::rke2::addon::has_manifest_extension;
use rke2_lint::settings::Level;
use rke2_lint::unit::may_host;
use rke2_lint::yaml::comment_ranges;

const SAFE: Request = Request { fixes: true, unsafe_fixes: false, ignores: false };
const ALL: Request = Request { fixes: true, unsafe_fixes: true, ignores: false };
const IGNORES: Request = Request { fixes: false, unsafe_fixes: false, ignores: true };

/// A fixture tree in memory.
struct Memory {
    fixture: Fixture,
    options: Options,
}

impl Memory {
    fn of(tree: &Path, rule: &str, variant: &Variant) -> Self {
        let mut fixture = Fixture::read(tree);
        for (path, input) in &mut fixture.sources {
            if let Input::Bytes(bytes) = input
                && is_read(path)
                && let Ok(text) = std::str::from_utf8(bytes)
            {
                *bytes = (variant.change)(text).into_bytes();
            }
        }
        let mut options = fixture.options(&RULES);
        options.levels.set(rule, Level::Default);
        Self { fixture, options }
    }

    fn start(&self) -> Report {
        self.lint(&BTreeMap::new())
    }

    fn run(&self, request: Request) -> Outcome {
        run(request, self.start(), self)
    }

    /// The tree after changes.
    fn after(mut self, changes: &[Change]) -> Self {
        for Change { path, after, .. } in changes {
            self.fixture.sources.insert(path.clone(), Input::Bytes(after.as_bytes().to_vec()));
        }
        self
    }
}

impl World for Memory {
    fn lint(&self, texts: &BTreeMap<String, Arc<str>>) -> Report {
        let mut sources = self.fixture.sources.clone();
        for (path, text) in texts {
            sources.insert(path.clone(), Input::Bytes(text.as_bytes().to_vec()));
        }
        let mut report = lint_sources(sources, None, &self.options);
        // Drops findings about values that no file sets, as `upgrade --fix` does.
        report.findings.retain(|finding| finding.subject.is_none());
        report
    }

    fn access(&self, _path: &str) -> Access {
        Access::Granted
    }

    fn other_names(&self, _path: &str) -> Vec<String> {
        Vec::new()
    }
}

fn is_read(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    has_manifest_extension(name) || may_host(name)
}

/// A transformation of all files of a tree that preserves their meaning.
struct Variant {
    name: &'static str,
    change: fn(&str) -> String,
}

const PLAIN: Variant = Variant { name: "plain", change: str::to_owned };

const VARIANTS: &[Variant] = &[
    PLAIN,
    Variant { name: "CRLF", change: |text| text.replace("\r\n", "\n").replace('\n', "\r\n") },
    Variant { name: "BOM", change: |text| format!("\u{feff}{}", text.trim_start_matches('\u{feff}')) },
    Variant { name: "no final newline", change: |text| text.trim_end_matches('\n').to_owned() },
    Variant { name: "comments", change: commented },
];

/// Adds a non-ASCII comment above each top-level line and at the end.
fn commented(text: &str) -> String {
    let mut out = String::new();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let _ = writeln!(out, "# Über Zeile {number}\t漢字");
        }
        out.push_str(line);
    }
    if out.ends_with('\n') {
        out.push_str("# Ende\n");
    }
    out
}

/// All bad trees with their rules.
fn trees() -> Vec<(String, PathBuf)> {
    let bad = |id: String| fixture_sides(&id, "bad").into_iter().map(move |tree| (id.clone(), tree));
    let mut trees: Vec<_> = rule_ids().into_iter().flat_map(bad).collect();
    trees.push(("config/unknown-key".to_owned(), root().join("testdata/projects/broken")));
    trees
}

fn words(report: &Report, finding: &Finding) -> (String, String, String) {
    let path = report.sources.get(finding.primary.span.file).path().to_owned();
    (finding.rule.to_string(), path, finding.message.clone())
}

fn all_words(report: &Report) -> Vec<(String, String, String)> {
    report.findings.iter().map(|finding| words(report, finding)).collect()
}

fn comments(text: &str) -> Vec<String> {
    comment_ranges(text).into_iter().map(|range| text[range].trim_end().to_owned()).collect()
}

/// Checks that a file is unchanged outside the edits.
fn assert_kept(name: &str, Change { path, before, after }: &Change, variant: &Variant) {
    assert_eq!(before.starts_with('\u{feff}'), after.starts_with('\u{feff}'), "{name}: {path}: BOM");
    assert_eq!(before.ends_with('\n'), after.ends_with('\n'), "{name}: {path}: final newline\n{after}");
    if variant.name == "CRLF" {
        assert_eq!(after.matches('\n').count(), after.matches("\r\n").count(), "{name}: {path}\n{after:?}");
    }
    if variant.name == "comments" {
        let kept = comments(after);
        for comment in
            comments(before).iter().filter(|comment| comment.contains("漢字") || *comment == "# Ende")
        {
            assert!(kept.contains(comment), "{name}: {path}: {comment} is lost\n{after}");
        }
    }
}

/// Applies fixes to a tree and checks their guarantees. Returns whether they removed any of the rule's own findings.
fn check(id: &str, tree: &Path, variant: &Variant, request: Request) -> bool {
    let name = format!("{} ({})", tree.display(), variant.name);
    let memory = Memory::of(tree, id, variant);
    let start = memory.start();
    let outcome = memory.run(request);
    for change in &outcome.changes {
        assert_kept(&name, change, variant);
    }
    let memory = memory.after(&outcome.changes);
    let left = memory.start();
    assert_eq!(all_words(&left), all_words(&outcome.report), "{name}: the report is of other texts");
    let rules: BTreeSet<_> = start.findings.iter().map(|finding| &finding.rule).collect();
    for finding in &left.findings {
        assert!(rules.contains(&finding.rule), "{name}: new: {:?}", words(&left, finding));
    }
    let fixed: usize = outcome.fixed.values().sum();
    assert!(left.findings.len() + usize::from(fixed > 0) <= start.findings.len(), "{name}");
    let again = memory.run(request);
    assert!(again.changes.is_empty(), "{name}: fixing again changes more: {:?}", again.changes);
    let own = |report: &Report| report.findings.iter().filter(|finding| finding.rule.as_str() == id).count();
    own(&start) > own(&left)
}

#[test]
fn fixes_hold_over_all_fixtures() {
    let outcomes: Vec<Result<Option<String>, String>> = trees()
        .par_iter()
        .map(|(id, tree)| {
            let memory = Memory::of(tree, id, &PLAIN);
            if memory.run(ALL).changes.is_empty() {
                return Ok(None);
            }
            let checked = std::panic::catch_unwind(|| {
                check(id, tree, &PLAIN, SAFE);
                for variant in &VARIANTS[1..] {
                    check(id, tree, variant, ALL);
                }
                check(id, tree, &PLAIN, ALL)
            });
            let message = |error: Box<dyn std::any::Any + Send>| {
                error.downcast_ref::<String>().cloned().unwrap_or_else(|| "it panics".to_owned())
            };
            checked.map(|effective| effective.then(|| id.clone())).map_err(message)
        })
        .collect();
    let failures: Vec<&String> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert!(failures.is_empty(), "{} trees: {failures:#?}", failures.len());
    let effective: BTreeSet<String> = outcomes.into_iter().filter_map(Result::ok).flatten().collect();
    let idle: Vec<&str> = RULES
        .iter()
        .filter(|rule| rule.has_fix() && !effective.contains(rule.info.id.as_str()))
        .map(|rule| rule.info.id.as_str())
        .collect();
    assert!(idle.is_empty(), "rules that offer fixes, none of which is ever applied: {idle:#?}");
}

/// The text in backticks after certain words of a help must be in the text after the fix.
#[test]
fn help_and_fix_say_the_same() {
    let (mut compared, mut wrong) = (0, Vec::new());
    for (id, tree) in trees() {
        let report = Memory::of(&tree, &id, &PLAIN).start();
        for finding in &report.findings {
            let (Some(help), Some(fix)) = (&finding.help, &finding.fix) else { continue };
            let name = format!("{}: `{help}` with {fix:?}", tree.display());
            let Some((words, quoted)) = help.split_once('`') else { continue };
            let quoted = quoted.split('`').next().unwrap_or_default();
            let written: String = fix.edits.iter().map(|edit| edit.replacement.as_str()).collect();
            let gone = |edit: &Edit| edit.replacement.len() < edit.span.range().len();
            let agrees = match words {
                "did you mean " => {
                    let last = quoted.rsplit(['.', ' ', '=']).next().unwrap_or_default();
                    written.contains(last.trim_matches(['"', '\'']))
                }
                "remove " => fix.edits.iter().all(gone),
                _ => continue,
            };
            compared += 1;
            if !agrees {
                wrong.push(name);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(compared >= 40, "only {compared} of them have such a help");
}

/// One finding renames a key and another adds the same key; only one of the fixes may be applied.
#[test]
fn fixes_of_one_round_do_not_write_a_key_twice() {
    let memory = Memory::of(&root().join("testdata/projects/broken"), "config/unknown-key", &PLAIN);
    let outcome = memory.run(ALL);
    let change =
        outcome.changes.iter().find(|change| change.path.ends_with("rke2-cilium-config.yaml")).unwrap();
    assert!(
        change.after.contains("hubble:\n      enabled: true\n      relay:\n        enabled: true\n"),
        "{}",
        change.after
    );
    assert_eq!(change.after.matches("enabled: true").count(), 2, "{}", change.after);
}

#[test]
fn ignore_comments_silence_all_that_a_comment_can_reach() {
    for (id, tree) in trees() {
        for variant in &VARIANTS[..2] {
            let name = format!("{} ({})", tree.display(), variant.name);
            let memory = Memory::of(&tree, &id, variant);
            let start = memory.start();
            let outcome = memory.run(IGNORES);
            for change in &outcome.changes {
                assert_kept(&name, change, variant);
            }
            let ignored: usize = outcome.ignored.values().sum();
            assert_eq!(outcome.report.findings.len(), start.findings.len() - ignored, "{name}");
            let refused: BTreeSet<_> = outcome
                .refused
                .iter()
                .map(|refused| (refused.path.as_str(), refused.rule.as_str()))
                .collect();
            for finding in &outcome.report.findings {
                let (rule, path, _) = words(&outcome.report, finding);
                assert!(refused.contains(&(path.as_str(), rule.as_str())), "{name}: {rule} has no comment");
            }
            let again = memory.after(&outcome.changes).run(IGNORES);
            assert!(again.changes.is_empty(), "{name}: {:?}", again.changes);
        }
    }
}
