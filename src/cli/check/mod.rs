//! `rke2-lint check`.

mod arguments;
mod fix;
pub(super) mod prepare;
mod print;
mod progress;
mod show;

use std::io::{self, Write as _};
use std::sync::Arc;

pub use arguments::{CheckArguments, FileArguments, TreeArguments};
use arguments::{FailOn, FormatArgument};

use print::Findings;

use super::{CLEAN, FAILED, FINDINGS, Failure, unless_closed};
use crate::engine::{Progress, lint, previous};
use crate::finding::Report;
use crate::fix::disk::Tree;
use crate::output::Format;
use crate::suppress::baseline;

/// The maximum of `--threads`, far above the cores of any machine.
const MOST_THREADS: usize = 1024;

/// Lints and prints. Exit code 0, 1 or 2.
pub fn run(arguments: &CheckArguments) -> Result<u8, Failure> {
    useful(arguments)?;
    let request = fix::request(arguments)?;
    let prepared = prepare::prepare(arguments)?;
    if arguments.show_settings {
        show::show(&prepared, arguments)?;
        return Ok(CLEAN);
    }
    let mut options = prepared.options;
    for target in prepared.targets {
        if let Some(warning) = target.resolved().and_then(crate::catalog::Resolved::warning) {
            unless_closed(writeln!(io::stderr(), "warning: {warning}"))?;
        }
    }
    let (paths, overlays) = prepare::inputs(arguments)?;
    if let Some(since) = &arguments.since {
        let before = previous(since, &paths, &options.exclude, options.reach)
            .map_err(|error| Failure::Message(format!("--since: {error}")))?;
        options.previous = Some(before);
    }
    let progress = Arc::new(Progress::default());
    options.progress = Some(Arc::clone(&progress));
    let mut report = progress::watched(!arguments.quiet, &progress, || {
        in_pool(arguments.threads, || lint(&paths, overlays.clone(), &options))
    })?;
    report.arrange(arguments.sort);
    if let Some(request) = request {
        options.progress = None;
        let tree = Tree::new(paths, overlays, options, !arguments.diff, &report);
        return in_pool(arguments.threads, || {
            fix::run(request, report, &tree, arguments, prepared.baseline.as_deref())
        })?;
    }
    if let Some(file) = &arguments.write_baseline {
        return write_baseline(&report, file, arguments);
    }
    print::print(&report, arguments, prepared.baseline.as_deref(), Findings::ToStdout)?;
    let code = exit_code(&report, arguments);
    // The process is about to exit, and freeing memory piece by piece would only take time.
    std::mem::forget((report, options));
    Ok(code)
}

/// Rejects options that would have no effect.
fn useful(arguments: &CheckArguments) -> Result<(), Failure> {
    let fail = |message: String| Err(Failure::Message(message));
    if arguments.stdin_filename.is_some() && !arguments.paths.iter().any(|path| path.as_os_str() == "-") {
        return fail("--stdin-filename: standard input is not read; add `-` to the paths".to_owned());
    }
    let is_table = |format| matches!(format, Format::Human | Format::Concise | Format::Json);
    let unused = |argument: &&FormatArgument| argument.file.is_none() && !is_table(argument.format);
    if let Some(FormatArgument { format, .. }) =
        arguments.format.iter().find(unused).filter(|_| arguments.statistics)
    {
        return fail(format!(
            "--statistics: `{format}` has no statistics; use `--format {format}=FILE` to write the findings to a file"
        ));
    }
    Ok(())
}

fn exit_code(report: &Report, arguments: &CheckArguments) -> u8 {
    let nothing = report.summary.linted == 0 && arguments.fail_if_nothing_checked;
    if !report.problems.is_empty() || nothing {
        return FAILED;
    }
    let FailOn(fail_on) = arguments.fail_on;
    let failed = fail_on.is_some_and(|bound| report.worst().is_some_and(|worst| worst >= bound));
    if failed { FINDINGS } else { CLEAN }
}

/// Writes a baseline; fails if an input could not be read, because the baseline would hide that.
fn write_baseline(
    report: &Report,
    file: &std::path::Path,
    arguments: &CheckArguments,
) -> Result<u8, Failure> {
    if !report.problems.is_empty() {
        print::problems(report, arguments)?;
        return Err(Failure::Message(
            "baseline not written because some inputs could not be read".to_owned(),
        ));
    }
    let shown = crate::engine::shown(file);
    let tree = prepare::tree()?;
    baseline::write(file, &tree, &baseline::render(&report.recorded))
        .map_err(|error| Failure::Message(format!("cannot write the baseline {shown}: {error}")))?;
    if !arguments.quiet {
        let count = report.recorded.len();
        let words = if count == 1 { "finding" } else { "findings" };
        unless_closed(writeln!(
            io::stderr(),
            "wrote {count} {words} to {shown}; add `baseline: {shown}` to .rke2-lint.yaml to ignore them"
        ))?;
    }
    Ok(CLEAN)
}

fn in_pool<T: Send>(threads: Option<usize>, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    if threads == Some(0) {
        return Err(Failure::Message("--threads: must be at least 1".to_owned()));
    }
    // Every thread allocates memory at its start, and a typo must not exhaust it.
    if threads.is_some_and(|count| count > MOST_THREADS) {
        return Err(Failure::Message(format!("--threads: must be at most {MOST_THREADS}")));
    }
    let Some(count) = threads else { return Ok(work()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build();
    let pool = pool.map_err(|error| Failure::Message(format!("--threads: cannot start threads: {error}")))?;
    Ok(pool.install(work))
}
