//! Every rule against its fixtures: `bad*/` fires it, `good*/` is silent under all rules.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use common::{fixture_sides, lint_fixture, render, root, rule_ids};
use rke2_lint::output::Format;
use rke2_lint::rule;

#[test]
fn every_rule_file_compiles() {
    let errors = rule::built_in_errors();
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(!rule::built_in().is_empty());
}

#[test]
fn every_check_has_a_rule_file() {
    let texts: String = rule_ids()
        .iter()
        .map(|id| fs::read_to_string(root().join("rules").join(format!("{id}.yaml"))).unwrap())
        .collect();
    for name in rule::checks::names() {
        assert!(texts.contains(&format!("check: {name}\n")), "no rule file names the check `{name}`");
    }
}

#[test]
fn every_fixture_belongs_to_a_rule() {
    let ids: BTreeSet<String> = rule_ids().into_iter().collect();
    let fixtures = root().join("testdata/rules");
    for category in fs::read_dir(&fixtures).unwrap().flatten() {
        for name in fs::read_dir(category.path()).unwrap().flatten() {
            let path = name.path();
            let id = path.strip_prefix(&fixtures).unwrap().to_string_lossy().into_owned();
            assert!(ids.contains(&id), "testdata/rules/{id} has no rule file");
        }
    }
}

#[test]
fn bad_fixtures_fire_their_rule() {
    for id in rule_ids() {
        let sides = fixture_sides(&id, "bad");
        assert!(!sides.is_empty(), "{id} has no bad fixture");
        let mut output = String::new();
        for side in &sides {
            let report = lint_fixture(side, Some(&id));
            assert!(report.problems.is_empty(), "{id}: {:?}", report.problems);
            assert!(
                report.findings.iter().any(|finding| finding.rule.as_str() == id),
                "{id} does not fire on {}:\n{}",
                side.display(),
                render(&report, Format::Concise)
            );
            write!(output, "## {}\n\n{}\n", side_name(side), render(&report, Format::Human)).unwrap();
        }
        insta::with_settings!({snapshot_path => "snapshots/rules", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(id.replace('/', "__"), output);
        });
    }
}

#[test]
fn good_fixtures_are_silent() {
    let mut loud = String::new();
    for id in rule_ids() {
        let sides = fixture_sides(&id, "good");
        assert!(!sides.is_empty(), "{id} has no good fixture");
        for side in sides {
            let report = lint_fixture(&side, Some(&id));
            if !report.findings.is_empty() {
                writeln!(loud, "{id} {}:\n{}", side_name(&side), render(&report, Format::Concise)).unwrap();
            }
        }
    }
    assert!(loud.is_empty(), "good fixtures with findings:\n{loud}");
}

#[test]
fn rules_that_offer_fixes_say_so() {
    let rules = rule::built_in();
    let silent: Vec<&str> = rules
        .iter()
        .filter(|rule| !rule.has_fix())
        .map(|rule| rule.info.id.as_str())
        .filter(|id| {
            fixture_sides(id, "bad").iter().any(|side| {
                let report = lint_fixture(side, Some(id));
                report.findings.iter().any(|finding| finding.rule.as_str() == *id && finding.fix.is_some())
            })
        })
        .collect();
    assert!(silent.is_empty(), "`fixable: true` is missing in: {}", silent.join(" "));
}

fn side_name(side: &Path) -> String {
    side.file_name().unwrap().to_string_lossy().into_owned()
}
