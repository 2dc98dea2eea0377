//! `rke2-lint check` with `--fix`, `--diff` or `--add-ignores`.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use super::arguments::CheckArguments;
use super::print::{self, Findings, for_stderr, for_stdout};
use super::{CLEAN, FAILED, FINDINGS, exit_code};
use crate::cli::{Failure, unless_closed};
use crate::finding::{Fixed, Problem, Report};
use crate::fix::disk::{Tree, not_fixed};
use crate::fix::{self, Outcome, Request, World as _};
use crate::output;

/// The changes that the arguments request; `None` for no changes.
pub fn request(arguments: &CheckArguments) -> Result<Option<Request>, Failure> {
    let CheckArguments { fix, unsafe_fixes, diff, add_ignores, .. } = *arguments;
    // `--diff` alone implies `--fix`.
    let fixes = fix || (diff && !add_ignores);
    if unsafe_fixes && !fixes {
        return Err(Failure::Message("--unsafe-fixes needs `--fix` or `--diff`".to_owned()));
    }
    let request = Request { fixes, unsafe_fixes, ignores: add_ignores };
    Ok((fix || diff || add_ignores).then_some(request))
}

/// Fixes a linted tree, writes or prints the changes, and reports the remaining findings.
pub fn run(
    request: Request,
    report: Report,
    tree: &Tree,
    arguments: &CheckArguments,
    baseline: Option<&str>,
) -> Result<u8, Failure> {
    let mut outcome = fix::run(request, report, tree);
    if arguments.diff {
        return diff(&outcome, arguments);
    }
    let unwritten = tree.write(&outcome.changes);
    if !unwritten.is_empty() {
        // Changes that could not be written do not count as fixed.
        outcome.changes.retain(|change| !unwritten.iter().any(|problem| problem.path == change.path));
        let texts = outcome.changes.iter().map(|change| (change.path.clone(), change.after.clone()));
        outcome.report = tree.lint(&texts.collect());
    }
    outcome.report.arrange(arguments.sort);
    outcome.report.summary.fixed = Some(count(&outcome));
    let denied: Vec<Problem> = denied(&outcome).collect();
    outcome.report.problems.extend(unwritten.into_iter().chain(denied));
    let given = outcome.changes.iter().find(|change| tree.is_given(&change.path));
    let findings = match tree.given_text() {
        Some(before) => {
            let text = given.map_or(before, |change| change.after.as_bytes());
            unless_closed(io::stdout().lock().write_all(text))?;
            Findings::ToStderr
        }
        None => Findings::ToStdout,
    };
    print::print(&outcome.report, arguments, baseline, findings)?;
    refused(&outcome, arguments)?;
    Ok(exit_code(&outcome.report, arguments))
}

/// Prints the changes. The exit code is 1 if there are any.
fn diff(outcome: &Outcome, arguments: &CheckArguments) -> Result<u8, Failure> {
    let text = fix::unified(&outcome.changes);
    unless_closed(output::write_diff(&text, &for_stdout(arguments), &mut io::stdout().lock()))?;
    let problems: Vec<Problem> = denied(outcome).chain(outcome.report.problems.iter().cloned()).collect();
    let failed = !problems.is_empty();
    let report = Report { problems, ..Report::default() };
    print::problems(&report, arguments)?;
    refused(outcome, arguments)?;
    if !arguments.quiet && !arguments.no_summary {
        unless_closed(output::write_would_fix(count(outcome), &mut io::stderr().lock()))?;
    }
    Ok(match outcome.changes.is_empty() {
        _ if failed => FAILED,
        true => CLEAN,
        false => FINDINGS,
    })
}

/// Counts the fixed findings. A finding in a file that was not written is not fixed.
fn count(outcome: &Outcome) -> Fixed {
    let changed = |path: &str| outcome.changes.iter().any(|change| change.path == path);
    let sum = |by_file: &BTreeMap<String, usize>| {
        by_file.iter().filter(|(path, _)| changed(path)).map(|(_, count)| count).sum()
    };
    Fixed { findings: sum(&outcome.fixed), ignored: sum(&outcome.ignored), files: outcome.changes.len() }
}

fn denied(outcome: &Outcome) -> impl Iterator<Item = Problem> {
    outcome.denied.iter().map(|(path, reason)| Problem { path: path.clone(), message: not_fixed(reason) })
}

/// Lists the findings whose fixes were not applied.
fn refused(outcome: &Outcome, arguments: &CheckArguments) -> Result<(), Failure> {
    if arguments.quiet {
        return Ok(());
    }
    let notes: Vec<(String, String)> = outcome
        .refused
        .iter()
        .map(|refused| {
            (format!("{}:{}", refused.path, refused.line), format!("{}: {}", refused.rule, refused.reason))
        })
        .collect();
    unless_closed(output::write_refused(&notes, &for_stderr(arguments), &mut io::stderr().lock()))
}
