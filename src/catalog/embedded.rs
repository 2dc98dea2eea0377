//! The current catalogue: the built-in one, or a loaded one that replaces it. One blob, of which each section is
//! decoded on first use. Must not touch the file system.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::chart::ChartValues;
use super::coding::{
    self, CHANGES, CHART, CHART_FIELDS, CONFIG_KEYS, CONFIG_VALUES, GUARDS, HARD_FAIL, KERNELS, MOVED_VALUES,
    RELEASES, REMOVED_APIS,
};
use super::config_key::{self, ConfigKey};
use super::config_values::{self, ConfigValues};
use super::guard::{self, Guard};
use super::hard_fail::{self, HardFailKey};
use super::kept::{Change, ChartField, Kernel, MovedValue, RemovedApi};
use super::neutral::{NeutralError, read_lines};
use super::releases::{self, ReleaseTable};
use super::table::ChartTable;
use crate::release::Release;

static BLOB: &[u8] = include_bytes!("../../catalog/embedded.bin");
/// The catalogue that replaces the built-in one.
static LOADED: OnceLock<&'static [u8]> = OnceLock::new();
static STORE: OnceLock<Store> = OnceLock::new();

/// The first bytes of a catalogue.
const MAGIC: &[u8; 12] = b"rke2-catalog";
/// The format version. Increased whenever an older program would misread the rest.
const FORM: u16 = 1;
/// Length of the magic bytes, the format version and the digest.
const HEAD: usize = MAGIC.len() + 2 + 8;

struct Store {
    sections: Vec<(&'static str, &'static [u8])>,
    charts: Vec<Section>,
}

struct Section {
    chart: &'static str,
    bytes: &'static [u8],
    decoded: OnceLock<Option<ChartValues>>,
}

fn store() -> &'static Store {
    STORE.get_or_init(|| {
        let blob: &'static [u8] = LOADED.get().copied().unwrap_or(BLOB);
        // The built-in catalogue matches the program; a loaded one was verified.
        let sections = coding::split(blob.get(HEAD..).unwrap_or_default());
        let charts = sections
            .iter()
            .filter_map(|(name, bytes)| {
                let chart = name.strip_prefix(CHART)?;
                Some(Section { chart, bytes, decoded: OnceLock::new() })
            })
            .collect();
        Store { sections, charts }
    })
}

fn section(name: &str) -> &'static [u8] {
    store().sections.iter().find(|(known, _)| *known == name).map_or(&[], |(_, bytes)| *bytes)
}

/// The values of a chart in the catalogue.
pub(super) fn chart(name: &str) -> Option<&'static ChartValues> {
    let section = store().charts.iter().find(|section| section.chart == name)?;
    section.decoded.get_or_init(|| coding::decode_chart(section.bytes)).as_ref()
}

/// Decodes a chart without the cache, for benchmarks.
#[doc(hidden)]
pub fn decode_chart_uncached(name: &str) -> Option<ChartValues> {
    let section = store().charts.iter().find(|section| section.chart == name)?;
    coding::decode_chart(section.bytes)
}

/// The charts decoded so far by this process.
#[doc(hidden)]
pub fn decoded_charts() -> Vec<&'static str> {
    let decoded = store().charts.iter().filter(|section| section.decoded.get().is_some());
    decoded.map(|section| section.chart).collect()
}

/// The size of the built-in catalogue in bytes.
pub fn embedded_size() -> usize {
    BLOB.len()
}

pub(super) fn release_table() -> &'static ReleaseTable<'static> {
    static TABLE: OnceLock<ReleaseTable<'static>> = OnceLock::new();
    TABLE.get_or_init(|| coding::decode_releases(section(RELEASES)).unwrap_or_default())
}

pub(super) fn release_list() -> &'static [Release] {
    static LIST: OnceLock<Vec<Release>> = OnceLock::new();
    LIST.get_or_init(|| release_table().releases())
}

