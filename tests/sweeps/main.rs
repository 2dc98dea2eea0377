//! Sweeps: realistic mistakes in every form in which they may be written, and correct counterparts, for each area of
//! knowledge. Each table in `testdata/sweeps` is a test.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

#[path = "../common/mod.rs"]
mod common;
mod forms;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use libtest_mimic::{Arguments, Failed, Trial};

use common::{Fixture, RULES, root};
use forms::Form;
use rke2_lint::engine::{Input, lint_sources};
use rke2_lint::finding::Severity;
use table::{Expected, Row, rows};

/// The minimum number of different mistakes in a table, each of which is tried in many forms.
const MISTAKES: usize = 50;
/// The minimum number of correct uses in a table.
const CORRECT: usize = 15;

fn main() {
    let folder = root().join("testdata/sweeps");
    let mut tables: Vec<_> = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    tables.sort();
    let trials = tables.into_iter().map(|path| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        Trial::test(name, move || sweep(&rows(&fs::read_to_string(&path).unwrap())))
    });
    let trials = trials.chain([Trial::test("rows-know-their-lines", rows_know_their_lines)]);
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

/// A finding on another line must not count for a row with an empty value, or for one that writes a whole file.
fn rows_know_their_lines() -> Result<(), Failed> {
    let table = "bad: config: cni=\"\"\nbad: config: disable=[]\nbad: file a.yaml: kind: x\\nname: y\nbad: file a.skip:";
    let cases =
        [("cni: \"\"", "tls-san: a"), ("disable: []", "cni: b"), ("name: y", "name: z"), ("", "kind: x")];
    for (row, (own, other)) in rows(table).iter().zip(cases) {
        if !row.is_about(own) || row.is_about(other) {
            return Err(format!("{}: `{own}`, `{other}`", row.text()).into());
        }
    }
    Ok(())
}

/// Tests every row of a table: all forms with its first release, and one form with each of the others.
fn sweep(rows: &[Row]) -> Result<(), Failed> {
    let mut wrong = String::new();
    let correct = rows.iter().filter(|row| row.expected == Expected::Clean).count();
    let different: BTreeSet<_> =
        rows.iter().filter(|row| row.expected != Expected::Clean).map(Row::text).collect();
    if different.len() < MISTAKES || correct < CORRECT {
        writeln!(wrong, "only {} mistakes and {correct} correct uses", different.len()).unwrap();
    }
    for row in rows {
        let mut faults: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (index, release) in row.releases.iter().enumerate() {
            let is_unknown =
                |form: &Form| row.expected != Expected::Clean && row.unknown.contains(&format!("{form:?}"));
            let concerns = |form: &Form| form.concerns(row) && form.is_known_to(release) && !is_unknown(form);
            let forms: Vec<Form> = Form::ALL.into_iter().filter(concerns).collect();
            let tried =
                if index == 0 { forms.as_slice() } else { &forms[(row.line + index) % forms.len()..][..1] };
            for form in tried {
                if let Some(fault) = fault(row, *form, release) {
                    faults.entry(fault).or_default().push(format!("{form:?} {release}"));
                }
            }
        }
        for (fault, forms) in faults {
            writeln!(wrong, "line {}, {}: {fault} [{}]", row.line, row.text(), forms.join(", ")).unwrap();
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.into()) }
}

/// The difference from the expectation of the row, if there is one.
fn fault(row: &Row, form: Form, release: &str) -> Option<String> {
    let found = lint(row, form, release);
    let fired =
        |rules: &BTreeSet<String>| found.iter().filter(|each| rules.contains(&each.rule)).collect::<Vec<_>>();
    match &row.expected {
        Expected::Found(rules) => match fired(rules).as_slice() {
            [] => Some(format!("not found, only {found:?}")),
            found if found.iter().any(|each| row.is_about(&each.line)) => None,
            found => Some(format!("found elsewhere: {found:?}")),
        },
        Expected::Clean => {
            let is_loud = found.iter().any(|each| each.severity > Severity::Info);
            is_loud.then(|| format!("false alarm: {found:?}"))
        }
        Expected::Lost(rules) => (!fired(rules).is_empty()).then(|| "is found now: mark it `bad`".to_owned()),
    }
}

/// The part of a finding that a table describes.
#[derive(Debug)]
#[allow(dead_code, reason = "a failure prints all of it")]
struct Found {
    rule: String,
    severity: Severity,
    message: String,
    line: String,
}

/// The findings of a row.
fn lint(row: &Row, form: Form, release: &str) -> Vec<Found> {
    let settings = if release.is_empty() { String::new() } else { format!("rke2-version: {release}\n") };
    let sources = forms::files(row, form, release)
        .into_iter()
        .map(|(path, text)| (path, Input::Bytes(text.into_bytes())))
        .collect();
    let fixture = Fixture { sources, before: None, upgrade: None, settings: Fixture::settings(settings) };
    let options = fixture.options(&RULES);
    let report = lint_sources(fixture.sources, None, &options);
    assert!(report.problems.is_empty(), "line {}: {:?}", row.line, report.problems);
    let found = report.findings.iter().map(|finding| {
        let span = finding.primary.span;
        let text = report.sources.get(span.file).text();
        let at = span.range().start;
        let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let line = text[start..].lines().next().unwrap_or_default().to_owned();
        let message = finding.message.clone();
        Found { rule: finding.rule.to_string(), severity: finding.severity, message, line }
    });
    found.collect()
}
