//! The page of a rule as Markdown, for `explain` and `docs/rules/`. Must not read files.

mod index;

use std::fmt::Write as _;

pub use index::{about_category, category_pages, rule_chapters, rule_index};

use crate::rule::{ConfigSubject, Rule, Subject};

/// The fixtures of a rule, for its page.
#[derive(Clone, Debug, Default)]
pub struct Examples {
    /// Path and text of each file that makes the rule fire.
    pub bad: Vec<(String, String)>,
    /// What the tool says of them.
    pub output: String,
    /// Path and text of each file that is fine.
    pub good: Vec<(String, String)>,
}

/// The page of a rule: what, why, releases, examples, references.
pub fn rule_page(rule: &Rule, examples: &Examples) -> String {
    let info = &rule.info;
    let mut page = format!("# {}\n\n{}.\n\n", info.id, info.summary.trim_end_matches('.'));
    // Writing to a String cannot fail.
    let _ = writeln!(page, "- severity: **{}**", info.severity);
    let fixable = if rule.has_fix() { "some findings have a fix" } else { "no" };
    let _ = writeln!(page, "- fixable: {fixable}");
    let default =
        if rule.off_by_default { "off: enable it with `--severity` or in the settings" } else { "on" };
    let _ = writeln!(page, "- default: {default}");
    let _ = writeln!(page, "- releases: {}", rule.release_words());
    let _ = writeln!(page, "- since: rke2-lint {}", rule.since);
    let _ = write!(page, "\n## What it does\n\nReports {}.\n", what(rule));
    let _ = write!(page, "\n## Why it matters\n\n{}\n", info.explanation.trim());
    if !examples.bad.is_empty() {
        page.push_str("\n## Example\n");
        files(&mut page, &examples.bad);
        let _ = write!(page, "\n`rke2-lint check` says:\n\n{}", fenced("text", &examples.output));
    }
    if !examples.good.is_empty() {
        page.push_str("\n## Use instead\n");
        files(&mut page, &examples.good);
    }
    if !info.references.is_empty() {
        page.push_str("\n## References\n\n");
        for reference in &info.references {
            let _ = if reference.contains("://") {
                writeln!(page, "- <{reference}>")
            } else {
                writeln!(page, "- {reference}")
            };
        }
    }
    page
}

/// What a rule looks at, in words.
fn what(rule: &Rule) -> String {
    let names = |names: &[String]| format!("`{}`", names.join("` or `"));
    let subject = match &rule.subject {
        Subject::Charts(charts) if charts.iter().any(|chart| chart == "*") => {
            "in the values of each packaged chart".to_owned()
        }
        Subject::Charts(charts) => format!("in the values of {}", names(charts)),
        Subject::Kinds(kinds) if kinds.iter().any(|kind| kind == "*") => {
            "in each object of the manifests".to_owned()
        }
        Subject::Kinds(kinds) => format!("in each {}", names(kinds)),
        Subject::Config(ConfigSubject::Server) => "in the configuration of each server".to_owned(),
        Subject::Config(ConfigSubject::Agent) => "in the configuration of each agent".to_owned(),
        Subject::Config(ConfigSubject::Any) => "in the configuration of each node".to_owned(),
        Subject::Registries => "in each registries.yaml".to_owned(),
        Subject::ManifestFile => "for each manifest file".to_owned(),
        Subject::Cluster => "for the cluster as a whole".to_owned(),
        Subject::Engine => "in each file that is linted".to_owned(),
    };
    format!("“{}” {subject}", rule.info.summary.trim_end_matches('.'))
}

fn files(page: &mut String, files: &[(String, String)]) {
    for (path, text) in files {
        let _ = write!(page, "\n`{path}`:\n\n{}", fenced("yaml", text));
    }
}

/// A code block whose fence is longer than any in the text.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}
