//! Checks written in Rust, each behind a rule file that names it. One file in `checks/` for each; the build
//! script makes the modules and the table.

use super::{Context, Draft};

/// A check: looks at a subject and says what is wrong with it.
pub type CheckFn = fn(&Context<'_, '_>, &mut Vec<Draft>);

/// The check of a name.
pub fn find(name: &str) -> Option<CheckFn> {
    table::CHECKS.iter().find(|(known, _)| *known == name).map(|(_, check)| *check)
}

/// The names of all checks, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    table::CHECKS.iter().map(|(name, _)| *name)
}

mod table {
    include!(concat!(env!("OUT_DIR"), "/checks.rs"));
}
