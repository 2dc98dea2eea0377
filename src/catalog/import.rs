//! From charts to the neutral form, for maintainers who add a release. Must not read files: its input is
//! bytes.

use std::collections::BTreeMap;

use super::archive::{self, ArchiveError, Surroundings};
use super::table::ChartTable;

/// A chart that could not be imported.
pub type ImportError = ArchiveError;

/// The table of a packaged chart (`.tgz`); merge it into the known one with [`ChartTable::merge`].
///
/// # Errors
/// The archive is broken, too large, or not a chart.
pub fn import_archive(bytes: &[u8]) -> Result<ChartTable, ImportError> {
    Ok(ChartTable::from(&archive::from_tgz(bytes)?.values))
}

/// The table of a packaged chart of RKE2, together with facts from outside its archive.
///
/// # Errors
/// As [`import_archive`].
pub fn import_packaged(bytes: &[u8], surroundings: &Surroundings) -> Result<ChartTable, ImportError> {
    Ok(ChartTable::from(&archive::from_packaged(bytes, surroundings)?.values))
}

/// The table of an unpacked chart, from its files by their paths relative to the chart's folder.
///
/// # Errors
/// The files are too large, or not those of a chart.
pub fn import_files(files: BTreeMap<String, Vec<u8>>) -> Result<ChartTable, ImportError> {
    Ok(ChartTable::from(&archive::from_files(files)?.values))
}
