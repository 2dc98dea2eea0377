//! The page of a rule as Markdown, for `explain` and `docs/rules/`. This module must not read files.

use std::fmt::Write as _;

use crate::rule::Rule;

/// The page of a rule: what, why, releases, references.
pub fn rule_page(rule: &Rule) -> String {
    let info = &rule.info;
    let mut page = format!("# {}\n\n{}\n\n", info.id, info.summary);
    let releases = rule.release_words();
    // Writing to a String cannot fail.
    let _ = write!(
        page,
        "- severity: **{}**\n- releases: {releases}\n- since: rke2-lint {}\n",
        info.severity, rule.since
    );
    if rule.off_by_default {
        page.push_str("- off by default: switch it on with `--select` or in the settings\n");
    }
    let _ = write!(page, "\n{}\n", info.explanation.trim());
    if !info.references.is_empty() {
        page.push_str("\n## References\n\n");
        for reference in &info.references {
            let _ = writeln!(page, "- <{reference}>");
        }
    }
    page
}
