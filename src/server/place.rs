//! Converts positions and URIs between the protocol and byte offsets and paths. Must not read files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use lsp_types::{ClientCapabilities, Position, PositionEncodingKind, Range, Uri};

use crate::source::SourceFile;

/// The unit of columns in the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, which every editor supports.
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// The best encoding that a client offers. Bytes are preferred, because offsets are in bytes here.
    pub fn chosen(client: &ClientCapabilities) -> Self {
        let offered = client.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let offered = offered.unwrap_or_default();
        [Self::Utf8, Self::Utf32]
            .into_iter()
            .find(|encoding| offered.contains(&encoding.kind()))
            .unwrap_or(Self::Utf16)
    }

    /// Its name in the protocol.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn len(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16 => text.encode_utf16().count(),
            Self::Utf32 => text.chars().count(),
        }
    }

    /// The position of a byte offset in a file.
    pub fn position(self, file: &SourceFile, byte: usize) -> Position {
        let position = file.position(byte);
        let start = file.line_range(position.line).map_or(0, |line| line.start);
        let before = file.text().get(start..position.byte).unwrap_or_default();
        Position { line: position.line as u32 - 1, character: self.len(before) as u32 }
    }

    /// The positions of a byte range in a file.
    pub fn range(self, file: &SourceFile, range: std::ops::Range<usize>) -> Range {
        Range { start: self.position(file, range.start), end: self.position(file, range.end) }
    }

    /// The byte offset of a position, clamped to the end of the line or file.
    pub fn offset(self, file: &SourceFile, position: Position) -> usize {
        let Some(line) = file.line_range(position.line as usize + 1) else { return file.text().len() };
        let wanted = position.character as usize;
        let mut counted = 0;
        for (at, character) in file.text()[line.clone()].char_indices() {
            let mut buffer = [0; 4];
            let next = counted + self.len(character.encode_utf8(&mut buffer));
            if next > wanted {
                return line.start + at;
            }
            counted = next;
        }
        line.end
    }
}

/// The path of a URI; `None` if it is not a `file:` URI.
pub fn path_of(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let path = &rest[rest.find('/')?..];
    let mut bytes = Vec::with_capacity(path.len());
    let mut left = path.bytes();
    while let Some(byte) = left.next() {
        if byte == b'%' {
            let digits = [left.next()?, left.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    // `/C:/…` on Windows.
    let drive = text.as_bytes().get(2) == Some(&b':');
    Some(PathBuf::from(if drive { &text[1..] } else { &text }))
}

/// The URI of a path.
pub fn uri_of(path: &Path) -> Option<Uri> {
    let mut address = String::from("file://");
    let text = path.to_str()?.replace('\\', "/");
    if !text.starts_with('/') {
        address.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                address.push(byte as char);
            }
            _ => {
                let _ = write!(address, "%{byte:02X}");
            }
        }
    }
    Uri::from_str(&address).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_what_the_editor_counts() {
        let file = SourceFile::new("a.yaml", "a: ä😀b\nc");
        let at = "a: ä😀".len();
        let character = |encoding: Encoding| encoding.position(&file, at).character;
        assert_eq!((character(Encoding::Utf8), character(Encoding::Utf16)), (9, 6));
        assert_eq!(character(Encoding::Utf32), 5);
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            assert_eq!(encoding.offset(&file, encoding.position(&file, at)), at);
            // A position within a character maps to its start; one past the end maps to the end.
            assert_eq!(encoding.offset(&file, Position::new(0, 99)), "a: ä😀b".len());
            assert_eq!(encoding.offset(&file, Position::new(9, 0)), file.text().len());
        }
        assert_eq!(Encoding::Utf16.offset(&file, Position::new(0, 5)), "a: ä".len());
    }

    #[test]
    fn addresses_lead_back_to_their_paths() {
        for path in ["/etc/rancher/rke2/config.yaml", "/home/ä b/100%.yaml", "/a+b/#c?.yaml"] {
            let uri = uri_of(Path::new(path)).unwrap();
            assert_eq!(path_of(&uri).unwrap(), Path::new(path), "{}", uri.as_str());
        }
        let unescaped = Uri::from_str("file:///a/b+c.yaml").unwrap();
        assert_eq!(path_of(&unescaped).unwrap(), Path::new("/a/b+c.yaml"));
        assert_eq!(path_of(&Uri::from_str("untitled:Untitled-1").unwrap()), None);
    }
}
