//! Source files, byte spans and positions. Must not know YAML.

use std::fmt;
use std::sync::{Arc, OnceLock};

use memchr::memrchr;
use serde::Serialize;

/// Maximum size in bytes of a file that is read. Offsets are `u32`, and RKE2's own limits are much lower.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Identifies a file in a [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct FileId(u32);

/// A byte range of one file; `start <= end`, both on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Span {
    /// The file that contains the range.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A range in `file`; an inverted range becomes an empty range at its start.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        Self { file, start: start as u32, end: end.max(start) as u32 }
    }

    /// The start of a file, which is the place of findings about the file as a whole.
    pub fn file_start(file: FileId) -> Self {
        Self { file, start: 0, end: 0 }
    }

    /// The range as `usize`, for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `other` is completely inside this range.
    pub fn contains(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// A position in a file as shown to users: line and column from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1. A byte order mark is not counted.
    pub column: usize,
    /// Byte offset from the start of the file, from 0.
    pub byte: usize,
}

/// One file: its name as shown to the user, and its text.
pub struct SourceFile {
    path: Arc<str>,
    text: Arc<str>,
    recoded: bool,
    // Boxed, because no position is needed in most files of a tree.
    index: OnceLock<Box<Index>>,
}

/// Positions of lines and characters.
struct Index {
    /// The byte offset of each line.
    lines: Vec<u32>,
    columns: OnceLock<Columns>,
}

/// Allows counting the characters of a line without reading all of it, since one line may be the whole file.
enum Columns {
    /// Every character is one byte.
    Bytes,
    /// The number of characters before each block of [`STRIDE`] bytes.
    Strides(Vec<u32>),
}

/// Number of bytes in a block.
const STRIDE: usize = 1024;

/// Number of bytes at the start of a text in which counting lines is faster than an index of all lines. One position is
/// all that most files with a finding need.
const NEAR: usize = 4096;

impl SourceFile {
    /// A file of this name and text. `path` is relative to the working directory, with `/`.
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), text: text.into(), recoded: false, index: OnceLock::new() }
    }

    /// A file whose bytes are not its text in UTF-8, so that places in the text are not places in the file.
    pub fn recoded(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { recoded: true, ..Self::new(path, text) }
    }

    /// Whether the bytes of the file are not its text in UTF-8.
    pub fn is_recoded(&self) -> bool {
        self.recoded
    }

    /// The name as shown to the user, with `/` between its parts.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The name as a shared handle.
    pub fn shared_path(&self) -> Arc<str> {
        Arc::clone(&self.path)
    }

    /// The whole text, byte order mark included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as a shared handle.
    pub fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// The file's name without its folders.
    pub fn file_name(&self) -> &str {
        file_name(&self.path)
    }

    /// The position of a byte offset. Offsets past the end are treated as the end.
    pub fn position(&self, byte: usize) -> Position {
        let byte = floor_char_boundary(&self.text, byte.min(self.text.len()));
        let (line, mut start) = self.line_of(byte);
        if start == 0 && self.text.starts_with('\u{feff}') {
            start = '\u{feff}'.len_utf8().min(byte);
        }
        Position { line, column: self.count_chars(start, byte) + 1, byte }
    }

    /// The number of the line that contains a byte, from 1, and the byte at which the line starts.
    fn line_of(&self, byte: usize) -> (usize, usize) {
        if self.index.get().is_none() && byte <= NEAR {
            let before = &self.text.as_bytes()[..byte];
            let line = memchr::memchr_iter(b'\n', before).count() + 1;
            return (line, memchr::memrchr(b'\n', before).map_or(0, |at| at + 1));
        }
        let lines = self.line_starts();
        let line = lines.partition_point(|&start| start as usize <= byte);
        (line, lines[line - 1] as usize)
    }

    /// The number of characters between two character boundaries.
    fn count_chars(&self, start: usize, end: usize) -> usize {
        if end - start <= STRIDE {
            return self.text[start..end].chars().count();
        }
        match self.index().columns.get_or_init(|| Columns::of(&self.text)) {
            Columns::Bytes => end - start,
            Columns::Strides(before) => {
                let up_to = |byte: usize| {
                    let stride = byte / STRIDE;
                    before[stride] as usize + starts_of_chars(&self.text.as_bytes()[stride * STRIDE..byte])
                };
                up_to(end) - up_to(start)
            }
        }
    }

    /// The byte range of a line (from 1), without its line break; `None` past the end.
    pub fn line_range(&self, line: usize) -> Option<std::ops::Range<usize>> {
        let lines = self.line_starts();
        let start = *lines.get(line.checked_sub(1)?)? as usize;
        let end = lines.get(line).map_or(self.text.len(), |&next| next as usize);
        let text = &self.text[start..end];
        Some(start..start + text.trim_end_matches(['\n', '\r']).len())
    }

    /// The number of lines; an empty file has one.
    pub fn line_count(&self) -> usize {
        self.line_starts().len()
    }

    fn line_starts(&self) -> &[u32] {
        &self.index().lines
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut lines = vec![0];
            lines.extend(memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|at| at as u32 + 1));
            Box::new(Index { lines, columns: OnceLock::new() })
        })
    }
}

