//! Formats changes as a unified diff for `git apply` and `patch -p1`. Must not print.

use std::fmt::Write as _;

use similar::TextDiff;

use super::Change;

/// Unchanged lines around a change.
const CONTEXT: usize = 3;

/// All changes, with git's headers.
pub fn unified(changes: &[Change]) -> String {
    let mut out = String::new();
    for Change { path, before, after } in changes {
        let path = path.trim_start_matches('/');
        let (old, new) = (quoted(&format!("a/{path}")), quoted(&format!("b/{path}")));
        // For git, only a line feed ends a line.
        let (was, is) = (lines(before), lines(after));
        let diff = TextDiff::from_slices(&was, &is);
        // Without git's header, `git apply` does not unquote names.
        let _ = writeln!(out, "diff --git {old} {new}\n--- {old}\n+++ {new}");
        for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
            let _ = writeln!(out, "{}", hunk.header());
            for change in hunk.iter_changes() {
                let line = change.value();
                let end = if line.ends_with('\n') { "" } else { "\n\\ No newline at end of file\n" };
                let _ = write!(out, "{}{line}{end}", change.tag());
            }
        }
    }
    out
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A name as git writes it: quoted and escaped if necessary.
fn quoted(name: &str) -> String {
    if name.bytes().all(|byte| (b' '..0x7f).contains(&byte) && !matches!(byte, b'"' | b'\\')) {
        return name.to_owned();
    }
    let mut out = String::from("\"");
    for byte in name.bytes() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..0x7f => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\{byte:03o}");
            }
        }
    }
    out.push('"');
    out
}
