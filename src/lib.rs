//! Lints RKE2 configuration as RKE2 itself reads it: config.yaml, registries.yaml, and the values of packaged charts in
//! manifests.
//!
//! A [`Workspace`] holds a tree of texts, caches what it knows of each cluster between checks, and produces a
//! [`Report`]. Its [`Finding`]s point into [`Sources`] by [`Span`]s. These are byte ranges of the file on disk, even
//! for values inside `valuesContent`.
//!
//! ```
//! use rke2_lint::{Input, Options, Workspace};
//!
//! let config = Input::Bytes(b"token: secret\ntls-sans: [rke2.example.com]\n".to_vec());
//! let options = Options::default();
//! let mut workspace = Workspace::of_texts([("config.yaml".to_owned(), config)].into(), None, &options);
//!
//! let report = workspace.check();
//! let finding = &report.findings[0];
//! let source = report.sources.get(finding.primary.span.file);
//! let place = source.position(finding.primary.span.start as usize);
//! assert_eq!((source.path(), place.line, place.column), ("config.yaml", 2, 1));
//! assert_eq!(finding.rule.as_str(), "config/unknown-key");
//! assert_eq!(finding.help.as_deref(), Some("did you mean `tls-san`?"));
//! assert_eq!(serde_json::to_value(finding).unwrap()["severity"], "error");
//!
//! let fixed = b"token: secret\ntls-san: [rke2.example.com]\n".to_vec();
//! workspace.set_text("config.yaml", Some(fixed));
//! assert!(workspace.check().findings.is_empty());
//! ```
//!
//! # Features
//!
//! - `cli` (default): the program `rke2-lint` with its output formats and documentation pages.
//! - `server` (default): the language server.
//! - `disk`, included in both: files, git and facts of this machine. Without it, the library reads only texts passed to
//!   it through the trait [`Reader`], and builds for `wasm32-unknown-unknown`.
//!
//! # Stability
//!
//! The public interface is what this page lists. The modules are public only for the tests, benchmarks and examples of
//! this repository, and change without notice.

// Each module that may know files, the environment or processes has an exception with a reason.
#![deny(clippy::disallowed_methods)]

#[doc(hidden)]
pub mod catalog;
#[cfg(feature = "cli")]
#[doc(hidden)]
#[expect(
    clippy::disallowed_methods,
    reason = "arguments, the environment, and the files that the user names"
)]
pub mod cli;
#[doc(hidden)]
pub mod cluster;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod docs;
#[doc(hidden)]
pub mod engine;
#[doc(hidden)]
pub mod finding;
#[doc(hidden)]
pub mod fingerprint;
#[doc(hidden)]
pub mod fix;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod output;
#[cfg(feature = "disk")]
#[doc(hidden)]
#[expect(clippy::disallowed_methods, reason = "reads facts from a root file system")]
pub mod probe;
#[doc(hidden)]
pub mod prose;
#[cfg(feature = "disk")]
#[doc(hidden)]
#[expect(clippy::disallowed_methods, reason = "reads files that the user names, with a limit")]
pub mod read;
#[doc(hidden)]
pub mod release;
#[doc(hidden)]
pub mod rke2;
#[doc(hidden)]
pub mod rule;
#[doc(hidden)]
pub mod schema;
#[cfg(feature = "server")]
#[doc(hidden)]
#[expect(clippy::disallowed_methods, reason = "the editor names folders, and a thread checks each")]
pub mod server;
#[doc(hidden)]
pub mod settings;
#[cfg(feature = "disk")]
#[doc(hidden)]
pub mod show;
#[doc(hidden)]
pub mod source;
#[doc(hidden)]
pub mod spelling;
#[doc(hidden)]
pub mod suppress;
#[doc(hidden)]
pub mod threads;
#[doc(hidden)]
pub mod unit;
#[cfg(feature = "disk")]
#[doc(hidden)]
pub mod upgrade;
#[doc(hidden)]
pub mod words;
#[cfg(feature = "disk")]
#[doc(hidden)]
#[expect(clippy::disallowed_methods, reason = "replaces files atomically")]
pub mod write;
#[doc(hidden)]
pub mod yaml;

pub use catalog::Target;
pub use engine::{Cancel, Input, Options, Overlaid, Progress, Reader, Workspace, lint_sources};
#[cfg(feature = "disk")]
pub use engine::{Disk, Overlay, lint, shown};
pub use finding::{
    Edit, Finding, Fix, Label, Problem, Report, RuleId, RuleInfo, Safety, Severity, Summary, UnitName,
};
pub use settings::{Settings, SettingsErrors, parse as parse_settings};
pub use source::{FileId, Position, SourceFile, Sources, Span};
