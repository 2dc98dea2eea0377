//! `rke2-lint server`: a language server. One thread answers requests from the open documents and the last report; one
//! thread per folder runs checks. This layer must not produce or reword findings itself.

mod actions;
mod caret;
mod complete;
mod diagnostics;
mod documents;
mod folders;
mod hover;
mod knowledge;
mod outline;
mod place;
mod progress;
mod pull;
mod requests;
mod session;
mod spot;
mod streams;
mod worker;

pub use session::{ServerError, serve};
pub use streams::serve_streams;
