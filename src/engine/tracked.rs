//! The files that git tracks, from the index of a repository: git does not ignore them, whatever `.gitignore` says. Must
//! not walk.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::read;

/// A larger index is not read.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Number of bytes of an entry before its flags, and before its name.
const FLAGS: usize = 60;
const NAME: usize = 62;

/// The tracked files of a repository. The index is read when it is first needed.
#[derive(Debug)]
pub struct Tracked {
    repository: PathBuf,
    names: OnceLock<Names>,
}

impl Tracked {
    /// The tracked files of the repository with this root.
    pub fn of(repository: &Path) -> Self {
        Self { repository: repository.to_owned(), names: OnceLock::new() }
    }

    /// Whether a file is tracked, or a folder contains a tracked file.
    pub fn holds(&self, path: &Path, is_folder: bool) -> bool {
        let Some(name) = path.strip_prefix(&self.repository).ok().and_then(Path::to_str) else {
            return false;
        };
        let name = if cfg!(windows) { name.replace('\\', "/") } else { name.to_owned() };
        let names = self.names.get_or_init(|| names_of(&self.repository).unwrap_or_default());
        if is_folder { names.has_start(&format!("{name}/")) } else { names.has(&name) }
    }
}

fn names_of(repository: &Path) -> Option<Names> {
    let git = repository.join(".git");
    let git = if git.is_file() {
        // A work tree or a submodule.
        let text = read::text(&git, MAX_BYTES).ok()?;
        repository.join(text.strip_prefix("gitdir:")?.trim())
    } else {
        git
    };
    names(&read::regular(&git.join("index"), MAX_BYTES).ok()?)
}

/// Paths in one text, in the order of their bytes.
#[derive(Debug, Default)]
struct Names {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Names {
    fn get(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..self.ends[index]]
    }

    fn push(&mut self, name: &[u8]) {
        self.text.extend_from_slice(name);
        self.ends.push(self.text.len());
    }

    /// The first path that is not less than `name`.
    fn at_or_after(&self, name: &str) -> Option<&[u8]> {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.get(middle) < name.as_bytes() {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low < self.ends.len()).then(|| self.get(low))
    }

    fn has(&self, name: &str) -> bool {
        self.at_or_after(name) == Some(name.as_bytes())
    }

    fn has_start(&self, start: &str) -> bool {
        self.at_or_after(start).is_some_and(|name| name.starts_with(start.as_bytes()))
    }
}

/// The paths in an index of version 2, 3 or 4; `None` if the bytes are something else. Of a split index, only the part
/// in this file is read, and the paths of a repository with SHA-256 are wrong, since its entries are longer: files that
/// `.gitignore` excludes are then ignored although they are tracked.
fn names(index: &[u8]) -> Option<Names> {
    let number = |at: usize| Some(u32::from_be_bytes(index.get(at..at + 4)?.try_into().ok()?));
    let version = number(4).filter(|version| index.starts_with(b"DIRC") && (2..=4).contains(version))?;
    let mut names = Names::default();
    let mut last: Vec<u8> = Vec::new();
    let mut at = 12;
    for _ in 0..number(8)? {
        let is_extended = version >= 3 && index.get(at + FLAGS)? & 0x40 != 0;
        let mut start = at + NAME + if is_extended { 2 } else { 0 };
        if version == 4 {
            // A path is written as what differs from the end of the one before.
            let (dropped, next) = offset(index, start)?;
            last.truncate(last.len().checked_sub(dropped)?);
            start = next;
        } else {
            last.clear();
        }
        let end = start + index.get(start..)?.iter().position(|byte| *byte == 0)?;
        last.extend_from_slice(&index[start..end]);
        names.push(&last);
        // Entries of older versions are padded with one to eight zeros.
        at = if version == 4 { end + 1 } else { at + (end - at + 8) / 8 * 8 };
    }
    Some(names)
}

/// A number in git's encoding of variable length, and where it ends.
fn offset(index: &[u8], start: usize) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for (count, byte) in index.get(start..)?.iter().enumerate() {
        value = value.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some((value, start + count + 1));
        }
        value = value.checked_add(1)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, version: u32, dropped: u8) -> Vec<u8> {
        let mut entry = vec![0; NAME];
        if version == 4 {
            entry.push(dropped);
        }
        entry.extend_from_slice(name.as_bytes());
        entry.push(0);
        while version < 4 && !entry.len().is_multiple_of(8) {
            entry.push(0);
        }
        entry
    }

    fn index(version: u32, entries: &[Vec<u8>]) -> Vec<u8> {
        let mut index = b"DIRC".to_vec();
        index.extend_from_slice(&version.to_be_bytes());
        index.extend_from_slice(&u32::try_from(entries.len()).unwrap().to_be_bytes());
        index.extend(entries.iter().flatten());
        index
    }

    #[test]
    fn paths_are_found_in_all_versions() {
        let plain = ["a/b.yaml", "inventory/x/all.yml", "z"].map(|name| entry(name, 2, 0));
        let packed = [entry("a/b.yaml", 4, 0), entry("inventory/x/all.yml", 4, 8), entry("z", 4, 19)];
        for index in [index(2, &plain), index(4, &packed)] {
            let names = names(&index).unwrap();
            assert!(names.has("a/b.yaml") && names.has("z") && !names.has("inventory"));
            assert!(names.has_start("inventory/") && names.has_start("inventory/x/"));
            assert!(!names.has_start("inventory/y/") && !names.has_start("b/"));
        }
    }

    #[test]
    fn broken_indexes_have_no_paths() {
        let whole = index(2, &[entry("a", 2, 0)]);
        for end in 0..whole.len() {
            assert!(names(&whole[..end]).is_none() || end > 74, "{end}");
        }
        assert!(names(&index(5, &[])).is_none());
        assert!(names(&index(4, &[entry("a", 4, 3)])).is_none());
    }
}
