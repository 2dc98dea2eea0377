//! `rke2-lint completions` and `rke2-lint man`, for packagers.

use std::io::{self, Write as _};

use clap::{Args, Command};
use clap_complete::Shell;

use super::{CLEAN, Failure, unless_closed};
use crate::settings::nearest;

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  rke2-lint completions bash > /etc/bash_completion.d/rke2-lint
  rke2-lint completions zsh > ~/.zfunc/_rke2-lint
  rke2-lint completions fish > ~/.config/fish/completions/rke2-lint.fish")]
pub struct CompletionsArguments {
    /// Shell
    shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  rke2-lint man > rke2-lint.1
  rke2-lint man check > rke2-lint-check.1")]
pub struct ManArguments {
    /// Command to describe; the whole program by default
    command: Option<String>,
}

/// Prints the completions of a shell.
pub fn completions(arguments: &CompletionsArguments, mut program: Command) -> Result<u8, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut program, "rke2-lint", &mut text);
    unless_closed(io::stdout().lock().write_all(&text))?;
    Ok(CLEAN)
}

/// Prints a manual page.
pub fn man(arguments: &ManArguments, mut program: Command) -> Result<u8, Failure> {
    program.build();
    let page = match &arguments.command {
        None => program,
        Some(name) => {
            let commands = || program.get_subcommands().map(Command::get_name);
            let Some(command) = program.find_subcommand(name) else {
                let hint = nearest(name, commands()).map(|near| format!("; did you mean `{near}`?"));
                return Err(Failure::Message(format!(
                    "unknown command `{name}`{}",
                    hint.unwrap_or_default()
                )));
            };
            command.clone().display_name(format!("rke2-lint-{name}")).version(env!("CARGO_PKG_VERSION"))
        }
    };
    unless_closed(io::stdout().lock().write_all(&manual_page(page)?))?;
    Ok(CLEAN)
}

/// The manual page of a command. Its examples keep their lines, which clap's own section would fill.
fn manual_page(command: Command) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let notes = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let has_commands = command.has_subcommands();
    let page = clap_mangen::Man::new(command);
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    if has_commands {
        page.render_subcommands_section(&mut text)?;
    }
    for part in notes.split("\n\n").filter(|part| !part.is_empty()) {
        let (heading, lines) = match part.split_once('\n') {
            Some((title, lines)) if title.ends_with(':') => (title.trim_end_matches(':'), lines),
            _ => ("Notes", part),
        };
        writeln!(text, ".SH \"{}\"\n.nf", roff(&heading.to_uppercase()))?;
        for line in lines.lines() {
            writeln!(text, "{}", roff(line.trim_start_matches("  ")))?;
        }
        writeln!(text, ".fi")?;
    }
    page.render_version_section(&mut text)?;
    Ok(text)
}

/// A line of text in roff: without requests at its start, and with hyphens that can be copied.
fn roff(line: &str) -> String {
    let escaped = line.replace('\\', "\\e").replace('-', "\\-");
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}
