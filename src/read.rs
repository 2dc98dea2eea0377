//! Reads files that strangers may have put where they are. This module must not look into them.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// Largest file that a person has written for this program: settings, rules, a baseline.
pub const MAX_OWN_BYTES: u64 = 16 * 1024 * 1024;

/// The bytes of a regular file.
///
/// # Errors
/// See [`regular_into`].
pub fn regular(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    regular_into(path, limit, &mut bytes)?;
    Ok(bytes)
}

/// The text of a regular file.
///
/// # Errors
/// It is not UTF-8, or see [`regular_into`].
pub fn text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(regular(path, limit)?)
        .map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

/// Reads a regular file to the end of a buffer.
///
/// # Errors
/// It is a pipe, a socket or a device, which might never end and may not even be opened without effect; it is larger
/// than `limit`; it cannot be read.
pub fn regular_into(path: &Path, limit: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    // Before it is opened: that alone starts some devices.
    is_regular(&std::fs::metadata(path)?)?;
    let file = open(path)?;
    // And after: somebody may have put another file in its place.
    is_regular(&file.metadata()?)?;
    // One byte more than allowed, so that a file that grows meanwhile is noticed too.
    let read = file.take(limit.saturating_add(1)).read_to_end(buffer)?;
    if read as u64 > limit { Err(too_large(limit)) } else { Ok(()) }
}

/// What is said of an input that is larger than what is read.
pub fn too_large(limit: u64) -> io::Error {
    let message = format!("larger than {} MiB: not linted", limit / (1024 * 1024));
    io::Error::new(ErrorKind::FileTooLarge, message)
}

fn is_regular(metadata: &std::fs::Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let what = if metadata.is_dir() { "a folder" } else { "no regular file" };
    Err(io::Error::new(ErrorKind::InvalidInput, format!("it is {what}: not read")))
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    // A pipe would else be waited for, and so would the files of the kernel that wait for news.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    options.open(path)
}
