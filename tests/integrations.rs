//! The interfaces to other programs, and the files that they need: problem matcher, editors, hook, action.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use std::fs;

use common::{fixture_sides, lint_fixture, render, root, rule_ids};
use regex::Regex;
use rke2_lint::output::Format;
use serde_json::Value;

/// The `concise` lines of every bad fixture, with their three leading parts.
fn concise_lines() -> Vec<String> {
    let lines: Vec<String> = rule_ids()
        .iter()
        .flat_map(|id| fixture_sides(id, "bad").into_iter().map(move |side| (id.clone(), side)))
        .flat_map(|(id, side)| {
            render(&lint_fixture(&side, Some(&id)), Format::Concise)
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(lines.len() > 10);
    lines
}

/// The code block of a page that follows a heading.
fn block(page: &str, heading: &str) -> String {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let section = text.split(&format!("\n## {heading}\n")).nth(1).unwrap();
    let block = section.split("\n```").nth(1).unwrap();
    block.split_once('\n').unwrap().1.to_owned()
}

/// Checks that every line matches and that the groups capture its parts.
fn assert_all_match(pattern: &str, name: &str) {
    let regex = Regex::new(pattern).unwrap();
    for line in concise_lines() {
        let captures =
            regex.captures(&line).unwrap_or_else(|| panic!("{name}: `{pattern}` does not match\n{line}"));
        let place = format!("{}:{}:{}:", &captures[1], &captures[2], &captures[3]);
        assert!(line.starts_with(&place), "{name}: {place}\n{line}");
    }
}

#[test]
fn the_problem_matcher_matches_every_line_once() {
    let text = fs::read_to_string(root().join(".github/rke2-lint-matcher.json")).unwrap();
    let matchers: Value = serde_json::from_str(&text).unwrap();
    let patterns: Vec<Regex> = matchers["problemMatcher"]
        .as_array()
        .unwrap()
        .iter()
        .map(|matcher| Regex::new(matcher["pattern"][0]["regexp"].as_str().unwrap()).unwrap())
        .collect();
    for line in concise_lines() {
        let matching: Vec<_> = patterns.iter().filter_map(|pattern| pattern.captures(&line)).collect();
        assert_eq!(matching.len(), 1, "{line}");
        assert!(line.starts_with(&format!("{}:{}:{}:", &matching[0][1], &matching[0][2], &matching[0][3])));
    }
}

#[test]
fn the_vs_code_task_matches_every_line() {
    let task: Value = serde_json::from_str(&block("docs/editors.md", "VS Code")).unwrap();
    assert_all_match(task["tasks"][0]["problemMatcher"]["pattern"]["regexp"].as_str().unwrap(), "VS Code");
}

#[test]
fn the_vim_error_format_matches_every_line() {
    let text = block("docs/editors.md", "Vim");
    let format = text.lines().find_map(|line| line.split_once("errorformat=")).unwrap().1;
    // Each item of Vim's `errorformat`, translated to a regular expression according to Vim's help.
    let mut pattern = format.replace("\\ ", " ");
    for (item, meaning) in [
        ("%f", "(.+?)"),
        ("%l", "(\\d+)"),
        ("%c", "(\\d+)"),
        ("%t", "(.)"),
        ("%*[a-z]", "[a-z]+"),
        ("%m", "(.+)"),
    ] {
        pattern = pattern.replace(item, meaning);
    }
    assert!(!pattern.contains('%'), "{pattern}");
    assert_all_match(&format!("^{pattern}$"), "Vim");
}

#[test]
fn the_emacs_pattern_matches_every_line() {
    let text = block("docs/editors.md", "Emacs");
    let pattern = text.split("(rke2-lint \"").nth(1).unwrap().split("\" 1 2 3").next().unwrap();
    let pattern = pattern.replace("\\\\(", "(").replace("\\\\)", ")").replace("\\\\|", "|");
    assert_all_match(&pattern, "Emacs");
}

#[test]
fn hook_and_action_are_what_their_readers_expect() {
    let read = |path: &str| -> serde_yaml::Value {
        serde_yaml::from_str(&fs::read_to_string(root().join(path)).unwrap()).unwrap()
    };
    let hooks = read(".pre-commit-hooks.yaml");
    // Configuration may be in Terraform, templates and scripts.
    assert!(hooks.as_sequence().unwrap().iter().all(|hook| hook["types"][0] == "text"));
    let hooks: Vec<(&str, &str, &str)> = hooks
        .as_sequence()
        .unwrap()
        .iter()
        .map(|hook| ["id", "language", "entry"].map(|key| hook[key].as_str().unwrap()).into())
        .collect();
    assert_eq!(
        hooks,
        [
            ("rke2-lint", "python", "rke2-lint check"),
            ("rke2-lint-fix", "python", "rke2-lint check --fix --fail-on never"),
            ("rke2-lint-rust", "rust", "rke2-lint check"),
            ("rke2-lint-docker", "docker_image", "ghcr.io/rke2-lint/rke2-lint:alpine rke2-lint check"),
            ("rke2-lint-system", "system", "rke2-lint check"),
        ]
    );
    let action = read("action.yml");
    assert_eq!(action["runs"]["using"], "composite");
    let step = &action["runs"]["steps"][0];
    let script = step["run"].as_str().unwrap();
    assert!(!script.contains("${{"), "inputs must reach the shell as variables only");
    // The script, which `tests/action.rs` runs, must use every input and output.
    let text = fs::read_to_string(root().join("scripts/action.sh")).unwrap();
    for name in action["inputs"].as_mapping().unwrap().keys().map(|name| name.as_str().unwrap()) {
        let variable = name.replace('-', "_").to_uppercase();
        assert_eq!(step["env"][&*variable], format!("${{{{ inputs.{name} }}}}"));
        assert!(text.contains(&format!("${{{variable}:-")), "{variable}");
    }
    for name in action["outputs"].as_mapping().unwrap().keys().map(|name| name.as_str().unwrap()) {
        assert_eq!(action["outputs"][name]["value"], format!("${{{{ steps.lint.outputs.{name} }}}}"));
    }
}

#[test]
fn sarif_holds_the_rules_that_fired_with_what_github_orders_by() {
    for (id, is_security) in [
        ("manifest/secret-in-plain-text", true),
        ("helm-chart/insecure-source", true),
        ("security/weak-token", true),
        ("config/unknown-key", false),
    ] {
        let text = render(
            &lint_fixture(&root().join("testdata/rules").join(id).join("bad"), Some(id)),
            Format::Sarif,
        );
        let log: serde_json::Value = serde_json::from_str(&text).unwrap();
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        let fired: std::collections::BTreeSet<&str> =
            results.iter().map(|result| result["ruleId"].as_str().unwrap()).collect();
        assert_eq!(rules.len(), fired.len(), "{id}");
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
        let properties = &rules.iter().find(|rule| rule["id"] == id).unwrap()["properties"];
        let score = properties["security-severity"].as_str().map(|score| score.parse::<f64>().unwrap());
        assert_eq!(
            score.is_some_and(|score| (0.1..=10.0).contains(&score)),
            is_security,
            "{id}: {properties}"
        );
        assert_eq!(properties["tags"].as_array().unwrap().contains(&"security".into()), is_security, "{id}");
    }
}
