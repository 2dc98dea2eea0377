//! Where a place is for the user: in a file of the tree, in the settings or in a facts file; a unit's place is in the file
//! around it. Produces no findings.

use super::units::UnitMap;
use crate::source::{Sources, Span};

/// The places of everything that was loaded, as the user sees them.
#[derive(Clone, Copy, Debug)]
pub struct Outside<'w> {
    units: &'w UnitMap,
    sources: &'w Sources,
}

/// A place as the user sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownPlace<'w> {
    /// The file.
    pub path: &'w str,
    /// The line, from 1; `None` where no line of the file has the text.
    pub line: Option<usize>,
}

impl<'w> Outside<'w> {
    pub(super) fn new(units: &'w UnitMap, sources: &'w Sources) -> Self {
        Self { units, sources }
    }

    /// The place of a span in a unit, in the settings or in a facts file. Texts of other files are read again for each
    /// cluster and are not kept: ask the cluster's file.
    pub fn place(&self, span: Span) -> ShownPlace<'w> {
        let outer = self.units.outer(span);
        let host = outer.map(|span| span.file).or_else(|| self.units.host_of(span.file));
        let file = self.sources.get(host.unwrap_or(span.file));
        ShownPlace { path: file.path(), line: outer.map(|span| file.position(span.start as usize).line) }
    }
}
