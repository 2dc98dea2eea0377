//! Checks every rule against its fixtures: it fires on `bad*/`, and no rule fires on `good*/`.
//!
//! Each fixture tree is a separate test named `CATEGORY/NAME/TREE`, so `cargo test --test rules cni-canal` runs those
//! of one category. `CATEGORY/NAME/snapshot` is the output for all bad trees of a rule.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use common::{RULES, fixture_sides, lint_fixture, render, root, rule_ids};
use rke2_lint::finding::Report;
use rke2_lint::output::Format;
use rke2_lint::rule::{self, Body, Rule};

fn main() {
    let mut trials = vec![
        Trial::test("every_rule_file_compiles", every_rule_file_compiles),
        Trial::test("every_check_has_a_rule_file", every_check_has_a_rule_file),
        Trial::test("every_fixture_belongs_to_a_rule", every_fixture_belongs_to_a_rule),
        Trial::test("rules_that_offer_fixes_say_so", rules_that_offer_fixes_say_so),
        Trial::test(
            "checks_that_make_edits_are_of_fixable_rules",
            checks_that_make_edits_are_of_fixable_rules,
        ),
    ];
    for id in rule_ids() {
        for side in ["bad", "good"] {
            let trees = fixture_sides(&id, side);
            if trees.is_empty() {
                trials.push(Trial::test(format!("{id}/{side}"), move || {
                    Err(format!("there is no `{side}` fixture").into())
                }));
            }
            for tree in trees {
                let (id, name) = (id.clone(), format!("{id}/{}", name_of(&tree)));
                trials.push(Trial::test(name, move || match side {
                    "bad" => fires(&id, &tree),
                    _ => is_silent(&id, &tree),
                }));
            }
        }
        trials.push(Trial::test(format!("{id}/snapshot"), move || {
            snapshot(&id);
            Ok(())
        }));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn fires(id: &str, tree: &Path) -> Result<(), Failed> {
    let report = lint_fixture(tree, Some(id));
    if !report.problems.is_empty() {
        return Err(format!("{:?}", report.problems).into());
    }
    if fired(&report, id) {
        return Ok(());
    }
    Err(format!("{id} does not fire:\n{}", render(&report, Format::Concise)).into())
}

fn is_silent(id: &str, tree: &Path) -> Result<(), Failed> {
    let report = lint_fixture(tree, Some(id));
    if report.findings.is_empty() { Ok(()) } else { Err(render(&report, Format::Concise).into()) }
}

fn snapshot(id: &str) {
    let mut output = String::new();
    for tree in fixture_sides(id, "bad") {
        let report = lint_fixture(&tree, Some(id));
        write!(output, "## {}\n\n{}\n", name_of(&tree), render(&report, Format::Human)).unwrap();
    }
    insta::with_settings!({snapshot_path => "snapshots/rules", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(id.replace('/', "__"), output);
    });
}

/// Each built-in rule equals its file compiled strictly, as a user's rule would be.
fn every_rule_file_compiles() -> Result<(), Failed> {
    let words = |rule: &Rule| {
        let body = match &rule.body {
            Body::Data(data) => format!("{:#?}", data.get(&rule.subject)),
            body => format!("{body:?}"),
        };
        let mut rule = rule.clone();
        Arc::make_mut(&mut rule.info).url = None;
        rule.body = Body::Engine;
        format!("{rule:#?}\n{body}")
    };
    let built_in: BTreeMap<_, _> =
        rule::built_in().iter().map(|rule| (rule.info.id.to_string(), words(rule))).collect();
    let mut of_files = BTreeMap::new();
    for id in rule_ids() {
        let path = root().join("rules").join(format!("{id}.yaml"));
        let text = fs::read_to_string(&path).unwrap();
        let rule = rule::compile_file(&id, &path.display().to_string(), &text)?;
        of_files.insert(id, words(&rule));
    }
    assert_eq!(built_in.keys().collect::<Vec<_>>(), of_files.keys().collect::<Vec<_>>());
    nothing("rules that are not what their files say", |lost| {
        lost.extend(of_files.into_iter().filter(|(id, words)| built_in[id] != *words).map(|(id, _)| id));
    })
}

fn every_check_has_a_rule_file() -> Result<(), Failed> {
    let texts: String = rule_ids()
        .iter()
        .map(|id| fs::read_to_string(root().join("rules").join(format!("{id}.yaml"))).unwrap())
        .collect();
    let checks = rule::checks::names().map(|name| format!("check: {name}\n"));
    let verdicts = rule::Verdict::NAMES.iter().map(|(name, _)| format!("verdict: {name}\n"));
    nothing("checks and verdicts that no rule file names", |lost| {
        lost.extend(checks.chain(verdicts).filter(|line| !texts.contains(line)));
    })
}

fn every_fixture_belongs_to_a_rule() -> Result<(), Failed> {
    let ids: BTreeSet<String> = rule_ids().into_iter().collect();
    let fixtures = root().join("testdata/rules");
    nothing("fixtures without a rule file", |lost| {
        for category in fs::read_dir(&fixtures).unwrap().flatten() {
            for name in fs::read_dir(category.path()).unwrap().flatten() {
                let path = name.path();
                let id = path.strip_prefix(&fixtures).unwrap().to_string_lossy().into_owned();
                if !ids.contains(&id) {
                    lost.push(id);
                }
            }
        }
    })
}

fn rules_that_offer_fixes_say_so() -> Result<(), Failed> {
    nothing("rule files without `fixable: true`", |lost| {
        for rule in RULES.iter().filter(|rule| !rule.has_fix()) {
            let id = rule.info.id.as_str();
            let offers = |tree: &std::path::PathBuf| {
                let report = lint_fixture(tree, Some(id));
                report.findings.iter().any(|finding| finding.rule.as_str() == id && finding.fix.is_some())
            };
            if fixture_sides(id, "bad").iter().any(offers) {
                lost.push(id.to_owned());
            }
        }
    })
}

/// The same for fixes without a fixture.
fn checks_that_make_edits_are_of_fixable_rules() -> Result<(), Failed> {
    nothing("checks with edits, whose rule files lack `fixable: true`", |lost| {
        for rule in RULES.iter().filter(|rule| !rule.has_fix()) {
            let id = rule.info.id.as_str();
            let name = id.replace(['/', '-'], "_");
            let check = root().join("src/rule/checks").join(format!("{name}.rs"));
            let code = fs::read_to_string(check).unwrap_or_default();
            if [".fixed(", ".edit(", "Fix {"].iter().any(|word| code.contains(word)) {
                lost.push(id.to_owned());
            }
        }
    })
}

/// Fails with the names that `collect` finds.
fn nothing(what: &str, collect: impl FnOnce(&mut Vec<String>)) -> Result<(), Failed> {
    let mut lost = Vec::new();
    collect(&mut lost);
    if lost.is_empty() { Ok(()) } else { Err(format!("{what}: {}", lost.join(" ")).into()) }
}

fn fired(report: &Report, id: &str) -> bool {
    report.findings.iter().any(|finding| finding.rule.as_str() == id)
}

fn name_of(tree: &Path) -> String {
    tree.file_name().unwrap().to_string_lossy().into_owned()
}
