//! Signs that a configuration belongs to a Windows agent. Produces no findings.

use super::server::{NodeConfig, NodeRole};
use crate::rke2::file::RkeFile;
use crate::source::Span;

impl NodeConfig<'_> {
    /// The sign that the node is a Windows agent, if any: a path with a drive letter, or the name of the file or
    /// folder.
    pub fn windows_sign(&self) -> Option<Span> {
        // RKE2 does not support servers on Windows.
        if self.role == NodeRole::Server {
            return None;
        }
        let path = self.merged.settings.iter().find_map(|setting| {
            let mut arguments = setting.arguments();
            arguments
                .find_map(|(node, text)| text.is_some_and(|text| is_drive_path(&text)).then(|| node.span()))
        });
        path.or_else(|| self.files().next().filter(|file| is_named_windows(file)).and_then(|_| self.place()))
    }
}

/// `C:\data`, `c:/data`, also after `name=`.
fn is_drive_path(text: &str) -> bool {
    text.split('=').any(
        |part| matches!(part.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic()),
    )
}

/// Whether `windows` is a word in the name of the file or its folder.
fn is_named_windows(file: &RkeFile) -> bool {
    let lower = file.full_path().to_ascii_lowercase();
    let mut words = lower.rsplit('/').take(2).flat_map(|part| part.split(|c: char| !c.is_ascii_alphabetic()));
    words.any(|word| word == "windows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drive_paths_are_told_from_addresses() {
        for text in ["C:\\var\\lib", "c:/data", "root-dir=D:\\kubelet"] {
            assert!(is_drive_path(text), "{text}");
        }
        for text in ["https://a:9345", "/var/lib", "a:b", "key=value:NoSchedule"] {
            assert!(!is_drive_path(text), "{text}");
        }
    }
}
