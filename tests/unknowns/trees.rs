//! The fixture trees, their findings, and the sample of a default run.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use rke2_lint::engine::{Options, lint_sources};
use rke2_lint::finding::{Finding, Report};
use rke2_lint::rule::{self, Rule};
use rke2_lint::settings::Level;
use rke2_lint::source::Span;

use super::common::{Fixture, root};

/// A finding: its rule, its file and its start offset.
pub type Place = (String, String, usize);

/// The rules without `yields_to`, because a finding that another rule merely suppressed is not new.
static RULES: LazyLock<Arc<[Rule]>> = LazyLock::new(|| {
    let open = |rule: Rule| Rule { yields_to: Vec::new(), ..rule };
    rule::built_in().into_iter().map(open).collect()
});

/// A fixture tree.
pub struct Tree {
    /// `CATEGORY/NAME/TREE`, or `projects/NAME`.
    pub name: String,
    /// The files and settings.
    pub fixture: Fixture,
}

/// All fixture trees, sorted.
pub static TREES: LazyLock<Vec<Tree>> = LazyLock::new(|| {
    let rules = root().join("testdata/rules");
    let mut folders = below(&root().join("testdata/projects"));
    folders.extend(below(&rules).iter().flat_map(below).flat_map(|rule| below(&rule)));
    folders.sort();
    let name = |folder: &PathBuf| {
        let name = folder.strip_prefix(&rules).or_else(|_| folder.strip_prefix(root().join("testdata")));
        name.unwrap().to_string_lossy().replace('\\', "/")
    };
    folders.iter().map(|folder| Tree { name: name(folder), fixture: Fixture::read(folder) }).collect()
});

fn below(folder: &PathBuf) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect()
}

/// The rules of [`options`].
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// The options for a tree, with all rules enabled.
pub fn options(fixture: &Fixture) -> Options {
    let mut options = fixture.options(&RULES);
    for rule in RULES.iter().filter(|rule| rule.off_by_default) {
        options.levels.set(rule.info.id.as_str(), Level::Default);
    }
    // Whether an ignore is used depends on the findings, not on the tree.
    options.levels.set("suppress", Level::Off);
    options
}

/// The findings of a tree.
pub fn found(fixture: &Fixture, options: &Options) -> BTreeSet<Place> {
    places(&lint_sources(fixture.sources.clone(), None, options), false)
}

/// The findings of a tree, including related places.
pub fn found_anywhere(fixture: &Fixture, options: &Options) -> BTreeSet<Place> {
    places(&lint_sources(fixture.sources.clone(), None, options), true)
}

fn places(report: &Report, related: bool) -> BTreeSet<Place> {
    let place = |rule: &str, span: Span| {
        (rule.to_owned(), report.sources.get(span.file).path().to_owned(), span.start as usize)
    };
    let places = |finding: &Finding| {
        let related = finding.related.iter().filter(|_| related);
        let labels = related.chain([&finding.primary]);
        labels.map(|label| place(finding.rule.as_str(), label.span)).collect::<Vec<_>>()
    };
    report.findings.iter().flat_map(places).collect()
}

/// Whether everything is tested instead of a sample.
pub fn is_all() -> bool {
    std::env::var_os("RKE2_LINT_ALL_MUTATIONS").is_some()
}

/// Whether something belongs to the sample of a default run.
pub fn is_sampled(parts: &[&str], number: usize, one_in: u64) -> bool {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|part| part.bytes()).chain(number.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 29;
    is_all() || hash.is_multiple_of(one_in)
}
