//! The `rke2-lint` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    rke2_lint::cli::main()
}