pub(super) fn config_keys() -> &'static [ConfigKey] {
    static KEYS: OnceLock<Vec<ConfigKey>> = OnceLock::new();
    KEYS.get_or_init(|| coding::decode_config_keys(section(CONFIG_KEYS)).unwrap_or_default())
}

pub(super) fn config_values() -> &'static [ConfigValues] {
    static VALUES: OnceLock<Vec<ConfigValues>> = OnceLock::new();
    VALUES.get_or_init(|| coding::decode_config_values(section(CONFIG_VALUES)).unwrap_or_default())
}

pub(super) fn hard_fail_keys() -> &'static [HardFailKey] {
    static KEYS: OnceLock<Vec<HardFailKey>> = OnceLock::new();
    KEYS.get_or_init(|| coding::decode_hard_fail(section(HARD_FAIL)).unwrap_or_default())
}

pub(super) fn guards() -> &'static [Guard] {
    static GUARDS_READ: OnceLock<Vec<Guard>> = OnceLock::new();
    GUARDS_READ.get_or_init(|| coding::decode_guards(section(GUARDS)).unwrap_or_default())
}

/// A hand-maintained table. If a loaded catalogue is older than the table, the built-in one is used.
fn kept<T: Deserialize<'static>>(name: &str) -> Vec<T> {
    let of_store = Some(section(name)).filter(|bytes| !bytes.is_empty());
    let built_in = || {
        let sections = coding::split(BLOB.get(HEAD..).unwrap_or_default());
        sections.into_iter().find(|(known, _)| *known == name).map(|(_, bytes)| bytes)
    };
    of_store.or_else(built_in).and_then(coding::decode).unwrap_or_default()
}

/// By chart, the rows of each in the order of the table.
pub(super) fn moved_values() -> &'static [MovedValue] {
    static ROWS: OnceLock<Vec<MovedValue>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let mut rows: Vec<MovedValue> = kept(MOVED_VALUES);
        rows.sort_by(|one, other| one.chart.cmp(&other.chart));
        rows
    })
}

pub(super) fn removed_apis() -> &'static [RemovedApi] {
    static ROWS: OnceLock<Vec<RemovedApi>> = OnceLock::new();
    ROWS.get_or_init(|| kept(REMOVED_APIS))
}

pub(super) fn kernels() -> &'static [Kernel] {
    static ROWS: OnceLock<Vec<Kernel>> = OnceLock::new();
    ROWS.get_or_init(|| kept(KERNELS))
}

pub(super) fn chart_fields() -> &'static [ChartField] {
    static ROWS: OnceLock<Vec<ChartField>> = OnceLock::new();
    ROWS.get_or_init(|| kept(CHART_FIELDS))
}

pub(super) fn changes() -> &'static [Change] {
    static ROWS: OnceLock<Vec<Change>> = OnceLock::new();
    ROWS.get_or_init(|| kept(CHANGES))
}

/// Why a catalogue cannot be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The bytes are not a catalogue.
    #[error("not an rke2-lint catalogue; expected the file catalog/embedded.bin of its repository")]
    NotACatalog,
    /// The format version is not supported.
    #[error("unsupported catalogue format {found}; this rke2-lint reads format {FORM}")]
    Form {
        /// The format version of the catalogue.
        found: u16,
    },
    /// The checksum does not match.
    #[error("damaged catalogue: its checksum does not match")]
    Damaged,
    /// The catalogue was already in use.
    #[error("set too late: another catalogue is already in use")]
    InUse,
}

/// Replaces the built-in catalogue for the rest of the process. Must be called before the first lookup.
///
/// # Errors
/// The bytes are not a catalogue that this program can read, or another catalogue is already in use.
pub fn load(bytes: Vec<u8>) -> Result<(), LoadError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(LoadError::NotACatalog)?;
    let (form, rest) = rest.split_first_chunk().ok_or(LoadError::Damaged)?;
    let found = u16::from_le_bytes(*form);
    if found != FORM {
        return Err(LoadError::Form { found });
    }
    let (stated, sections) = rest.split_first_chunk().ok_or(LoadError::Damaged)?;
    if u64::from_le_bytes(*stated) != digest(sections) {
        return Err(LoadError::Damaged);
    }
    if STORE.get().is_some() {
        return Err(LoadError::InUse);
    }
    LOADED.set(bytes.leak()).map_err(|_| LoadError::InUse)
}

