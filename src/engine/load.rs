//! Reads files, and decides which of them matter. Produces no findings.

use std::path::Path;
use std::str::Utf8Error;
use std::sync::Arc;

use super::asked::reason;
use super::reader::Reader;
use crate::cluster::Shared;
use crate::cluster::place::manifest_root;
use crate::finding::Problem;
use crate::rke2::addon::is_skip_mark;
use crate::rke2::classify::{Content, may_be_rke2, sniff};
use crate::rke2::evidence::Leaning;
use crate::rke2::file::RkeFile;
use crate::rke2::first_look::{Facts, may_deliver, may_list, speaks_to_others};
use crate::source::{FileId, MAX_FILE_BYTES, SourceFile};

/// The content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A symbolic link without a target.
    DanglingLink,
}

/// The result of a first look at a file.
pub enum First {
    /// Not RKE2 configuration: never parsed, and used only for what it states about other files.
    Foreign(Content, Option<Facts>),
    /// Not parsed yet: what matters for grouping is known without that.
    Sniffed(Content, Option<Facts>),
    /// Parsed, because its kind could not be determined otherwise.
    Parsed(RkeFile),
}

/// Reads a file, and replaces the contents of the buffer with it.
///
/// # Errors
/// The file cannot be read, or is larger than [`MAX_FILE_BYTES`].
pub fn read(reader: &dyn Reader, shown: &str, path: &Path, buffer: &mut Vec<u8>) -> Result<(), Problem> {
    let failed = |error: std::io::Error| Problem { path: shown.to_owned(), message: reason(&error) };
    reader.read(shown, path, MAX_FILE_BYTES, buffer).map_err(failed)
}

/// The bytes of a file, and their text if they are UTF-8.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'b> {
    /// The bytes.
    pub bytes: &'b [u8],
    /// The text.
    pub text: Result<&'b str, Utf8Error>,
}

impl<'b> Raw<'b> {
    /// Validates bytes as UTF-8.
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, text: std::str::from_utf8(bytes) }
    }
}

/// Takes a first look at a file in a folder. `named` holds folders that settings declare to be manifests directories;
/// `declared`: whether settings declare the file to be a configuration.
pub fn look(
    id: FileId,
    path: &Arc<str>,
    place: &Arc<str>,
    raw: Raw<'_>,
    named: &[String],
    declared: bool,
) -> First {
    if is_skip_mark(path) {
        return First::Sniffed(Content::SkipMark, None);
    }
    let placed =
        declared || manifest_root(place, named).is_some() || is_of_node(place) || place.ends_with(".d");
    if let Ok(text) = raw.text {
        let speaks = speaks_to_others(text);
        if !placed && !speaks && !may_be_rke2(path, text) {
            return First::Foreign(Content::Other, None);
        }
        if let Some(content) = sniff(path, text).filter(|_| !declared) {
            let helm = content == Content::Manifest { helm: true };
            let facts = if speaks && (may_deliver(text) || may_list(text)) {
                Facts::of(&parse(id, path, place, raw))
            } else {
                Facts::of_text(text)
            };
            return if placed || helm {
                First::Sniffed(content, facts)
            } else {
                First::Foreign(content, facts)
            };
        }
    }
    let file = parse(id, path, place, raw);
    let foreign = matches!(file.content, Content::Other | Content::Empty | Content::Templated)
        || matches!(file.content, Content::Config(evidence) if evidence.leaning() == Leaning::Other)
        || matches!(file.content, Content::Manifest { helm: false } | Content::Broken { helm: false });
    if foreign && !placed && !Shared::concerns(&file) {
        First::Foreign(file.content, Facts::of(&file))
    } else {
        First::Parsed(file)
    }
}

/// Whether a folder is one of RKE2's on a node, or below one.
fn is_of_node(place: &str) -> bool {
    place.contains("rancher/rke2/") || place.ends_with("rancher/rke2")
}

/// Parses a file.
pub fn parse(id: FileId, path: &Arc<str>, place: &Arc<str>, raw: Raw<'_>) -> RkeFile {
    let path = Arc::clone(path);
    if is_skip_mark(&path) {
        return RkeFile::without_text(id, path, Content::SkipMark).placed(place);
    }
    let file = match raw.text {
        Ok(text) => RkeFile::read(id, Arc::new(SourceFile::new(path, text))),
        Err(error) => utf16_config(id, &path, raw.bytes)
            .unwrap_or_else(|| RkeFile::not_text(id, path, raw.bytes, error.valid_up_to())),
    };
    file.placed(place)
}

/// A configuration in UTF-16 with a byte order mark, as PowerShell writes it. RKE2's YAML library reads it; Kubernetes
/// reads manifests in another way.
fn utf16_config(id: FileId, path: &Arc<str>, bytes: &[u8]) -> Option<RkeFile> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, rest) = bytes[2..].as_chunks();
    let units = pairs.iter().copied().map(unit);
    let text: String =
        char::decode_utf16(units).collect::<Result<_, _>>().ok().filter(|_| rest.is_empty())?;
    let file = RkeFile::read(id, Arc::new(SourceFile::recoded(Arc::clone(path), text)));
    matches!(file.content, Content::Config(_) | Content::Registries).then_some(file)
}
