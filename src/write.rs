//! Writes files atomically, and never through a link that leads out of a tree. Must not know what it writes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Replaces or creates a file. Readers see either the old or the new content, never a part of it. An existing file
/// keeps its permissions and owner.
///
/// # Errors
/// The file is read-only, its owner cannot be kept, or it cannot be written.
pub fn replace(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let before = match is_writable(target) {
        Ok(()) => Some(fs::metadata(target)?),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    let created = File::create_new(&temporary).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => io::Error::new(error.kind(), "its folder is read-only"),
        _ => error,
    });
    let written = created.and_then(|mut out| {
        out.write_all(bytes)?;
        if let Some(before) = &before {
            keep_owner(&out, before)?;
            out.set_permissions(before.permissions())?;
        }
        out.sync_all()?;
        fs::rename(&temporary, target)
    });
    if written.is_err() {
        // The first error is the relevant one.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Checks that an existing file can be written.
///
/// # Errors
/// The file is read-only or does not exist.
pub fn is_writable(file: &Path) -> io::Result<()> {
    let metadata = match OpenOptions::new().write(true).open(file) {
        Ok(file) => file.metadata()?,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Err(read_only()),
        Err(error) => return Err(error),
    };
    // The superuser can open write-protected files.
    if metadata.permissions().readonly() { Err(read_only()) } else { Ok(()) }
}

/// The file that a path refers to after following links.
///
/// # Errors
/// The path is a folder or a link without a target, or a link leads out of the tree that contains the path.
pub fn behind_links(file: &Path, tree: &Path) -> io::Result<PathBuf> {
    let refused = |what: &str| io::Error::new(ErrorKind::InvalidInput, what.to_owned());
    let link = file.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
    let real = if link {
        fs::canonicalize(file).map_err(|_| refused("dangling symlink"))?
    } else {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = file.file_name().ok_or_else(|| refused("not a file name"))?;
        fs::canonicalize(folder)?.join(name)
    };
    if real.is_dir() {
        return Err(refused("is a folder"));
    }
    let said = std::path::absolute(file)?;
    let tree_real = fs::canonicalize(tree)?;
    if said.starts_with(tree) && !real.starts_with(&tree_real) {
        return Err(refused("symlink out of the tree"));
    }
    Ok(real)
}

fn read_only() -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, "the file is read-only")
}

#[cfg(unix)]
fn keep_owner(file: &File, before: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let now = file.metadata()?;
    if (now.uid(), now.gid()) == (before.uid(), before.gid()) {
        return Ok(());
    }
    fchown(file, Some(before.uid()), Some(before.gid()))
        .map_err(|error| io::Error::new(error.kind(), "cannot keep the owner of the file"))
}

#[cfg(not(unix))]
fn keep_owner(_file: &File, _before: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_only_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.yaml");
        fs::write(&file, "old").unwrap();
        let mut permissions = fs::metadata(&file).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&file, permissions).unwrap();
        assert_eq!(replace(&file, b"new").unwrap_err().to_string(), "the file is read-only");
        assert_eq!(fs::read(&file).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_kept() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.yaml");
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        replace(&file, b"new").unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read(&file).unwrap(), b"new");
    }
}