/// Whether a catalogue was loaded in place of the built-in one.
pub fn is_loaded() -> bool {
    LOADED.get().is_some()
}

/// The newest release of the built-in catalogue, even if another one is loaded.
pub fn newest_built_in() -> Option<Release> {
    let sections = coding::split(BLOB.get(HEAD..).unwrap_or_default());
    let (_, bytes) = sections.into_iter().find(|(name, _)| *name == RELEASES)?;
    coding::decode_releases(bytes)?.releases().last().copied()
}

/// FNV-1a: detects damaged files, not tampering.
fn digest(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// A neutral file that could not be converted to the embedded form.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {source}")]
pub struct EmbedError {
    /// The file's name.
    pub name: String,
    /// What is wrong with it.
    pub source: NeutralError,
}

/// Converts the neutral files, given by their names under `catalog/neutral`, to the embedded form.
///
/// # Errors
/// The first file that is not in the neutral form.
pub fn embed(files: &BTreeMap<String, String>) -> Result<Vec<u8>, EmbedError> {
    let text = |name: &str| files.get(name).map_or("", String::as_str);
    let named = |name: &str, result: Result<Vec<u8>, NeutralError>| {
        result.map_err(|source| EmbedError { name: name.to_owned(), source })
    };
    let mut sections = Vec::new();
    let mut add = |section: &str, file: &str, bytes: Result<Vec<u8>, NeutralError>| {
        sections.push((section.to_owned(), named(file, bytes)?));
        Ok::<(), EmbedError>(())
    };
    let file = "releases.jsonl";
    add(RELEASES, file, releases::encode(text(file), text("channels.jsonl")))?;
    let file = "config_keys.jsonl";
    add(CONFIG_KEYS, file, config_key::read(text(file)).map(|keys| coding::encode_config_keys(&keys)))?;
    let file = "config_values.jsonl";
    add(CONFIG_VALUES, file, config_values::read(text(file)).map(|values| coding::encode(&values)))?;
    let file = "hard_fail_keys.jsonl";
    add(HARD_FAIL, file, hard_fail::read(text(file)).map(|keys| coding::encode(&keys)))?;
    let file = "guards.jsonl";
    add(GUARDS, file, guard::read(text(file)).map(|guards| coding::encode(&guards)))?;
    add_kept::<MovedValue>(MOVED_VALUES, files, &mut add)?;
    add_kept::<RemovedApi>(REMOVED_APIS, files, &mut add)?;
    add_kept::<Kernel>(KERNELS, files, &mut add)?;
    add_kept::<ChartField>(CHART_FIELDS, files, &mut add)?;
    add_kept::<Change>(CHANGES, files, &mut add)?;
    for (name, text) in files {
        let Some(chart) = name.strip_prefix("charts/").and_then(|name| name.strip_suffix(".jsonl")) else {
            continue;
        };
        let bytes =
            ChartTable::from_neutral(text).map(|table| coding::encode_chart(&ChartValues::from(&table)));
        add(&format!("{CHART}{chart}"), name, bytes)?;
    }
    let sections = coding::join(&sections);
    Ok([MAGIC, &FORM.to_le_bytes()[..], &digest(&sections).to_le_bytes(), &sections].concat())
}

/// Adds a hand-maintained table, from the file with its name.
fn add_kept<T: Serialize + DeserializeOwned>(
    section: &str,
    files: &BTreeMap<String, String>,
    add: &mut impl FnMut(&str, &str, Result<Vec<u8>, NeutralError>) -> Result<(), EmbedError>,
) -> Result<(), EmbedError> {
    let file = format!("{section}.jsonl");
    let text = files.get(&file).map_or("", String::as_str);
    add(section, &file, read_lines::<T>(text).map(|rows| coding::encode(&rows)))
}
