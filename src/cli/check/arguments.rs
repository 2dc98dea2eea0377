//! The arguments of `check`. Must not act on them.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::str::FromStr as _;

use clap::builder::{FalseyValueParser, PossibleValue, TypedValueParser};
use clap::{Arg, Args, Command};

use crate::cli::ColorChoice;
use crate::finding::{Order, Severity, UnknownSeverity};
use crate::output::{self, Format};
use crate::settings::{Level, UnknownLevel};

/// Arguments of `check`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct CheckArguments {
    /// Files and folders; `-` for standard input
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// The files to check and their meaning.
    #[command(flatten)]
    pub tree: TreeArguments,
    /// File name to use for standard input [default: stdin.yaml]
    #[arg(long, value_name = "FILE", help_heading = INPUT)]
    pub stdin_filename: Option<PathBuf>,
    /// Node facts written by `rke2-lint facts`, or `live` for this machine; may be repeated
    #[arg(long, value_name = "FILE", env = "RKE2_LINT_HOST", hide_env = true, help_heading = INPUT)]
    pub host: Vec<PathBuf>,
    /// Also report changes that break a running cluster, compared with a git revision or folder
    #[arg(
        long, value_name = "REV-OR-DIR", allow_hyphen_values = true, env = "RKE2_LINT_SINCE", hide_env = true,
        help_heading = INPUT
    )]
    pub since: Option<String>,
    /// Print the effective settings and their sources, then exit
    #[arg(long, help_heading = INPUT)]
    pub show_settings: bool,
    /// Report only these rules or categories
    #[arg(
        long, value_name = "RULE", value_delimiter = ',', env = "RKE2_LINT_SELECT", hide_env = true,
        help_heading = RULES
    )]
    pub select: Vec<String>,
    /// Do not report these rules or categories
    #[arg(
        long, value_name = "RULE", value_delimiter = ',', env = "RKE2_LINT_IGNORE", hide_env = true,
        help_heading = RULES
    )]
    pub ignore: Vec<String>,
    /// Change a severity: off, info, warning, error or on
    #[arg(long, value_name = "RULE=LEVEL", help_heading = RULES)]
    pub severity: Vec<SeverityArgument>,
    /// Folder with your own rules
    #[arg(long, value_name = "DIR", env = "RKE2_LINT_RULES", hide_env = true, help_heading = RULES)]
    pub rules: Vec<PathBuf>,
    /// Ignore the findings recorded in this file
    #[arg(long, value_name = "FILE", env = "RKE2_LINT_BASELINE", hide_env = true, help_heading = RULES)]
    pub baseline: Option<PathBuf>,
    /// Record all findings in this file instead of reporting them
    #[arg(long, value_name = "FILE", help_heading = RULES)]
    pub write_baseline: Option<PathBuf>,
    /// Apply safe fixes
    #[arg(long, conflicts_with = "write_baseline", help_heading = FIXES)]
    pub fix: bool,
    /// Also apply fixes that change what the cluster does; needs --fix or --diff
    #[arg(long, help_heading = FIXES)]
    pub unsafe_fixes: bool,
    /// Print the changes as a unified diff, and write nothing
    #[arg(long, conflicts_with = "write_baseline", help_heading = FIXES)]
    pub diff: bool,
    /// Add an ignore comment for each remaining finding
    #[arg(long, conflicts_with = "write_baseline", help_heading = FIXES)]
    pub add_ignores: bool,
    /// human, concise, json, jsonl, sarif, github, gitlab, junit, checkstyle, markdown, html, rdjson or azure; may be
    /// repeated
    #[arg(
        long, value_name = "FORMAT[=FILE]", value_parser = Offering(FormatArgument::from_str, formats),
        hide_possible_values = true, env = "RKE2_LINT_FORMAT", hide_env = true, help_heading = OUTPUT
    )]
    pub format: Vec<FormatArgument>,
    /// Lowest severity that makes the exit code 1: error, warning, info or never
    #[arg(
        long, value_name = "SEVERITY", default_value = "warning", value_parser = Offering(FailOn::from_str, bounds),
        hide_possible_values = true, env = "RKE2_LINT_FAIL_ON", hide_env = true, help_heading = OUTPUT
    )]
    pub fail_on: FailOn,
    /// Exit with 2 when no file was checked
    #[arg(
        long, env = "RKE2_LINT_FAIL_IF_NOTHING_CHECKED", hide_env = true, value_parser = FalseyValueParser::new(),
        help_heading = OUTPUT
    )]
    pub fail_if_nothing_checked: bool,
    /// Report only findings of this severity or worse
    #[arg(
        long, value_name = "SEVERITY", default_value = "info", value_parser = Offering(Severity::from_str, severities),
        hide_possible_values = true, env = "RKE2_LINT_MIN_SEVERITY", hide_env = true, help_heading = OUTPUT
    )]
    pub min_severity: Severity,
    /// When to use colour: auto, always or never
    #[arg(
        long, value_name = "WHEN", default_value = "auto", hide_possible_values = true, env = "RKE2_LINT_COLOR",
        hide_env = true, help_heading = OUTPUT
    )]
    pub color: ColorChoice,
    /// List the clusters, their files and what was skipped
    #[arg(short, long, help_heading = OUTPUT)]
    pub verbose: bool,
    /// Print findings only
    #[arg(short, long, conflicts_with = "verbose", help_heading = OUTPUT)]
    pub quiet: bool,
    /// Order of findings: path, severity or rule
    #[arg(
        long, value_name = "ORDER", default_value = "path", value_parser = Offering(Order::from_str, orders),
        hide_possible_values = true, env = "RKE2_LINT_SORT", hide_env = true, help_heading = OUTPUT
    )]
    pub sort: Order,
    /// Draw with ASCII characters only
    #[arg(long, env = "RKE2_LINT_ASCII", hide_env = true, value_parser = FalseyValueParser::new(), help_heading = OUTPUT)]
    pub ascii: bool,
    /// Print the number of findings per rule instead of the findings
    #[arg(long, env = "RKE2_LINT_STATISTICS", hide_env = true, value_parser = FalseyValueParser::new(), help_heading = OUTPUT)]
    pub statistics: bool,
    /// Do not print the summary line
    #[arg(
        long, env = "RKE2_LINT_NO_SUMMARY", hide_env = true, value_parser = FalseyValueParser::new(),
        help_heading = OUTPUT
    )]
    pub no_summary: bool,
    /// Number of threads [default: one per core]
    #[arg(
        long, value_name = "N", value_parser = threads, env = "RKE2_LINT_THREADS", hide_env = true, help_heading = OUTPUT
    )]
    pub threads: Option<usize>,
}

