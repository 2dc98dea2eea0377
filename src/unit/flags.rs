//! Flags of `rke2 server` and `rke2 agent` in shell commands and systemd units, as keys of config.yaml. Must not know
//! where a command runs.

use std::ops::Range;

use super::echo::{Piece, Word, Writer, words};
use super::{Builder, View};
use crate::catalog::{self, KeyType};

/// A command with flags.
pub struct Command {
    /// Byte offset of `rke2` in the host.
    pub at: usize,
    /// Whether it starts an agent.
    pub is_agent: bool,
    /// Its flags as keys of config.yaml.
    pub view: View,
}

/// The commands that start RKE2 with flags, in order.
pub fn commands(host: &View) -> Vec<Command> {
    let text = host.text();
    let mut found: Vec<Command> = [("rke2 server", false), ("rke2 agent", true)]
        .into_iter()
        .flat_map(|(name, is_agent)| text.match_indices(name).map(move |(at, _)| (at, name.len(), is_agent)))
        .filter(|(at, len, _)| is_command(text, *at, *len))
        .filter_map(|(at, len, is_agent)| Some(Command { at, is_agent, view: config(host, at + len)? }))
        .collect();
    found.sort_by_key(|command| command.at);
    found
}

/// Whether a command is run at an offset: not in a comment, in a text that is printed, or as a part of another name.
fn is_command(text: &str, at: usize, len: usize) -> bool {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let before = &text[start..at];
    let first = before.split_whitespace().next().unwrap_or_default();
    let is_shown = first.starts_with(['#', ';'])
        || ["echo", "printf", "log", "info", "Description"].iter().any(|word| first.starts_with(word));
    let is_name = before.chars().next_back().is_none_or(|c| c.is_whitespace() || "/=\"'(&|".contains(c));
    is_name && !is_shown && text[at + len..].starts_with([' ', '\t'])
}

/// The end of the line that a command starts on, and of those that continue it.
fn end_of_command(text: &str, start: usize) -> usize {
    let mut end = start;
    for line in text[start..].split_inclusive('\n') {
        end += line.len();
        if !line.trim_end().ends_with('\\') {
            break;
        }
    }
    end
}

/// A flag with its key, and its values in order; a flag without a value has the word `true`.
struct Flag<'f> {
    key: &'static catalog::ConfigKey,
    name: Range<usize>,
    values: Vec<Option<&'f [Piece]>>,
}

/// The keys that the flags after an offset set; `None` without any.
fn config(host: &View, start: usize) -> Option<View> {
    let text = host.text();
    let end = end_of_command(text, start);
    // A quote that is not closed started before the command, which is an argument itself: `ssh HOST "rke2 server …"`.
    let (words, _) = words(&text[..end], start).or_else(|| {
        let quote = text[start..end].rfind(['"', '\''])?;
        words(&text[..start + quote], start)
    })?;
    let mut pairs: Vec<(Range<usize>, bool, Word)> = Vec::new();
    let mut words = words.into_iter().peekable();
    while let Some(mut word) = words.next() {
        let Some(first) = word.first_mut() else { continue };
        let source = &text[first.range.clone()];
        let Some(flag) = source.strip_prefix("--") else { continue };
        let name = flag.split('=').next().unwrap_or(flag);
        let place = first.range.start + 2..first.range.start + 2 + name.len();
        let key = catalog::config_key(name).filter(|_| name != "config");
        if flag.len() > name.len() {
            first.range.start = place.end + 1;
            pairs.push((place, true, word));
        } else if key.is_some_and(|key| key.kind == KeyType::Bool) {
            pairs.push((place, false, Word::new()));
        } else {
            let is_value =
                |next: &Word| !next.first().is_some_and(|piece| text[piece.range.clone()].starts_with('-'));
            if let Some(value) = words.next_if(is_value) {
                pairs.push((place, true, value));
            }
        }
    }
    // A reset of the cluster is run once, by hand.
    if pairs.iter().any(|(place, ..)| text[place.clone()].starts_with("cluster-reset")) {
        return None;
    }
    let mut flags: Vec<Flag<'_>> = Vec::new();
    for (place, has_value, value) in &pairs {
        let name = &text[place.clone()];
        let Some(key) = catalog::config_key(name).filter(|_| name != "config") else { continue };
        let value = has_value.then_some(&value[..]);
        match flags.iter_mut().find(|flag| flag.key.name == key.name) {
            Some(flag) => flag.values.push(value),
            None => flags.push(Flag { key, name: place.clone(), values: vec![value] }),
        }
    }
    let mut writer = Writer { text, out: Builder::new(host), escapes: false };
    for flag in &flags {
        writer.flag(flag);
    }
    (!flags.is_empty()).then(|| writer.out.finish())
}

