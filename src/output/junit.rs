//! `JUnit` XML: a suite per file, a failed case per finding. Must not write times. The crate `quick-junit` would add a
//! second `quick-xml`, `chrono` and `uuid`, and does not support `file` and `line` of a case.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::place::Place;
use super::xml::Document;
use super::{RenderOptions, text, visible};
use crate::finding::{Finding, Problem, Report};

/// The maximum number of characters of a message in the name of a case.
const LONGEST_NAME: usize = 120;

/// Writes the report as test suites. Inputs that could not be processed are cases with an error.
pub fn render(report: &Report, _options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let failures = report.findings.len();
    let errors = report.problems.len();
    let tests = (failures + errors).max(1);
    let mut xml = Document::new(out)?;
    xml.open("testsuites", &counts("rke2-lint", tests, failures, errors).each())?;
    for (path, findings) in report.by_file() {
        write_suite(&mut xml, report, path, &findings)?;
    }
    if !report.problems.is_empty() {
        write_problems(&mut xml, &report.problems)?;
    }
    if failures + errors == 0 {
        // Readers treat a report without cases as broken.
        xml.open("testsuite", &counts("rke2-lint", 1, 0, 0).each())?;
        xml.empty("testcase", &[("name", "no findings"), ("classname", "rke2-lint")])?;
        xml.close("testsuite")?;
    }
    xml.close("testsuites")?;
    xml.finish()
}

fn write_suite(xml: &mut Document<'_>, report: &Report, path: &str, findings: &[&Finding]) -> io::Result<()> {
    xml.open("testsuite", &counts(path, findings.len(), findings.len(), 0).each())?;
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for finding in findings {
        let start = Place::of(report, finding.primary.span).start;
        let mut name = name(finding);
        let count = names.entry(name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            name = format!("{name} ({count})");
        }
        let line = start.line.to_string();
        xml.open("testcase", &[("name", &name), ("classname", path), ("file", path), ("line", &line)])?;
        let text = format!(
            "{}:{}:{}: {}{}",
            visible::path(path),
            start.line,
            start.column,
            visible::line(&finding.message),
            text::help_below(finding)
        );
        let attributes = [("type", finding.severity.as_str()), ("message", &finding.message)];
        xml.text("failure", &attributes, &text)?;
        xml.close("testcase")?;
    }
    xml.close("testsuite")
}

/// The name of a case. Readers track a case between runs by its name and merge cases with the same name, so the name
/// contains the message but not the line, which changes.
fn name(finding: &Finding) -> String {
    let message: Cow<'_, str> = match finding.message.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &finding.message[..end]).into(),
        None => (&*finding.message).into(),
    };
    format!("{}: {message}", finding.rule)
}

fn write_problems(xml: &mut Document<'_>, problems: &[Problem]) -> io::Result<()> {
    xml.open("testsuite", &counts("rke2-lint", problems.len(), 0, problems.len()).each())?;
    for problem in problems {
        xml.open("testcase", &[("name", "read"), ("classname", &problem.path), ("file", &problem.path)])?;
        xml.empty("error", &[("type", "problem"), ("message", &problem.message)])?;
        xml.close("testcase")?;
    }
    xml.close("testsuite")
}

/// The attributes of every suite.
struct Counts<'a> {
    name: &'a str,
    numbers: [(&'static str, String); 3],
}

fn counts(name: &str, tests: usize, failures: usize, errors: usize) -> Counts<'_> {
    let numbers = [("tests", tests), ("failures", failures), ("errors", errors)];
    Counts { name, numbers: numbers.map(|(key, number)| (key, number.to_string())) }
}

impl Counts<'_> {
    fn each(&self) -> [(&str, &str); 4] {
        let [tests, failures, errors] = self.numbers.each_ref().map(|(key, text)| (*key, text.as_str()));
        [("name", self.name), tests, failures, errors]
    }
}
