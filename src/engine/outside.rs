//! Places as shown to the user: in a file of the tree, in the settings or in a facts file. The place of a unit is in
//! its host. Produces no findings.

use super::units::UnitMap;
use crate::source::{FileId, Sources, Span};

/// The places of everything that was loaded, as shown to the user.
#[derive(Clone, Copy, Debug)]
pub struct Outside<'w> {
    units: &'w UnitMap,
    sources: &'w Sources,
}

/// A place as shown to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownPlace<'w> {
    /// The file.
    pub path: &'w str,
    /// The line, from 1; `None` if the text is not in the file.
    pub line: Option<usize>,
}

impl<'w> Outside<'w> {
    pub(super) fn new(units: &'w UnitMap, sources: &'w Sources) -> Self {
        Self { units, sources }
    }

    /// Where a unit is written: the path of its host, and its place in it; `None` for a file.
    pub fn unit(&self, id: FileId) -> Option<(&'w str, String)> {
        self.units.name(id).map(|name| (&*name.host, self.units.words(id, name)))
    }

    /// The place of a span in a unit, in the settings or in a facts file. For other files, ask the cluster's file:
    /// their texts are read again for each cluster and are not kept.
    pub fn place(&self, span: Span) -> ShownPlace<'w> {
        let outer = self.units.outer(span);
        let host = outer.map(|span| span.file).or_else(|| self.units.host_of(span.file));
        let file = self.sources.get(host.unwrap_or(span.file));
        ShownPlace { path: file.path(), line: outer.map(|span| file.position(span.start as usize).line) }
    }
}
