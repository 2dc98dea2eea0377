//! Several files in one input. The format is text, so that seeds and crashes can be read and written by hand.

/// The prefix of a line that starts a file; the rest of the line is its path.
pub const MARK: &[u8] = b"=== ";

/// Maximum number of files; more would take time without finding anything.
const MOST: usize = 24;

/// The files of an input. Text before the first mark is a file called `config.yaml`.
pub fn sections(data: &[u8]) -> Vec<(String, &[u8])> {
    let mut sections = Vec::new();
    let mut path = String::from("config.yaml");
    let mut start = 0;
    let mut at = 0;
    for line in data.split_inclusive(|&byte| byte == b'\n') {
        if let Some(name) = line.strip_prefix(MARK) {
            if at > 0 {
                sections.push((path, &data[start..at]));
            }
            let name = String::from_utf8_lossy(name);
            path = name.trim_end_matches(['\n', '\r']).into();
            start = at + line.len();
        }
        at += line.len();
    }
    sections.push((path, &data[start..]));
    sections.truncate(MOST);
    sections
}