impl Writer<'_> {
    fn flag(&mut self, flag: &Flag<'_>) {
        self.out.verbatim(flag.name.clone());
        self.out.made_up(":");
        if flag.key.kind == KeyType::List {
            for value in &flag.values {
                self.out.made_up("\n  - ");
                self.value(flag.key.kind, *value);
            }
        } else if let Some(value) = flag.values.last() {
            self.out.made_up(" ");
            self.value(flag.key.kind, *value);
        }
        self.out.made_up("\n");
    }

    fn value(&mut self, kind: KeyType, value: Option<&[Piece]>) {
        let Some(pieces) = value else { return self.out.made_up("true") };
        let Some((first, last)) = pieces.first().zip(pieces.last()) else { return self.out.made_up("\"\"") };
        let range = first.range.start..last.range.end;
        let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match (kind, pieces) {
            // `%` starts a specifier of systemd.
            _ if pieces.iter().any(|piece| self.text[piece.range.clone()].contains(['"', '\\', '%'])) => {
                self.out.masked(range);
            }
            (KeyType::Bool | KeyType::Int, [piece]) if is_plain(&self.text[piece.range.clone()]) => {
                self.out.verbatim(piece.range.clone());
            }
            _ => {
                self.out.made_up("\"");
                for piece in pieces {
                    self.piece(piece.quote, piece.range.clone());
                }
                self.out.made_up("\"");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<(bool, String)> {
        let view = View::whole(text);
        let plain = |view: &View| {
            view.text().chars().map(|c| if crate::yaml::is_mask(c) { '~' } else { c }).collect::<String>()
        };
        commands(&view).into_iter().map(|command| (command.is_agent, plain(&command.view))).collect()
    }

    #[test]
    fn flags_become_keys() {
        assert_eq!(
            seen(
                "rke2 server --cni calico --tls-san a.example --tls-san=\"$IP\" --debug -t x --selinux=false &\n"
            ),
            [(
                false,
                "cni:\n  - \"calico\"\ntls-san:\n  - \"a.example\"\n  - \"~\"\ndebug: true\nselinux: false\n"
                    .to_owned()
            )]
        );
        assert_eq!(
            seen(
                "ExecStart=/usr/local/bin/rke2 agent \\\n  --server 'https://a:9345' \\\n  --node-name %H\n"
            ),
            [(true, "server: \"https://a:9345\"\nnode-name: ~\n".to_owned())]
        );
        assert_eq!(
            seen("nohup sudo rke2 server --config /x.yaml --no-such a --lb-server-port 6444 > /log 2>&1\n"),
            [(false, "lb-server-port: 6444\n".to_owned())]
        );
        assert_eq!(
            seen("ssh $h \"rke2 server --token abc --debug\"\nls \"a\"\n"),
            [(false, "token: \"abc\"\ndebug: true\n".to_owned())]
        );
    }

    #[test]
    fn what_is_no_command_is_left() {
        for text in [
            "# rke2 server --debug\n",
            "echo \"run rke2 server --debug\"\n",
            "systemctl start rke2 server --debug",
            "rke2 server",
            "my-rke2 server --debug",
            "rke2 servers --debug",
            "rke2 server --unknown",
            "rke2 server --cluster-reset --debug",
        ] {
            assert!(
                seen(text).iter().all(|(_, view)| !view.contains("debug") || text.contains("systemctl")),
                "{text}"
            );
        }
    }
}
