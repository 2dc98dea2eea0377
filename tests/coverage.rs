//! `docs/network-options.md` covers every statement of the networking reference, with rules that exist.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::collections::BTreeSet;
use std::fs;

use common::{root, rule_ids};

/// The number of statements in the networking reference.
const STATEMENTS: usize = 54;

#[test]
fn every_statement_has_rules_or_a_reason() {
    let page = fs::read_to_string(root().join("docs/network-options.md")).unwrap();
    let ids: BTreeSet<String> = rule_ids().into_iter().collect();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit())
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), STATEMENTS);
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(row[0], (index + 1).to_string());
        let links: Vec<&str> = row[2].split(", ").filter(|link| !link.is_empty()).collect();
        assert!(
            !links.is_empty() || !row[3].is_empty(),
            "statement {} has neither rules nor a reason",
            index + 1
        );
        for link in links {
            let id = link.strip_prefix('[').and_then(|rest| rest.split_once(']')).unwrap().0;
            assert_eq!(link, format!("[{id}](rules/{id}.md)"));
            assert!(ids.contains(id), "statement {}: there is no rule {id}", index + 1);
        }
    }
}
