//! `rke2-lint server`.

use std::io::{self, BufReader};

use clap::Args;

use super::{CLEAN, Failure};
use crate::server::{ServerError, serve_streams};

/// Arguments of `server`.
#[derive(Debug, Args)]
pub struct ServerArguments {
    /// Accepted for editors that insist on it: there is no other way
    #[arg(long, hide = true)]
    stdio: bool,
}

/// Serves one editor until it ends the session.
pub fn run(_: &ServerArguments) -> Result<u8, Failure> {
    match serve_streams(BufReader::new(io::stdin()), io::stdout()) {
        Ok(()) => Ok(CLEAN),
        // The exit code that the protocol demands.
        Err(ServerError::NoShutdown) => Ok(1),
        Err(error) => Err(Failure::Message(format!("server: {error}"))),
    }
}
