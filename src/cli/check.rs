//! `rke2-lint check`.

use std::fs;
use std::io::{self, BufWriter, IsTerminal, Read as _, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use globset::{Glob, GlobSet, GlobSetBuilder};
use walkdir::WalkDir;

use super::{CLEAN, ColorChoice, FAILED, FINDINGS, Failure};
use crate::catalog::{Target, resolve};
use crate::engine::{Options, Overlay, lint};
use crate::finding::{Report, Severity};
use crate::output::{self, Format, RenderOptions};
use crate::rke2::release::ReleaseSpec;
use crate::rule::{self, Rule};
use crate::settings::{Level, Levels, check_name};

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Files and folders; `-` for standard input
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// RKE2 release to check against: `v1.34.2+rke2r1`, `v1.34.2` or `1.34`
    #[arg(long, value_name = "V")]
    rke2_version: Option<String>,
    /// Output format, several with `FORMAT=FILE`: human, concise, json, jsonl, sarif, github, gitlab, junit,
    /// checkstyle [default: human on a terminal, concise otherwise]
    #[arg(long, value_name = "FORMAT[=FILE]")]
    format: Vec<FormatArgument>,
    /// Exit with 1 from this severity on: error, warning, info or never
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,
    /// Report only findings of this severity or worse
    #[arg(long, value_name = "SEVERITY", default_value = "info")]
    min_severity: Severity,
    /// Report only these rules or categories
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    select: Vec<String>,
    /// Do not report these rules or categories
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Change the severity of a rule or category
    #[arg(long, value_name = "RULE=LEVEL")]
    severity: Vec<SeverityArgument>,
    /// Pass over paths that match
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Folder with rules of your own
    #[arg(long, value_name = "DIR")]
    rules: Vec<PathBuf>,
    /// Name that standard input is linted under
    #[arg(long, value_name = "FILE", default_value = "stdin.yaml")]
    stdin_filename: PathBuf,
    /// Number of threads [default: one per core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
    /// Print findings only, no summary
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Also print what was grouped and what was skipped
    #[arg(short, long)]
    verbose: bool,
    /// Also print the number of findings per rule
    #[arg(long)]
    statistics: bool,
    /// No summary line
    #[arg(long)]
    no_summary: bool,
}

/// Lints and prints. Exit code 0, 1 or 2.
pub fn run(arguments: &CheckArguments) -> Result<u8, Failure> {
    let options = options(arguments)?;
    if let Some((target, _)) = &options.release
        && let Some(warning) = target.resolved().and_then(crate::catalog::Resolved::warning)
    {
        writeln!(io::stderr(), "warning: {warning}")?;
    }
    let (paths, overlays) = inputs(arguments)?;
    let report = in_pool(arguments.threads, || lint(&paths, overlays, &options))?;
    print(&report, arguments)?;
    Ok(exit_code(&report, arguments.fail_on))
}

fn exit_code(report: &Report, fail_on: FailOn) -> u8 {
    if !report.problems.is_empty() {
        return FAILED;
    }
    let failed = fail_on.0.is_some_and(|bound| report.worst().is_some_and(|worst| worst >= bound));
    if failed { FINDINGS } else { CLEAN }
}

fn options(arguments: &CheckArguments) -> Result<Options, Failure> {
    let mut rules = rule::built_in();
    for folder in &arguments.rules {
        rules.extend(own_rules(folder)?);
    }
    Ok(Options {
        release: release(arguments.rke2_version.as_deref())?,
        exclude: globs(&arguments.exclude)?,
        levels: levels(arguments, &rules)?,
        min_severity: arguments.min_severity,
        rules,
    })
}

fn release(text: Option<&str>) -> Result<Option<(Target, String)>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let spec: ReleaseSpec = text.parse().map_err(message)?;
    let resolved = resolve(spec).map_err(message)?;
    Ok(Some((Target::one(resolved), "--rke2-version".to_owned())))
}

fn globs(patterns: &[String]) -> Result<GlobSet, Failure> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        builder.add(Glob::new(pattern).map_err(|error| Failure::Message(format!("--exclude: {error}")))?);
    }
    builder.build().map_err(message)
}

fn levels(arguments: &CheckArguments, rules: &[Rule]) -> Result<Levels, Failure> {
    let known = |option: &str, name: &str| {
        check_name(name, rules).map_err(|error| Failure::Message(format!("{option}: {error}")))
    };
    let mut levels = Levels::default();
    for name in &arguments.select {
        known("--select", name)?;
        levels.select(name);
    }
    for SeverityArgument(name, level) in &arguments.severity {
        known("--severity", name)?;
        levels.set(name, *level);
    }
    for name in &arguments.ignore {
        known("--ignore", name)?;
        levels.set(name, Level::Off);
    }
    Ok(levels)
}

