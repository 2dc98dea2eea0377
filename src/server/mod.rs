//! `rke2-lint server`: a language server. One thread answers requests from texts and the last report; one for each folder
//! checks. This layer must not find or word anything itself.

mod actions;
mod caret;
mod complete;
mod diagnostics;
mod documents;
mod hover;
mod knowledge;
mod outline;
mod place;
mod progress;
mod pull;
mod requests;
mod session;
mod spot;
mod worker;

pub use session::{ServerError, serve, serve_stdio};
