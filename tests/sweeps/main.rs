//! Sweeps: realistic mistakes in every form in which they are written, and their correct twins, for each family of
//! knowledge. The tables are in `testdata/sweeps`; each is a test.
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

/// How many mistakes a table holds, at least.
const ENOUGH: usize = 50;

fn main() {
    let folder = root().join("testdata/sweeps");
    let mut tables: Vec<_> = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    tables.sort();
    let trials = tables.into_iter().map(|path| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        Trial::test(name, move || sweep(&rows(&fs::read_to_string(&path).unwrap())))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

/// Tries every row of a table: all forms with its first release, one form with each of the others.
fn sweep(rows: &[Row]) -> Result<(), Failed> {
    let mut wrong = String::new();
    let mut mistakes = 0;
    for row in rows {
        let mut faults: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (index, release) in row.releases.iter().enumerate() {
            let concerns = |form: &Form| form.concerns(row) && form.is_known_to(release);
            let forms: Vec<Form> = Form::ALL.into_iter().filter(concerns).collect();
            let tried =
                if index == 0 { forms.as_slice() } else { &forms[(row.line + index) % forms.len()..][..1] };
            for form in tried {
                mistakes += usize::from(row.expected != Expected::Clean);
                if let Some(fault) = fault(row, *form, release) {
                    faults.entry(fault).or_default().push(format!("{form:?} {release}"));
                }
            }
        }
        for (fault, forms) in faults {
            writeln!(wrong, "line {}, {}: {fault} [{}]", row.line, row.text(), forms.join(", ")).unwrap();
        }
    }
    if mistakes < ENOUGH {
        writeln!(wrong, "only {mistakes} mistakes").unwrap();
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.into()) }
}

/// What is not as the row expects it.
fn fault(row: &Row, form: Form, release: &str) -> Option<String> {
    let found = lint(row, form, release);
    match &row.expected {
        Expected::Found(rules) => {
            let fired = rules.iter().any(|rule| found.contains_key(rule));
            (!fired).then(|| format!("not found, only {found:?}"))
        }
        Expected::Clean => {
            let loud: BTreeSet<&String> = found
                .iter()
                .filter(|(_, (severity, _))| *severity > Severity::Info)
                .map(|(rule, _)| rule)
                .collect();
            (!loud.is_empty()).then(|| format!("false alarm: {found:?}"))
        }
        Expected::Lost(rules) => {
            let fired = rules.iter().any(|rule| found.contains_key(rule));
            fired.then(|| "is found now: mark it `bad`".to_owned())
        }
    }
}

/// The rules that fire, with their severity and message.
fn lint(row: &Row, form: Form, release: &str) -> BTreeMap<String, (Severity, String)> {
    let settings = if release.is_empty() { String::new() } else { format!("rke2-version: {release}\n") };
    let sources = forms::files(row, form)
        .into_iter()
        .map(|(path, text)| (path, Input::Bytes(text.into_bytes())))
        .collect();
    let fixture = Fixture { sources, before: None, upgrade: None, settings: Fixture::settings(settings) };
    let options = fixture.options(&RULES);
    let report = lint_sources(fixture.sources, None, &options);
    assert!(report.problems.is_empty(), "line {}: {:?}", row.line, report.problems);
    report
        .findings
        .iter()
        .map(|finding| (finding.rule.to_string(), (finding.severity, finding.message.clone())))
        .collect()
}