/// The rules in a user's folder: `category/name.yaml` below it.
fn own_rules(folder: &Path) -> Result<Vec<Rule>, Failure> {
    let mut rules = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| Failure::Message(format!("--rules: {error}")))?;
        let is_rule =
            entry.path().extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if !entry.file_type().is_file() || !is_rule {
            continue;
        }
        let shown = crate::engine::shown(entry.path());
        let text = fs::read_to_string(entry.path())
            .map_err(|error| Failure::Message(format!("cannot read the rule file {shown}: {error}")))?;
        let id = entry.path().strip_prefix(folder).unwrap_or(entry.path()).with_extension("");
        let id = id.to_string_lossy().replace('\\', "/");
        rules.push(rule::compile_file(&id, &shown, &text).map_err(message)?);
    }
    if rules.is_empty() {
        return Err(Failure::Message(format!("--rules: no rule files below {}", folder.display())));
    }
    Ok(rules)
}

fn inputs(arguments: &CheckArguments) -> Result<(Vec<PathBuf>, Vec<Overlay>), Failure> {
    let mut paths = arguments.paths.clone();
    let mut overlays = Vec::new();
    if let Some(at) = paths.iter().position(|path| path.as_os_str() == "-") {
        let mut bytes = Vec::new();
        io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::Message(format!("cannot read standard input: {error}")))?;
        overlays.push(Overlay { path: crate::engine::shown(&arguments.stdin_filename), bytes });
        // A file that exists brings the rest of its cluster along; its text is the one from standard input.
        if arguments.stdin_filename.exists() {
            paths[at].clone_from(&arguments.stdin_filename);
        } else {
            paths.remove(at);
        }
    }
    Ok((paths, overlays))
}

fn in_pool<T: Send>(threads: Option<usize>, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    match threads {
        None => Ok(work()),
        Some(0) => Err(Failure::Message("--threads: at least one thread is needed".to_owned())),
        Some(count) => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().map_err(message)?;
            Ok(pool.install(work))
        }
    }
}

fn print(report: &Report, arguments: &CheckArguments) -> Result<(), Failure> {
    let stdout = io::stdout();
    let stderr = io::stderr();
    let terminal = stdout.is_terminal();
    let color = arguments.color.applies(&stdout);
    let options = RenderOptions { color, hyperlinks: color && terminal, ..RenderOptions::default() };
    let words = RenderOptions { color: arguments.color.applies(&stderr), ..options };
    let mut errors = stderr.lock();
    if arguments.verbose {
        output::write_listing(report, &words, &mut errors)?;
    }
    let default =
        [FormatArgument { format: if terminal { Format::Human } else { Format::Concise }, file: None }];
    let formats = if arguments.format.is_empty() { &default[..] } else { &arguments.format };
    for FormatArgument { format, file } in formats {
        match file {
            None => {
                let mut out = BufWriter::new(stdout.lock());
                output::render(*format, report, &options, &mut out)?;
                out.flush()?;
            }
            Some(path) => {
                let failed =
                    |error: io::Error| Failure::Message(format!("cannot write {}: {error}", path.display()));
                let mut out = BufWriter::new(fs::File::create(path).map_err(failed)?);
                let plain = RenderOptions { color: false, hyperlinks: false, ..options };
                output::render(*format, report, &plain, &mut out).map_err(failed)?;
                out.flush().map_err(failed)?;
            }
        }
    }
    output::write_problems(report, &words, &mut errors)?;
    if arguments.statistics {
        output::write_statistics(report, &words, &mut errors)?;
    }
    if !arguments.quiet && !arguments.no_summary {
        if report.summary.linted == 0 && report.problems.is_empty() {
            writeln!(
                errors,
                "nothing to lint: no config.yaml, registries.yaml, HelmChart or HelmChartConfig of RKE2 found \
                 ({} other files; -v says what was skipped)",
                report.summary.other + report.summary.templated
            )?;
        } else {
            output::write_summary(report, &words, &mut errors)?;
        }
    }
    Ok(())
}

fn message(error: impl std::fmt::Display) -> Failure {
    Failure::Message(error.to_string())
}

/// A format, with the file it goes to.
#[derive(Clone, Debug)]
struct FormatArgument {
    format: Format,
    file: Option<PathBuf>,
}

impl std::str::FromStr for FormatArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("a file name is needed after `=`".to_owned()),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        Ok(Self { format: format.parse().map_err(|error: output::UnknownFormat| error.to_string())?, file })
    }
}

/// From which severity on the run fails; `None`: never.
#[derive(Clone, Copy, Debug)]
struct FailOn(Option<Severity>);

impl std::str::FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "never" {
            return Ok(Self(None));
        }
        text.parse()
            .map(|severity| Self(Some(severity)))
            .map_err(|error: String| format!("{error}, or `never`"))
    }
}

/// `RULE=LEVEL`.
#[derive(Clone, Debug)]
struct SeverityArgument(String, Level);

impl std::str::FromStr for SeverityArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, level) = text.split_once('=').ok_or_else(|| "write RULE=LEVEL".to_owned())?;
        let level = match level {
            "off" => Level::Off,
            level => Level::At(level.parse().map_err(|error: String| format!("{error}, or `off`"))?),
        };
        Ok(Self(name.to_owned(), level))
    }
}
