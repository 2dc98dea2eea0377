//! Checks written in Rust, each for a rule file that refers to it. One file per check in `checks/`; the build
//! script generates the modules and the table.

use super::{Context, Draft};

/// A check: examines a subject and pushes a draft for each mistake.
pub type CheckFn = fn(&Context<'_, '_>, &mut Vec<Draft>);

/// The check with a name.
pub fn find(name: &str) -> Option<CheckFn> {
    let position = table::CHECKS.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    Some(table::CHECKS[position].1)
}

/// The names of all checks, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    table::CHECKS.iter().map(|(name, _)| *name)
}

mod table {
    include!(concat!(env!("OUT_DIR"), "/checks.rs"));
}
