//! The command line: turns arguments into options, and reports into output and an exit code. Must not contain linting
//! logic.

mod catalog;
mod check;
mod explain;
mod facts;
mod files;
mod init;
mod packaging;
mod rules;
mod schema;
#[cfg(feature = "server")]
mod server;
mod show;
mod upgrade;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::catalog as facts_of;
use crate::release::Release;
use crate::settings::{self, OwnRulesError};
use crate::suppress::baseline::BaselineError;

/// Exit code: no findings at or above `--fail-on`.
pub const CLEAN: u8 = 0;
/// Exit code: findings at or above `--fail-on`.
pub const FINDINGS: u8 = 1;
/// An error.
pub const FAILED: u8 = 2;

const CHECK_EXAMPLES: &str = "\
Examples:
  rke2-lint check --rke2-version 1.34 .
  rke2-lint check --format sarif=out.sarif --format human deploy/
  rke2-lint check --write-baseline .rke2-lint-baseline.json
  cat config.yaml | rke2-lint check - --stdin-filename config.yaml

RKE2_LINT_<OPTION> in the environment sets an option: RKE2_LINT_FORMAT=github.";

const UPGRADE_EXAMPLES: &str = "\
Examples:
  rke2-lint upgrade --to 1.36
  rke2-lint upgrade --from v1.33.4 --to v1.36.3 --check clusters/prod
  rke2-lint upgrade --to 1.36 --format markdown";

const EXAMPLES: &str = "\
Examples:
  rke2-lint check                          lint the current folder
  rke2-lint check --rke2-version 1.34 .    against the newest known v1.34 release
  rke2-lint check --format sarif=out.sarif --format human deploy/
  rke2-lint upgrade --from 1.33 --to 1.36  what an upgrade breaks
  rke2-lint explain helm-chart-config/wrong-namespace

Exit codes: 0 no findings, 1 findings, 2 error.";

#[derive(Debug, Parser)]
#[command(name = "rke2-lint", version, about, after_help = EXAMPLES, arg_required_else_help = true)]
struct Arguments {
    /// Newer catalog/embedded.bin that replaces the built-in catalogue
    #[arg(long, value_name = "FILE", global = true, env = "RKE2_LINT_CATALOG", hide_env = true)]
    catalog: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lint files and folders
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Box<check::CheckArguments>),
    /// List all files with their kind, or the reason they are skipped
    #[command(after_help = "Examples:\n  rke2-lint files\n  rke2-lint files --format json clusters/")]
    Files(files::FilesArguments),
    /// Write a settings file for the working directory, with a comment on every key
    #[command(after_help = "Examples:\n  rke2-lint init\n  rke2-lint init --baseline")]
    Init(init::InitArguments),
    /// Explain a rule, a category, a configuration key or a chart value
    #[command(
        after_help = "Examples:\n  rke2-lint explain helm-chart-config/wrong-namespace\n  rke2-lint explain profile\n  rke2-lint explain rke2-cilium.hubble.enabled"
    )]
    Explain(explain::ExplainArguments),
    /// List the rules
    #[command(
        after_help = "Examples:\n  rke2-lint rules\n  rke2-lint rules cni-cilium --fixable\n  rke2-lint rules --format json\n  rke2-lint rules test lint/rules"
    )]
    Rules(rules::RulesArguments),
    /// Print a JSON Schema for editors without the language server
    Schema(schema::SchemaArguments),
    /// Show what an upgrade breaks, changes and needs
    #[command(after_help = UPGRADE_EXAMPLES)]
    Upgrade(Box<upgrade::UpgradeArguments>),
    /// Show what RKE2 will use: merged configuration, chart values, charts and AddOns, each with its origin
    #[command(
        after_help = "Examples:\n  rke2-lint show --rke2-version 1.34\n  rke2-lint show --format json clusters/"
    )]
    Show(show::ShowArguments),
    /// Show what releases ship and which values charts accept
    Catalog(catalog::CatalogArguments),
    /// Print facts about this node for use with `check --host`
    Facts(facts::FactsArguments),
    /// Start the language server for editors
    #[cfg(feature = "server")]
    #[command(after_help = "docs/editors.md shows how editors start it.")]
    Server(server::ServerArguments),
    /// Print shell completions
    Completions(packaging::CompletionsArguments),
    /// Print a manual page
    Man(packaging::ManArguments),
    /// The same as --version
    #[command(hide = true)]
    Version,
}

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(error) if error.kind() == ErrorKind::DisplayVersion => {
            let _ = io::stdout().lock().write_all(version().as_bytes());
            return ExitCode::from(CLEAN);
        }
        Err(error) => {
            // Help and version go to stdout and are not failures. A closed pipe is not a failure either.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { FAILED } else { CLEAN });
        }
    };
    let loaded = arguments.catalog.as_deref().map_or(Ok(()), load_catalog);
    let outcome = match arguments.command {
        _ if loaded.is_err() => loaded.map(|()| CLEAN),
        Command::Catalog(arguments) => catalog::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Facts(arguments) => facts::run(&arguments),
        Command::Files(arguments) => files::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Rules(arguments) => rules::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Upgrade(arguments) => upgrade::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        #[cfg(feature = "server")]
        Command::Server(arguments) => server::run(&arguments),
        Command::Completions(arguments) => packaging::completions(&arguments, Arguments::command()),
        Command::Man(arguments) => packaging::man(&arguments, Arguments::command()),
        Command::Version => {
            unless_closed(io::stdout().lock().write_all(version().as_bytes())).map(|()| CLEAN)
        }
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(Failure::ClosedPipe) => ExitCode::from(CLEAN),
        Err(Failure::Message(message)) => {
            let _ = writeln!(io::stderr(), "error: {message}");
            ExitCode::from(FAILED)
        }
    }
}

