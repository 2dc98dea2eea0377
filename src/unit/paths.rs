//! Where the files that a script writes end up: variables in their paths, and moves to RKE2's folders. This module must
//! not know what the files contain.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::source::file_name;

/// Maximum length in bytes of a line that is read as a command that moves a file.
const MAX_LINE: usize = 1024;
/// Commands that move or copy a file.
const MOVERS: &[&str] = &["cp", "install", "mv"];
/// Options that take a value.
const VALUED: &[&str] = &["-m", "-o", "-g", "--mode", "--owner", "--group"];

/// The variables and moves of paths in a script.
pub struct Paths<'t> {
    /// The values of variables; `None` where they differ or are computed.
    variables: BTreeMap<&'t str, Option<&'t str>>,
    /// The destination of each moved file; `None` where destinations differ.
    moves: BTreeMap<Cow<'t, str>, Option<String>>,
}

impl<'t> Paths<'t> {
    /// Reads a script, or any text that contains one.
    pub fn of(text: &'t str) -> Self {
        let mut paths = Self { variables: BTreeMap::new(), moves: BTreeMap::new() };
        for line in text.lines().filter(|line| line.len() <= MAX_LINE) {
            if let Some((name, value)) = assignment(line) {
                let known = paths.variables.entry(name).or_insert(value);
                *known = known.filter(|known| Some(*known) == value);
            }
        }
        let may_move = |line: &&str| line.contains("rancher/rke2") || line.contains('$');
        for line in text.lines().filter(|line| line.len() <= MAX_LINE).filter(may_move) {
            paths.add_moves(line);
        }
        paths
    }

    fn add_moves(&mut self, line: &'t str) {
        let mut words =
            line.split_whitespace().map(|word| word.trim_matches(['"', '\'', ',', '[', ']', ';']));
        if !words.any(|word| MOVERS.contains(&word)) {
            return;
        }
        let mut files = Vec::new();
        let mut skips = false;
        for word in words.take_while(|word| !matches!(*word, "&&" | "||" | "|" | "#" | "")) {
            if !std::mem::replace(&mut skips, VALUED.contains(&word)) && !word.starts_with('-') {
                files.push(word);
            }
        }
        let [from, to] = files[..] else { return };
        let (from, to) = (self.filled(from), self.filled(to));
        // A file that is there already is only saved under another name.
        let is_there = from.starts_with("/etc/rancher/rke2/");
        if !to.contains("rancher/rke2") || from.contains(['$', '*']) || is_there {
            return;
        }
        let is_folder = to.ends_with('/') || !file_name(&to).contains('.');
        let name = if is_folder { format!("/{}", file_name(&from)) } else { String::new() };
        let to = format!("{}{name}", to.trim_end_matches('/'));
        let known = self.moves.entry(from).or_insert_with(|| Some(to.clone()));
        if known.as_ref() != Some(&to) {
            *known = None;
        }
    }

    /// The path where a file ends up.
    pub fn end<'p>(&self, path: &'p str) -> Cow<'p, str> {
        let path = self.filled(path);
        match self.moves.get(&path) {
            Some(Some(to)) => Cow::Owned(to.clone()),
            _ => path,
        }
    }

    /// Whether the file with a path is moved to another place.
    pub fn is_moved(&self, path: &str) -> bool {
        self.moves.contains_key(&self.filled(path))
    }

    /// A path with known variables filled in.
    pub fn filled<'p>(&self, path: &'p str) -> Cow<'p, str> {
        let mut filled = String::new();
        let mut rest = path;
        while let Some(at) = rest.find('$') {
            let (name, after) = variable(&rest[at + 1..]);
            let len = rest.len() - after.len();
            if let Some(Some(value)) = self.variables.get(name) {
                filled.push_str(&rest[..at]);
                filled.push_str(value);
                rest = after.trim_start_matches(['"', '\'']);
            } else {
                filled.push_str(&rest[..len.max(at + 1)]);
                rest = &rest[len.max(at + 1)..];
            }
        }
        if filled.is_empty() { Cow::Borrowed(path) } else { Cow::Owned(filled + rest) }
    }
}

/// The name of a variable after its `$`, and the text after it.
fn variable(text: &str) -> (&str, &str) {
    match text.strip_prefix('{') {
        Some(rest) => rest.split_once('}').unwrap_or((rest, "")),
        None => text.split_at(text.find(|c: char| !is_name(c)).unwrap_or(text.len())),
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// A variable that a line sets, with its value if that is a path or a word without variables.
fn assignment(line: &str) -> Option<(&str, Option<&str>)> {
    let line = line.trim_start();
    let line =
        ["export ", "readonly ", "local "].iter().find_map(|word| line.strip_prefix(word)).unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    if name.is_empty() || !name.chars().all(is_name) {
        return None;
    }
    let value = value.split([' ', ';', '#']).next().unwrap_or_default().trim_matches(['"', '\'']);
    let is_word = |value: &&str| {
        !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
    };
    Some((
        name,
        Some(value)
            .filter(|value| is_word(value) || value.starts_with('/') && !value.contains(['$', '`', '{'])),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_followed_to_their_end() {
        let text = "export DIR=\"/etc/rancher/rke2\"\nOUT=/a\nOUT=/b\n  DISTRO=rke2\nsudo mv -f /tmp/c.yaml $DIR/config.yaml\n\
                    install -m 600 /tmp/r.yaml /etc/rancher/rke2/registries.yaml\n- [cp, /x/v.yaml, \
                    /var/lib/rancher/rke2/server/manifests]\ncp /tmp/two /etc/rancher/rke2/config.yaml\n\
                    cp /tmp/two /etc/rancher/rke2/other.yaml\ncp /a /b /etc/rancher/rke2/\nmv /etc/rancher/rke2/saved.yaml \
                    /etc/rancher/rke2/saved.yaml.bak\n";
        assert!(Paths::of(text).is_moved("/tmp/c.yaml") && !Paths::of(text).is_moved("/tmp/d.yaml"));
        let paths = Paths::of(text);
        for (path, end) in [
            ("${DIR}/config.yaml", "/etc/rancher/rke2/config.yaml"),
            ("$OUT", "$OUT"),
            ("/etc/rancher/${DISTRO}/config.yaml", "/etc/rancher/rke2/config.yaml"),
            ("/etc/rancher/$OTHER/$DISTRO.yaml", "/etc/rancher/$OTHER/rke2.yaml"),
            ("/a$", "/a$"),
            ("/tmp/c.yaml", "/etc/rancher/rke2/config.yaml"),
            ("/tmp/r.yaml", "/etc/rancher/rke2/registries.yaml"),
            ("/x/v.yaml", "/var/lib/rancher/rke2/server/manifests/v.yaml"),
            ("/tmp/two", "/tmp/two"),
            ("/a", "/a"),
            ("/etc/rancher/rke2/saved.yaml", "/etc/rancher/rke2/saved.yaml"),
        ] {
            assert_eq!(paths.end(path), end);
        }
    }
}
