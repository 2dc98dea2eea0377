//! The accepted values of a chart that is not in the catalogue, from its archive: `chartContent`, a `.tgz` or files.
//! Where a template passes values to something we cannot follow, all keys under them are accepted. Never writes to
//! disk; archive paths are untrusted.

mod chart_dir;
mod comments;
mod plant;
mod schema;
mod template;
mod unpack;
mod values;

use std::collections::BTreeMap;

use super::attr::Types;
use super::chart::ChartValues;
pub use unpack::Limits;

/// Facts about a chart's values that are not in its archive.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Values that a template copies into a custom resource, each with the schema of that resource's `spec`.
    pub resources: Vec<(Vec<String>, serde_json::Value)>,
    /// Values that RKE2 sets through `spec.set`, with their types.
    pub injected: Vec<(Vec<String>, Types)>,
}

/// Why a chart archive cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The text is not base64.
    #[error("not base64: {0}")]
    Base64(base64::DecodeError),
    /// The bytes are not a gzip stream, or the stream is damaged.
    #[error("not a gzip archive: {0}")]
    Gzip(String),
    /// The unpacked stream is not a tar archive, or is damaged.
    #[error("not a tar archive: {0}")]
    Tar(String),
    /// The archive has no `Chart.yaml` in its top folder.
    #[error("no `Chart.yaml` in the archive's top folder")]
    NoChart,
    /// A file of the chart has invalid content.
    #[error("cannot read `{file}`: {reason}")]
    File {
        /// The file's path in the chart.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A path that leads out of the archive.
    #[error("the archive contains `{0}`, a path outside of it")]
    Outside(String),
    /// A limit was exceeded.
    #[error("the archive is too large: {what} (limit {limit})")]
    TooLarge {
        /// What exceeded the limit.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
}

/// A chart from an archive.
#[derive(Clone, Debug)]
pub struct ArchiveChart {
    /// The name in `Chart.yaml`.
    pub name: String,
    /// The version in `Chart.yaml`; empty when there is none.
    pub version: String,
    /// The accepted values, with this one version.
    pub values: ChartValues,
}

/// Reads `chartContent`: a packaged chart in base64, which may contain line breaks.
///
/// # Errors
/// The text is not base64, or see [`from_tgz`].
pub fn from_chart_content(text: &[u8]) -> Result<ArchiveChart, ArchiveError> {
    from_tgz(&unpack::decode_base64(text)?)
}

/// Reads a packaged chart (`.tgz`).
///
/// # Errors
/// The archive is broken, too large, or not a chart.
pub fn from_tgz(bytes: &[u8]) -> Result<ArchiveChart, ArchiveError> {
    from_tgz_within(bytes, Limits::default())
}

/// Reads a packaged chart within given limits.
///
/// # Errors
/// The archive is broken, too large, or not a chart.
pub fn from_tgz_within(bytes: &[u8], limits: Limits) -> Result<ArchiveChart, ArchiveError> {
    let mut budget = unpack::Budget::new(limits);
    let files = unpack::unpack(bytes, &mut budget)?;
    Ok(build(chart_dir::ChartDir::read(files, &mut budget, 0)?, &Surroundings::default()))
}

/// Reads a packaged chart of RKE2, together with facts from outside its archive.
///
/// # Errors
/// The archive is broken, too large, or not a chart.
pub fn from_packaged(bytes: &[u8], surroundings: &Surroundings) -> Result<ArchiveChart, ArchiveError> {
    let mut budget = unpack::Budget::new(Limits::default());
    let files = unpack::unpack(bytes, &mut budget)?;
    Ok(build(chart_dir::ChartDir::read(files, &mut budget, 0)?, surroundings))
}

/// The files of a packaged chart that affect values, by their paths in the chart.
///
/// # Errors
/// The archive is broken or too large.
pub fn files_of(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, ArchiveError> {
    unpack::unpack(bytes, &mut unpack::Budget::new(Limits::default()))
}

/// Reads an unpacked chart from its files, by their paths relative to the chart's folder.
///
/// # Errors
/// There are too many files, or they are not those of a chart.
pub fn from_files(files: BTreeMap<String, Vec<u8>>) -> Result<ArchiveChart, ArchiveError> {
    let mut budget = unpack::Budget::new(Limits::default());
    Ok(build(chart_dir::ChartDir::read(files, &mut budget, 0)?, &Surroundings::default()))
}

fn build(chart: chart_dir::ChartDir, surroundings: &Surroundings) -> ArchiveChart {
    let defines = template::Defines::of(&chart);
    let mut plant = values::accepted(&chart, &defines);
    plant.settle();
    values::add_surroundings(&mut plant, surroundings);
    let (name, version) = (chart.name, chart.version);
    let values = plant.into_values(&name, &version);
    ArchiveChart { name, version, values }
}
