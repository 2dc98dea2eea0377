//! Checks the docs as a book, and that `docs/rules/` is up to date with the rule files and fixtures.
//! `RKE2_LINT_UPDATE_DOCS=1 cargo test --test docs` rewrites it.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod book;
#[path = "../common/mod.rs"]
mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use common::{files_below, fixture_sides, lint_fixture, render, root, run_in, sources_below};
use rke2_lint::docs::{Examples, category_pages, rule_index, rule_page};
use rke2_lint::engine::Input;
use rke2_lint::output::Format;
use rke2_lint::rule::{self, Rule};

/// The maximum number of lines of an example file.
const LONGEST_EXAMPLE: usize = 60;

#[test]
fn rule_pages_are_current() {
    let rules = rule::built_in();
    let mut pages: BTreeMap<String, String> =
        rules.iter().map(|rule| (format!("{}.md", rule.info.id), rule_page(rule, &examples(rule)))).collect();
    pages.insert("README.md".to_owned(), rule_index(&rules));
    pages.extend(category_pages(&rules).into_iter().map(|(category, page)| (format!("{category}.md"), page)));
    let folder = root().join("docs/rules");
    if std::env::var_os("RKE2_LINT_UPDATE_DOCS").is_some() {
        let _ = fs::remove_dir_all(&folder);
        for (name, page) in &pages {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, page).unwrap();
        }
        return;
    }
    let present: BTreeSet<String> = files_below(&folder)
        .iter()
        .map(|path| path.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/"))
        .collect();
    assert_eq!(
        present,
        pages.keys().cloned().collect(),
        "run RKE2_LINT_UPDATE_DOCS=1 cargo test --test docs"
    );
    for (name, page) in pages {
        let written = fs::read_to_string(folder.join(&name)).unwrap().replace("\r\n", "\n");
        assert!(
            written == page,
            "docs/rules/{name} is stale: run RKE2_LINT_UPDATE_DOCS=1 cargo test --test docs"
        );
    }
}

#[test]
fn explain_prints_the_page() {
    let rule = "helm-chart-config/wrong-namespace";
    let output = run_in(&root(), &["explain", rule]);
    let page = fs::read_to_string(root().join(format!("docs/rules/{rule}.md"))).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), page.replace("\r\n", "\n"));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn explain_knows_a_near_name() {
    let output = run_in(&root(), &["explain", "helm-chart-config/wrong-namespaces"]);
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("did you mean `helm-chart-config/wrong-namespace`"), "{words}");
    assert_eq!(output.status.code(), Some(2));
}

fn examples(rule: &Rule) -> Examples {
    let id = rule.info.id.as_str();
    let side = |name: &str| fixture_sides(id, name).into_iter().next();
    let Some(bad) = side("bad") else { return Examples::default() };
    Examples {
        output: render(&lint_fixture(&bad, Some(id)), Format::Concise),
        bad: files(&bad),
        good: side("good").map(|good| files(&good)).unwrap_or_default(),
    }
}

fn files(tree: &Path) -> Vec<(String, String)> {
    sources_below(tree)
        .into_iter()
        .filter_map(|(path, input)| match input {
            Input::Bytes(bytes) => Some((path, String::from_utf8(bytes).ok()?)),
            Input::DanglingLink => None,
        })
        .filter(|(_, text)| {
            text.lines().count() <= LONGEST_EXAMPLE && text.lines().all(|line| line.len() < 200)
        })
        .collect()
}
