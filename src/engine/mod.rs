//! From paths to a report: walk, read, parse, assemble, check, sort. The library's entry point. This layer must not
//! print.

mod account;
mod asked;
mod check;
mod editable;
#[cfg(feature = "disk")]
mod hosts;
#[cfg(feature = "disk")]
#[expect(clippy::disallowed_methods, reason = "looks for .gitignore files")]
mod ignores;
mod load;
mod names;
mod neighbours;
mod options;
mod outside;
mod plan;
mod precedence;
mod previous;
mod progress;
#[cfg_attr(
    feature = "disk",
    expect(clippy::disallowed_methods, reason = "reads the disk for everything else")
)]
mod reader;
mod settle;
#[cfg_attr(feature = "disk", expect(clippy::disallowed_methods, reason = "asks for the top of a repository"))]
mod site;
mod store;
mod survey;
mod told;
#[cfg(feature = "disk")]
#[expect(clippy::disallowed_methods, reason = "searches the files that were not read")]
mod traces;
#[cfg(feature = "disk")]
#[expect(clippy::disallowed_methods, reason = "looks for the index of a repository")]
mod tracked;
mod units;
#[cfg(feature = "disk")]
#[expect(clippy::disallowed_methods, reason = "walks folders")]
mod walk;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
#[cfg(feature = "disk")]
use std::path::PathBuf;

pub use asked::{Reach, is_below as lies_in};
#[cfg(feature = "disk")]
pub use hosts::{HostFactsError, host_facts};
pub use load::Input;
pub use names::shown;
pub use options::Options;
pub use outside::{Outside, ShownPlace};
pub use previous::{Previous, PreviousFile};
#[cfg(feature = "disk")]
pub use previous::{PreviousError, previous};
pub use progress::{Cancel, Progress};
#[cfg(feature = "disk")]
pub use reader::Disk;
pub use reader::{Overlaid, Reader};
#[cfg(feature = "disk")]
pub use walk::absolute;
pub use workspace::Workspace;

use crate::catalog::{Basis, Target};
use crate::finding::Report;

/// How [`Summary::release`](crate::finding::Summary::release) starts when the release is unknown.
pub const UNKNOWN_RELEASE: &str = "not known";

/// The source of a release that was not specified.
const NOT_GIVEN: &str = "not given";

/// The number of files or findings from which the work on one cluster is shared among threads.
const LARGE: usize = 256;

/// A text that replaces a file of the tree, such as unsaved changes in an editor.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// The name as shown.
    pub path: String,
    /// The text.
    pub bytes: Vec<u8>,
}

/// Lints files and folders. Problems with single files are part of the report; all other files are still linted.
#[cfg(feature = "disk")]
pub fn lint(paths: &[PathBuf], overlays: Vec<Overlay>, options: &Options) -> Report {
    let mut workspace = Workspace::open(paths, options);
    for Overlay { path, bytes } in overlays {
        workspace.set_text(&path, Some(bytes));
    }
    workspace.finish()
}

/// Lints texts without a file system. Names are relative paths with `/`; `named` limits the report to findings that
/// touch these files.
pub fn lint_sources(
    sources: BTreeMap<String, Input>,
    named: Option<&BTreeSet<String>>,
    options: &Options,
) -> Report {
    Workspace::of_texts(sources, named, options).finish()
}

/// Whether a path is `folder` or below it.
fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn release_words(target: &Target, source: &str) -> String {
    match target.resolved() {
        Some(resolved) if resolved.basis == Basis::NewestPatch => {
            format!("{target} from {source}, the newest announced patch of v1.{}", resolved.data.minor)
        }
        Some(_) => format!("{target} from {source}"),
        None if source == NOT_GIVEN => format!("{UNKNOWN_RELEASE}: checked against {target}"),
        None => format!("{target}, from {source}"),
    }
}