impl Columns {
    fn of(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Bytes;
        }
        let mut before = vec![0];
        for stride in text.as_bytes().chunks(STRIDE) {
            let last = before.last().copied().unwrap_or_default();
            before.push(last + starts_of_chars(stride) as u32);
        }
        Self::Strides(before)
    }
}

/// The number of characters that start in a piece of UTF-8.
fn starts_of_chars(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| !matches!(byte, 0x80..=0xbf)).count()
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceFile")
            .field("path", &self.path)
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// All files of one run, by [`FileId`].
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Arc<SourceFile>>,
}

impl Sources {
    /// Makes room for more files at once.
    pub fn reserve(&mut self, files: usize) {
        self.files.reserve_exact(files);
    }

    /// Adds a file and returns its identifier.
    pub fn add(&mut self, file: Arc<SourceFile>) -> FileId {
        self.files.push(file);
        FileId(self.files.len() as u32 - 1)
    }

    /// Replaces the file with this identifier.
    pub fn set(&mut self, id: FileId, file: Arc<SourceFile>) {
        self.files[id.0 as usize] = file;
    }

    /// The identifier that the file added at this index will get, so that files can be parsed before they are added.
    pub fn id_at(index: usize) -> FileId {
        FileId(index as u32)
    }

    /// The file with this identifier.
    pub fn get(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// The file with this identifier, as a shared handle.
    pub fn shared(&self, id: FileId) -> Arc<SourceFile> {
        Arc::clone(&self.files[id.0 as usize])
    }

    /// All files with their identifiers, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId(index as u32), file.as_ref()))
    }

    /// The number of files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are no files.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file).text().get(span.range()).unwrap_or_default()
    }
}

/// The folder of a path, without a trailing slash; empty for the working directory.
pub fn folder(path: &str) -> &str {
    // This and the next are asked for each file many times, and `rsplit` takes ten times as long.
    memrchr(b'/', path.as_bytes()).map_or("", |slash| &path[..slash])
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    memrchr(b'/', path.as_bytes()).map_or(path, |slash| &path[slash + 1..])
}

/// The last character boundary at or before `byte`.
fn floor_char_boundary(text: &str, mut byte: usize) -> usize {
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(file: &SourceFile, byte: usize) -> (usize, usize) {
        let position = file.position(byte);
        (position.line, position.column)
    }

    #[test]
    fn columns_count_characters_not_bytes() {
        let file = SourceFile::new("a.yaml", "ä: ö\nb: c\r\nd");
        assert_eq!(at(&file, 0), (1, 1));
        assert_eq!(at(&file, 4), (1, 4));
        assert_eq!(at(&file, 7), (2, 1));
        assert_eq!(at(&file, 13), (3, 1));
        assert_eq!(file.line_range(2), Some(7..11));
    }

    #[test]
    fn columns_of_long_lines_are_those_of_short_ones() {
        for (letter, bytes) in [("x", 1), ("ä", 2), ("漢", 3), ("😀", 4)] {
            let file = SourceFile::new(
                "a.json",
                format!("\u{feff}{}\n{}", letter.repeat(3000), letter.repeat(3000)),
            );
            for count in [0, 1, 1023, 1024, 1025, 2048, 2999, 3000] {
                assert_eq!(at(&file, 3 + count * bytes), (1, count + 1), "{letter}");
                assert_eq!(at(&file, 3 + 3000 * bytes + 1 + count * bytes), (2, count + 1), "{letter}");
            }
        }
    }

    #[test]
    fn positions_are_the_same_with_and_without_an_index() {
        let text = format!("\u{feff}{}", "käse: 1\r\n\nb: 2\n".repeat(400));
        let indexed = SourceFile::new("a.yaml", text.as_str());
        assert!(indexed.line_count() > 1000 && text.len() > NEAR + 100);
        for byte in (0..100).chain(NEAR - 100..NEAR + 100) {
            let fresh = SourceFile::new("a.yaml", text.as_str());
            assert_eq!(fresh.position(byte), indexed.position(byte), "{byte}");
        }
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let file = SourceFile::new("a.yaml", "\u{feff}a: b");
        assert_eq!(at(&file, 3), (1, 1));
        assert_eq!(at(&file, 6), (1, 4));
    }

    #[test]
    fn offsets_inside_a_character_or_past_the_end_are_moved_back() {
        let file = SourceFile::new("a.yaml", "ä");
        assert_eq!(at(&file, 1), (1, 1));
        assert_eq!(at(&file, 99), (1, 2));
    }
}
