//! Reads untrusted files. Must not interpret them.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// Maximum size in bytes of a file written by users of this program: settings, rules, a baseline.
pub const MAX_OWN_BYTES: u64 = 16 * 1024 * 1024;

/// Size in bytes from which on a file is asked for its size before the rest of it is read.
const SMALL: u64 = 64 * 1024;

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
/// The file is not UTF-8, or see [`regular_into`].
pub fn text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(regular(path, limit)?).map_err(|_| io::Error::new(ErrorKind::InvalidData, "not UTF-8"))
}

/// Reads a regular file and appends it to a buffer.
///
/// # Errors
/// The file is a pipe, a socket or a device, which may be endless and may have side effects when opened; it is larger
/// than `limit`; or it cannot be read.
pub fn regular_into(path: &Path, limit: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    // Checked before the file is opened, because opening alone starts some devices.
    is_regular(&std::fs::metadata(path)?)?;
    walked_into(path, limit, buffer)
}

/// Reads a file that a walk has just found to be regular, and replaces the contents of the buffer with it.
///
/// # Errors
/// See [`regular_into`].
pub fn walked_into(path: &Path, limit: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    let mut file = open(path)?;
    buffer.clear();
    // Most files end here. Reading to the end takes less time than asking for the size.
    let mut filled = file.by_ref().take(SMALL).read_to_end(buffer)? as u64;
    if filled == SMALL {
        let metadata = file.metadata()?;
        // Another file may have replaced it in the meantime.
        is_regular(&metadata)?;
        if metadata.len() > limit {
            return Err(too_large(limit));
        }
        buffer.reserve(metadata.len().saturating_sub(filled) as usize);
        filled += file.take(limit.saturating_sub(SMALL) + 1).read_to_end(buffer)? as u64;
    }
    if filled > limit { Err(too_large(limit)) } else { Ok(()) }
}

/// The error for an input that exceeds the size limit.
pub fn too_large(limit: u64) -> io::Error {
    let message = format!("larger than {} MiB", limit / (1024 * 1024));
    io::Error::new(ErrorKind::FileTooLarge, message)
}

fn is_regular(metadata: &std::fs::Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let what = if metadata.is_dir() { "a folder" } else { "a special file" };
    Err(io::Error::new(ErrorKind::InvalidInput, format!("expected a regular file, found {what}")))
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    // So that opening a FIFO or a file under /proc cannot block.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    options.open(path)
}
