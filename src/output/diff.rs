//! A unified diff for a terminal. Without colours it is written verbatim, so that `patch` can read it.

use std::io::{self, Write};

use owo_colors::{OwoColorize, Style};

use super::{RenderOptions, visible};

/// Writes a unified diff, coloured if the options say so.
///
/// # Errors
/// Whatever `out` returns.
pub fn write_diff(diff: &str, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    if !options.color {
        return out.write_all(diff.as_bytes());
    }
    for line in diff.lines() {
        writeln!(out, "{}", visible::line(line).style(style(line)))?;
    }
    Ok(())
}

/// The style of a line, with git's colours.
fn style(line: &str) -> Style {
    match line.chars().next() {
        _ if ["diff ", "--- ", "+++ "].iter().any(|start| line.starts_with(start)) => Style::new().bold(),
        Some('@') => Style::new().cyan(),
        Some('-') => Style::new().red(),
        Some('+') => Style::new().green(),
        _ => Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(diff: &str, color: bool) -> String {
        let mut out = Vec::new();
        write_diff(diff, &RenderOptions { color, ..RenderOptions::default() }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_a_terminal_gets_colours() {
        let diff = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a: \u{1b}[31m\n+a: 1\n";
        assert_eq!(written(diff, false), diff);
        let colored = written(diff, true);
        assert!(colored.contains("\u{1b}[32m+a: 1"), "{colored:?}");
        assert!(!colored.contains("a: \u{1b}[31m"), "{colored:?}");
    }
}
