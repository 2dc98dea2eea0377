//! The book: `docs/SUMMARY.md` lists every page once, and no page has a broken link. The entries for rules and input
//! forms are generated.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::common::{files_below, root};
use regex::Regex;
use rke2_lint::docs::rule_chapters;
use rke2_lint::rule;

const SUMMARY: &str = "docs/SUMMARY.md";

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap().replace("\r\n", "\n")
}

/// The pages of the book, relative to `docs/`.
fn pages() -> BTreeSet<String> {
    let folder = root().join("docs");
    files_below(&folder)
        .iter()
        .map(|path| path.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/"))
        .filter(|name| {
            Path::new(name).extension().is_some_and(|extension| extension == "md") && name != "SUMMARY.md"
        })
        .collect()
}

/// The entry of the summary for a page: its place in the list, and its title.
fn entry(page: &str, title: &str) -> String {
    format!("- [{title}]({page})\n")
}

/// The summary with its generated entries.
fn generated(summary: &str) -> String {
    let forms = pages().into_iter().filter(|page| page.starts_with("forms/")).map(|page| {
        let text = read(&root().join("docs").join(&page));
        let title = text.lines().next().unwrap().trim_start_matches("# ").to_owned();
        format!("  {}", entry(&page, &title))
    });
    let summary = with_children(summary, &entry("forms.md", "Input forms"), &forms.collect::<String>());
    with_children(&summary, &entry("rules/README.md", "Rules"), &rule_chapters(&rule::built_in()))
}

/// A summary with the children of one entry replaced.
fn with_children(summary: &str, parent: &str, children: &str) -> String {
    let (before, after) = summary.split_once(parent).unwrap_or_else(|| panic!("no {parent}"));
    let kept = after.split_inclusive('\n').skip_while(|line| line.starts_with("  ")).collect::<String>();
    format!("{before}{parent}{children}{kept}")
}

#[test]
fn the_summary_lists_every_page_once() {
    let path = root().join(SUMMARY);
    let summary = read(&path);
    let expected = generated(&summary);
    if std::env::var_os("RKE2_LINT_UPDATE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
        // Another test is rewriting the pages.
        return;
    }
    assert!(summary == expected, "{SUMMARY} is stale: run RKE2_LINT_UPDATE_DOCS=1 cargo test --test docs");
    let listed: Vec<String> = links(&expected).into_iter().map(|link| link.target).collect();
    let set: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), set.len(), "a page is listed twice");
    let missing: Vec<_> = pages().difference(&set).cloned().collect();
    assert!(missing.is_empty(), "add to {SUMMARY}: {missing:?}");
    let gone: Vec<_> = set.difference(&pages()).cloned().collect();
    assert!(gone.is_empty(), "remove from {SUMMARY}: {gone:?}");
}

/// A link of a page.
struct Link {
    line: usize,
    target: String,
}

/// The links and images of a page, except those in code.
fn links(text: &str) -> Vec<Link> {
    static CODE: LazyLock<Regex> = LazyLock::new(|| Regex::new("`[^`]*`").unwrap());
    static LINK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\]\(([^)\s]+)\)").unwrap());
    let mut fence: Option<&str> = None;
    let mut links = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let ticks = &start[..start.len() - start.trim_start_matches('`').len()];
        match fence {
            Some(open) if ticks.len() >= open.len() => fence = None,
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                let line = CODE.replace_all(line, "");
                let found = LINK.captures_iter(&line);
                links.extend(found.map(|link| Link { line: number + 1, target: link[1].to_owned() }));
            }
            Some(_) => {}
        }
    }
    links
}

/// The anchors that mdBook and GitHub derive from the headings of a page.
fn anchors(text: &str) -> BTreeSet<String> {
    static TARGET: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\]\([^)]*\)").unwrap());
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let line = TARGET.replace_all(line, "");
            let heading = line.trim_start_matches('#').trim().to_lowercase();
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// What is wrong with a link of a page; `None` for web addresses, which are not checked.
fn fault(page: &Path, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let path: PathBuf = if file.is_empty() { page.to_owned() } else { page.parent().unwrap().join(file) };
    let Ok(path) = path.canonicalize() else { return Some("no such file".to_owned()) };
    let docs = root().join("docs").canonicalize().unwrap();
    if page.starts_with(root().join("docs")) && !path.starts_with(docs) {
        return Some("outside of docs/: the book needs its address".to_owned());
    }
    if page.starts_with(root().join("docs")) && file.ends_with("README.md") {
        return Some("the book has another name for it: link to its folder".to_owned());
    }
    let anchor = anchor?;
    (!anchors(&read(&path)).contains(anchor)).then(|| "no such heading".to_owned())
}

#[test]
fn every_link_leads_somewhere() {
    if std::env::var_os("RKE2_LINT_UPDATE_DOCS").is_some() {
        // Another test is rewriting the pages.
        return;
    }
    let mut texts: Vec<PathBuf> = pages().iter().map(|page| root().join("docs").join(page)).collect();
    texts.extend(
        ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].map(|name| root().join(name)),
    );
    let mut faults = Vec::new();
    let mut seen = 0;
    for page in texts {
        for link in links(&read(&page)) {
            seen += 1;
            if let Some(fault) = fault(&page, &link.target) {
                let name = page.strip_prefix(root()).unwrap().display();
                faults.push(format!("{name}:{}: {}: {fault}", link.line, link.target));
            }
        }
    }
    assert!(seen > 500, "{seen}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_dead_link_is_found() {
    let page = root().join("docs/faq.md");
    for (target, expected) in [
        ("nowhere.md", Some("no such file")),
        ("settings.md#no-such-key", Some("no such heading")),
        ("../README.md", Some("outside of docs/: the book needs its address")),
        ("rules/README.md", Some("the book has another name for it: link to its folder")),
        ("rules/", None),
        ("settings.md#keys", None),
        ("https://example.com/", None),
    ] {
        assert_eq!(fault(&page, target).as_deref(), expected, "{target}");
    }
    assert_eq!(links("a [b](c.md) `[d](e)`\n```\n[f](g)\n```\n[h](i)").len(), 2);
}