/// A parser with the values that shells complete. It may accept others, such as `sarif=out.sarif`.
#[derive(Clone)]
struct Offering<P>(P, fn() -> Vec<&'static str>);

impl<P: TypedValueParser> TypedValueParser for Offering<P> {
    type Value = P::Value;

    fn parse_ref(&self, cmd: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Self::Value, clap::Error> {
        self.0.parse_ref(cmd, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.1)().into_iter().map(PossibleValue::new)))
    }
}

fn formats() -> Vec<&'static str> {
    Format::all().map(Format::as_str).collect()
}

fn severities() -> Vec<&'static str> {
    [Severity::Error, Severity::Warning, Severity::Info].map(Severity::as_str).to_vec()
}

fn bounds() -> Vec<&'static str> {
    severities().into_iter().chain(["never"]).collect()
}

fn orders() -> Vec<&'static str> {
    vec!["path", "severity", "rule"]
}

/// Parses a number of threads; the maximum is checked together with the other options.
fn threads(text: &str) -> Result<usize, &'static str> {
    text.parse().map_err(|_| "expected a number")
}

/// Arguments about the files and their meaning.
#[derive(Debug, Default, Args)]
pub struct TreeArguments {
    /// RKE2 release: `v1.34.2+rke2r1`, `v1.34.2`, `1.34`, `stable` or `latest`
    #[arg(long, value_name = "V", env = "RKE2_LINT_RKE2_VERSION", hide_env = true, help_heading = INPUT)]
    pub rke2_version: Option<String>,
    #[command(flatten)]
    pub files: FileArguments,
}

/// Arguments about the files and their settings.
#[derive(Debug, Default, Args)]
pub struct FileArguments {
    /// Skip matching paths (gitignore syntax)
    #[arg(long, value_name = "GLOB", env = "RKE2_LINT_EXCLUDE", hide_env = true, help_heading = INPUT)]
    pub exclude: Vec<String>,
    /// Also lint files that git ignores
    #[arg(
        long, env = "RKE2_LINT_NO_IGNORE", hide_env = true, value_parser = FalseyValueParser::new(),
        help_heading = INPUT
    )]
    pub no_ignore: bool,
    /// Also lint the code blocks of Markdown files
    #[arg(long, help_heading = INPUT)]
    pub include_docs: bool,
    /// Settings file [default: .rke2-lint.yaml here or above]
    #[arg(long, value_name = "FILE", env = "RKE2_LINT_CONFIG", hide_env = true, help_heading = INPUT)]
    pub config: Option<PathBuf>,
    /// Do not read a settings file
    #[arg(long, help_heading = INPUT)]
    pub no_config: bool,
}

const INPUT: &str = "What to lint";
const RULES: &str = "What to report";
const FIXES: &str = "How to fix";
const OUTPUT: &str = "How to report";

/// A format and the file to which it is written.
#[derive(Clone, Debug)]
pub struct FormatArgument {
    /// The format.
    pub format: Format,
    /// The file; `None` for standard output.
    pub file: Option<PathBuf>,
}

/// Why the value of an option is rejected.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ArgumentError {
    /// `--format FORMAT=` without a file.
    #[error("expected a file name after `=`")]
    NoFile,
    /// `--severity` without a level.
    #[error("expected RULE=LEVEL, for example `security=off`")]
    NoLevel,
    /// An unknown format.
    #[error(transparent)]
    Format(#[from] output::UnknownFormat),
    /// An unknown level.
    #[error(transparent)]
    Level(#[from] UnknownLevel),
    /// An unknown severity, for an option that also accepts `never`.
    #[error("unknown severity `{0}`; expected `error`, `warning`, `info` or `never`")]
    FailOn(String),
}

impl std::str::FromStr for FormatArgument {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err(ArgumentError::NoFile),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        Ok(Self { format: format.parse()?, file })
    }
}

/// The lowest severity with which the run fails; `None` for never.
#[derive(Clone, Copy, Debug)]
pub struct FailOn(pub Option<Severity>);

impl std::str::FromStr for FailOn {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "never" {
            return Ok(Self(None));
        }
        text.parse()
            .map(|severity| Self(Some(severity)))
            .map_err(|UnknownSeverity(text)| ArgumentError::FailOn(text))
    }
}

/// `RULE=LEVEL`.
#[derive(Clone, Debug)]
pub struct SeverityArgument(pub String, pub Level);

impl std::str::FromStr for SeverityArgument {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, level) = text.split_once('=').ok_or(ArgumentError::NoLevel)?;
        Ok(Self(name.to_owned(), level.parse()?))
    }
}
