//! `rke2-lint upgrade`.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;

use super::check::{FileArguments, prepare};
use super::{CLEAN, ColorChoice, FAILED, FINDINGS, Failure, unless_closed};
use crate::catalog;
use crate::engine::{Options, shown};
use crate::finding::{Problem, Report};
use crate::fix::disk::{Tree, not_fixed};
use crate::fix::{Outcome, unified};
use crate::output::{self, RenderOptions, UpgradeFormat, render_upgrade};
use crate::release::Release;
use crate::settings::{Level, all_rules};
use crate::upgrade::{self, Upgrade};

/// Rules that are off by default and that matter on an upgrade.
const SWITCHED_ON: &[&str] =
    &["upgrade/implicit-default", "upgrade/nginx-eol", "upgrade/snapshot-validation-webhook"];

/// The rules that `--new` enables.
const OFFERS: &[&str] = &["upgrade/new-key", "upgrade/new-value"];

/// Arguments of `upgrade`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct UpgradeArguments {
    /// Files and folders
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// RKE2 release to upgrade to: `v1.36.3+rke2r1`, `v1.36.3`, `1.36`, `stable` or `latest`
    #[arg(long, value_name = "V")]
    to: String,
    /// RKE2 release that runs today [default: what the files or the settings say]
    #[arg(long, value_name = "V")]
    from: Option<String>,
    #[command(flatten)]
    files: FileArguments,
    /// Also list what the target offers: new keys, and new values in the blocks that the files configure
    #[arg(long)]
    new: bool,
    /// Apply the fixes of what breaks, such as known renames
    #[arg(long)]
    fix: bool,
    /// Also apply fixes that remove settings; needs --fix or --diff
    #[arg(long)]
    unsafe_fixes: bool,
    /// Print the fixes as a unified diff, and write nothing
    #[arg(long)]
    diff: bool,
    /// Exit with 1 when something breaks
    #[arg(long)]
    check: bool,
    /// human, json, markdown or sarif
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: UpgradeFormat,
    /// When to use colour: auto, always or never
    #[arg(long, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    color: ColorChoice,
}

/// Reports what an upgrade breaks. The exit code is 0, or 1 with `--check` if something breaks, or with `--diff` if
/// there are changes.
pub fn run(arguments: &UpgradeArguments) -> Result<u8, Failure> {
    if arguments.unsafe_fixes && !(arguments.fix || arguments.diff) {
        return Err(message("--unsafe-fixes: add `--fix` or `--diff`"));
    }
    let named = |option: &str, text: &str| {
        upgrade::known(text).map_err(|error| Failure::Message(format!("{option}: {error}")))
    };
    let to = named("--to", &arguments.to)?;
    let from = arguments.from.as_deref().map(|text| named("--from", text)).transpose()?;
    warn(to)?;
    let mut options = options(arguments)?;
    let mut found = upgrade(arguments, &mut options, from, to)?;
    if arguments.fix || arguments.diff {
        let tree = Tree::new(arguments.paths.clone(), Vec::new(), options, !arguments.diff, &found.now);
        let outcome = upgrade::migrate(&found.now, &tree, arguments.unsafe_fixes);
        if arguments.diff {
            return diff(arguments, &outcome);
        }
        let written = fix(arguments, &tree, &outcome)?;
        found = upgrade(arguments, &mut self::options(arguments)?, from, to)?;
        found.report.problems.extend(written);
    }
    let code = match (found.report.problems.is_empty(), arguments.check && found.breaks()) {
        (false, _) => FAILED,
        (true, true) => FINDINGS,
        (true, false) => CLEAN,
    };
    let words = for_stderr(arguments);
    unless_closed(output::write_problems(&found.report, &words, &mut io::stderr().lock()))?;
    if found.path.is_empty() {
        unless_closed(output::write_nothing(&found.report, &mut io::stderr().lock()))?;
    }
    let stdout = io::stdout();
    let colored = RenderOptions { color: arguments.color.applies(&stdout), ..RenderOptions::default() };
    let mut out = BufWriter::new(stdout.lock());
    let written = render_upgrade(arguments.format, found, &colored, &mut out);
    unless_closed(written.and_then(|()| out.flush()))?;
    Ok(code)
}

