//! Texts that are put into files whose other lines are elsewhere.

use super::Found;
use crate::unit::{MAX_UNITS, View};

impl Found {
    /// Records that a plain file is copied to the folder of drop-ins, with its possible paths.
    pub fn drop_in(&mut self, files: Vec<String>) {
        if self.all.links.drop_ins.len() < MAX_UNITS {
            self.all.links.drop_ins.extend(files);
        }
    }

    /// Like [`Found::file`], for a text that is only a part of the file, so that missing keys are not reported.
    pub fn part_of_file(&mut self, written_by: impl Into<String>, path: &str, view: View) {
        self.placed(written_by.into(), path, view, true);
    }

    /// Adds a text that is put into a file. Lines at its start may continue those that are there already.
    pub fn added_to_file(&mut self, written_by: impl Into<String>, path: &str, view: &View) {
        let written_by = written_by.into();
        // The rest of an object is not an object.
        let is_open = |start: &usize| *start == 0 || !path.contains("server/manifests/");
        match own_lines(view.text()).filter(is_open) {
            Some(start) => self.part_of_file(written_by, path, view.slice(start..view.text().len())),
            None => self.unread(format!("{written_by} {path}"), "it continues a text that is elsewhere"),
        }
    }
}

/// The offset of the first line that begins something of its own, rather than continuing a list or map; 0 if nothing is
/// continued.
fn own_lines(text: &str) -> Option<usize> {
    let mut at = 0;
    let mut continues = false;
    for line in text.split_inclusive('\n') {
        let is_own = line.starts_with("---") || !line.starts_with([' ', '\t', '-', '#', '\r', '\n']);
        if is_own {
            return Some(if continues { at } else { 0 });
        }
        continues |= !line.trim().is_empty() && !line.starts_with('#');
        at += line.len();
    }
    (!continues).then_some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continued_lines_are_left_out() {
        for (text, expected) in [
            ("cni: cilium\n", Some(0)),
            ("# comment\n\ncni: cilium\n  - x\n", Some(0)),
            ("  - x\ncni: cilium\n", Some(6)),
            ("- x\n", None),
            ("  # comment\n  mirrors: {}\n", None),
            ("---\na: b\n", Some(0)),
            ("# comment\n", Some(0)),
            ("", Some(0)),
        ] {
            assert_eq!(own_lines(text), expected, "{text}");
        }
    }
}
