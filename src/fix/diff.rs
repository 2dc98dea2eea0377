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
        let diff = TextDiff::configure().newline_terminated(true).diff_slices(&was, &is);
        // Without git's header, `git apply` does not unquote names.
        let _ = writeln!(out, "diff --git {old} {new}");
        let _ = write!(out, "{}", diff.unified_diff().context_radius(CONTEXT).header(&old, &new));
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
