//! Decodes base64, gzip and tar within limits: from untrusted bytes to the few files that matter. Must not write
//! anything or look into the files.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;

use super::ArchiveError;

/// Number of bytes that may be unpacked before the ratio is checked: small archives of empty lines are not bombs.
const RATIO_FREE: u64 = 4 << 20;

/// Limits for reading an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Total number of unpacked bytes, nested archives included.
    pub bytes: u64,
    /// Maximum number of unpacked bytes for each packed byte.
    pub ratio: u64,
    /// Total number of entries.
    pub entries: u64,
    /// Maximum size of one file in bytes.
    pub file: u64,
    /// Total number of keys in values files. Each key is counted once for itself and for every parent, since a few
    /// characters of YAML can expand to a billion keys.
    pub keys: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 20, ratio: 200, entries: 10_000, file: 5 << 20, keys: 1_000_000 }
    }
}

/// What remains of the limits, shared by an archive and those nested in it.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    bytes: u64,
    entries: u64,
    keys: u64,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, bytes: 0, entries: 0, keys: 0 }
    }

    /// Counts keys of values files.
    pub(super) fn take_keys(&mut self, count: u64) -> Result<(), ArchiveError> {
        self.keys = self.keys.saturating_add(count);
        if self.keys > self.limits.keys {
            return Err(ArchiveError::TooLarge { what: "keys of values files", limit: self.limits.keys });
        }
        Ok(())
    }
}

/// Decodes base64 as `base64 -d` does: white space is skipped.
pub(super) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, ArchiveError> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(text).map_err(ArchiveError::Base64)
}

/// The files of a packaged chart that matter, by their paths relative to the top folder.
pub(super) fn unpack(bytes: &[u8], budget: &mut Budget) -> Result<BTreeMap<String, Vec<u8>>, ArchiveError> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(ArchiveError::Gzip("the first bytes are not those of gzip".to_owned()));
    }
    let limits = budget.limits;
    let room = limits.bytes.saturating_sub(budget.bytes);
    let by_ratio = limits.ratio.saturating_mul(bytes.len() as u64).max(RATIO_FREE);
    let state = Rc::new(RefCell::new(State { left: room.min(by_ratio), fault: None }));
    let counted = Counted { inner: MultiGzDecoder::new(bytes), state: Rc::clone(&state) };
    let mut archive = tar::Archive::new(counted);
    let result = entries(&mut archive, budget);
    let state = state.borrow();
    budget.bytes += room.min(by_ratio) - state.left;
    match &state.fault {
        Some(Fault::TooLarge) if by_ratio < room => {
            Err(ArchiveError::TooLarge { what: "unpacked bytes for its packed size", limit: by_ratio })
        }
        Some(Fault::TooLarge) => Err(ArchiveError::TooLarge { what: "unpacked bytes", limit: limits.bytes }),
        Some(Fault::Gzip(reason)) => Err(ArchiveError::Gzip(reason.clone())),
        None => result,
    }
}

fn entries<R: Read>(
    archive: &mut tar::Archive<R>,
    budget: &mut Budget,
) -> Result<BTreeMap<String, Vec<u8>>, ArchiveError> {
    let broken = |error: io::Error| ArchiveError::Tar(error.to_string());
    let mut files = BTreeMap::new();
    for entry in archive.entries().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        budget.entries += 1;
        if budget.entries > budget.limits.entries {
            return Err(ArchiveError::TooLarge { what: "entries", limit: budget.limits.entries });
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).replace('\\', "/");
        if name.starts_with('/') || name.split('/').any(|part| part == "..") {
            return Err(ArchiveError::Outside(name));
        }
        let inside = name.trim_start_matches("./").split_once('/').map(|(_, inside)| inside.to_owned());
        let Some(inside) = inside.filter(|inside| matters(inside)) else { continue };
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let limit = budget.limits.file;
        let mut content = Vec::new();
        entry.take(limit + 1).read_to_end(&mut content).map_err(broken)?;
        if content.len() as u64 > limit {
            return Err(ArchiveError::TooLarge { what: "bytes of one file", limit });
        }
        files.insert(inside, content);
    }
    Ok(files)
}

/// Whether a file affects the accepted values.
fn matters(path: &str) -> bool {
    matches!(path, "Chart.yaml" | "values.yaml" | "values.schema.json" | "requirements.yaml")
        || path.starts_with("templates/")
        || path.starts_with("files/")
        || path.starts_with("charts/")
}

struct State {
    left: u64,
    fault: Option<Fault>,
}

enum Fault {
    TooLarge,
    Gzip(String),
}

/// Counts the unpacked bytes, and keeps limit errors: the tar reader would wrap them in its own errors.
struct Counted<R> {
    inner: R,
    state: Rc<RefCell<State>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer);
        let mut state = self.state.borrow_mut();
        match read {
            Ok(count) if count as u64 > state.left => {
                state.left = 0;
                state.fault = Some(Fault::TooLarge);
                Err(io::Error::other("the archive is too large"))
            }
            Ok(count) => {
                state.left -= count as u64;
                Ok(count)
            }
            Err(error) => {
                state.fault = Some(Fault::Gzip(error.to_string()));
                Err(error)
            }
        }
    }
}