/// Warns about a target release that may not exist.
fn warn(to: Release) -> Result<(), Failure> {
    let resolved = catalog::Target::one_of(vec![to]).and_then(|target| target.resolved().copied());
    match resolved.and_then(|resolved| resolved.warning()) {
        Some(warning) => unless_closed(writeln!(io::stderr(), "warning: {warning}")),
        None => Ok(()),
    }
}

/// The options of the engine.
fn options(arguments: &UpgradeArguments) -> Result<Options, Failure> {
    let (settings, _) = prepare::settings(&arguments.files)?;
    let rules = all_rules(&settings, &[], shown)?;
    let mut options = prepare::file_options(&arguments.files, &settings, rules)?;
    options.levels.beneath(SWITCHED_ON.iter().map(|rule| ((*rule).to_owned(), Level::Default)));
    if arguments.new {
        for rule in OFFERS {
            options.levels.set(rule, Level::Default);
        }
    }
    Ok(options)
}

fn upgrade(
    arguments: &UpgradeArguments,
    options: &mut Options,
    from: Option<Release>,
    to: Release,
) -> Result<Upgrade, Failure> {
    upgrade::upgrade(&arguments.paths, options, from, to).map_err(message)
}

/// Writes the fixes and returns those that could not be written.
fn fix(arguments: &UpgradeArguments, tree: &Tree, outcome: &Outcome) -> Result<Vec<Problem>, Failure> {
    let unwritten = tree.write(&outcome.changes);
    let is_written = |path: &str| !unwritten.iter().any(|problem| problem.path == path);
    let files = outcome.changes.iter().filter(|change| is_written(&change.path)).count();
    let fixed = outcome.fixed.iter();
    let findings: usize = fixed.filter(|(path, _)| is_written(path)).map(|(_, count)| count).sum();
    let things = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let words = format!("Fixed {} in {}", things(findings, "finding"), things(files, "file"));
    unless_closed(writeln!(io::stderr(), "{words}"))?;
    refused(arguments, outcome)?;
    Ok(unwritten.into_iter().chain(denied(outcome)).collect())
}

/// Prints the fixes as a diff. The exit code is 1 if there are any.
fn diff(arguments: &UpgradeArguments, outcome: &Outcome) -> Result<u8, Failure> {
    let colored = RenderOptions { color: arguments.color.applies(&io::stdout()), ..RenderOptions::default() };
    let text = unified(&outcome.changes);
    unless_closed(output::write_diff(&text, &colored, &mut io::stdout().lock()))?;
    let problems: Vec<Problem> = denied(outcome).chain(outcome.report.problems.iter().cloned()).collect();
    let failed = !problems.is_empty();
    let report = Report { problems, ..Report::default() };
    unless_closed(output::write_problems(&report, &for_stderr(arguments), &mut io::stderr().lock()))?;
    refused(arguments, outcome)?;
    Ok(match outcome.changes.is_empty() {
        _ if failed => FAILED,
        true => CLEAN,
        false => FINDINGS,
    })
}

fn denied(outcome: &Outcome) -> impl Iterator<Item = Problem> {
    outcome.denied.iter().map(|(path, reason)| Problem { path: path.clone(), message: not_fixed(reason) })
}

fn refused(arguments: &UpgradeArguments, outcome: &Outcome) -> Result<(), Failure> {
    let note = |refused: &crate::fix::Refused| {
        (format!("{}:{}", refused.path, refused.line), format!("{}: {}", refused.rule, refused.reason))
    };
    let notes: Vec<(String, String)> = outcome.refused.iter().map(note).collect();
    unless_closed(output::write_refused(&notes, &for_stderr(arguments), &mut io::stderr().lock()))
}

fn for_stderr(arguments: &UpgradeArguments) -> RenderOptions {
    RenderOptions { color: arguments.color.applies(&io::stderr()), ..RenderOptions::default() }
}

fn message(error: impl std::fmt::Display) -> Failure {
    Failure::Message(error.to_string())
}