/// Options that exclude each other. A command-line option overrides one from the environment.
const CONFLICTS: &[(&str, &str)] = &[("no_config", "config"), ("write_baseline", "baseline")];

fn arguments() -> Result<Arguments, clap::Error> {
    let mut command = Arguments::command();
    let matches = command.try_get_matches_from_mut(std::env::args_os()).map_err(with_check)?;
    if let Some((_, of_command)) = matches.subcommand() {
        for (one, other) in CONFLICTS {
            if is_typed(of_command, one) && is_typed(of_command, other) {
                let name = |id: &str| format!("--{}", id.replace('_', "-"));
                let message = format!("{} cannot be used with {}", name(one), name(other));
                return Err(command.error(ErrorKind::ArgumentConflict, message));
            }
        }
    }
    Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// An error about a path in place of a command, with the command that was meant.
fn with_check(mut error: clap::Error) -> clap::Error {
    if let Some(ContextValue::String(name)) = error.get(ContextKind::InvalidSubcommand)
        && Path::new(name).exists()
    {
        let tip = format!("to lint it, use 'rke2-lint check {name}'");
        error.remove(ContextKind::SuggestedSubcommand);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

fn is_typed(matches: &ArgMatches, id: &str) -> bool {
    matches.try_contains_id(id).is_ok() && matches.value_source(id) == Some(ValueSource::CommandLine)
}

/// Loads another catalogue, and warns if it is older than the built-in one.
fn load_catalog(path: &Path) -> Result<(), Failure> {
    settings::load_catalog(path).map_err(|error| Failure::Message(format!("--catalog: {error}")))?;
    if let (Some(built_in), Some(newest)) =
        (facts_of::newest_built_in(), facts_of::releases().last().copied())
        && newest < built_in
    {
        writeln!(
            io::stderr(),
            "warning: --catalog: {} ends with {newest}, the built-in catalogue with {built_in}",
            path.display()
        )?;
    }
    Ok(())
}

/// The version of the program and the newest RKE2 release it knows.
fn version() -> String {
    use std::fmt::Write as _;
    let mut text = format!("rke2-lint {}\n", env!("CARGO_PKG_VERSION"));
    let dated = |release: &Release| {
        let date = facts_of::date(*release).map_or_else(String::new, |date| format!(" ({date})"));
        format!("{release}{date}")
    };
    if let Some(newest) = facts_of::releases().last() {
        let _ = writeln!(text, "RKE2 releases up to {}", dated(newest));
    }
    let candidates: Vec<String> = facts_of::candidates().iter().map(dated).collect();
    if !candidates.is_empty() {
        let _ = writeln!(text, "release candidates: {}", candidates.join(", "));
    }
    text
}

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The reader closed the pipe, as `| head` does.
    ClosedPipe,
    /// An error message.
    Message(String),
}

impl From<OwnRulesError> for Failure {
    fn from(error: OwnRulesError) -> Self {
        Self::Message(error.to_string())
    }
}

impl From<BaselineError> for Failure {
    fn from(error: BaselineError) -> Self {
        Self::Message(error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::Message(format!("cannot write the output: {error}"))
        }
    }
}

/// Treats a closed pipe as success: the exit code still shows the result.
fn unless_closed(written: io::Result<()>) -> Result<(), Failure> {
    match written.map_err(Failure::from) {
        Err(Failure::ClosedPipe) => Ok(()),
        other => other,
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set; always with `CLICOLOR_FORCE`.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorChoice {
    /// Whether output to a stream is coloured.
    pub fn applies(self, stream: &impl IsTerminal) -> bool {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if set("NO_COLOR") => false,
            Self::Auto
                if std::env::var_os("CLICOLOR_FORCE")
                    .is_some_and(|value| !value.is_empty() && value != "0") =>
            {
                true
            }
            Self::Auto => stream.is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
        }
    }
}
