//! `rke2-lint facts`.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;

use super::{CLEAN, Failure};
use crate::probe;

/// Arguments of `facts`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  rke2-lint facts > node.yaml
  rke2-lint check --host node.yaml .
  rke2-lint facts --root /mnt/image")]
pub struct FactsArguments {
    /// Root folder of the machine
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
}

/// Prints the facts of a machine.
pub fn run(arguments: &FactsArguments) -> Result<u8, Failure> {
    if !arguments.root.is_dir() {
        return Err(Failure::Message(format!("--root: {} is not a folder", arguments.root.display())));
    }
    io::stdout().lock().write_all(probe::facts(&arguments.root).as_bytes())?;
    Ok(CLEAN)
}
