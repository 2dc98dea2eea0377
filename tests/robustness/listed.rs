//! docs/robustness.md lists exactly these tests and those of tests/properties.

use std::collections::BTreeSet;
use std::fs;

use super::common::{files_below, root};

/// The tests of a program: `module::name`.
fn tests_of(program: &str) -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for file in files_below(&root().join("tests").join(program)) {
        let module = file.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).unwrap();
        let mut is_test = false;
        for line in text.lines().map(str::trim) {
            match line.strip_prefix("fn ").and_then(|rest| rest.split('(').next()) {
                Some(name) if is_test => {
                    tests.insert(format!("{module}::{name}"));
                    is_test = false;
                }
                _ => is_test |= line == "#[test]",
            }
        }
    }
    tests
}

#[test]
fn every_attack_is_listed_with_its_test() {
    let page = fs::read_to_string(root().join("docs/robustness.md")).unwrap();
    let tests: BTreeSet<String> = ["robustness", "properties"]
        .into_iter()
        .flat_map(tests_of)
        .filter(|test| !test.starts_with("listed::"))
        .collect();
    let named: BTreeSet<String> = page
        .lines()
        .filter(|line| line.starts_with('|'))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter(|name| name.contains("::") && !name.starts_with("::"))
        .map(str::to_owned)
        .collect();
    assert!(tests.len() > 40, "{tests:?}");
    assert_eq!(named, tests);
}
