//! `rke2-lint server`.

use clap::Args;

use super::{CLEAN, Failure};
use crate::server::serve_stdio;

/// Arguments of `server`.
#[derive(Debug, Args)]
pub struct ServerArguments {
    /// Accepted for editors that insist on it: there is no other way
    #[arg(long, hide = true)]
    stdio: bool,
}

/// Serves one editor until it ends the session.
pub fn run(_: &ServerArguments) -> Result<u8, Failure> {
    match serve_stdio() {
        Ok(()) => Ok(CLEAN),
        Err(error) => Err(Failure::Message(format!("server: {error}"))),
    }
}
