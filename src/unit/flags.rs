//! Flags of `rke2 server` and `rke2 agent` in shell commands and systemd units, as keys of config.yaml. Must not know
//! where a command runs.

use std::ops::Range;

use super::position::{Commands, Simple, plain};
use super::quotes::{Piece, Word, Writer};
use super::{Builder, View};
use crate::catalog::{self, KeyType};

/// Maximum number of commands that are read in one text.
const MAX_COMMANDS: usize = 100;

/// A command with flags.
pub struct Command {
    /// Byte offset of `rke2` in the host.
    pub at: usize,
    /// Whether it starts an agent.
    pub is_agent: bool,
    /// Its flags as keys of config.yaml.
    pub view: View,
}

/// The commands of a script that start RKE2 with flags, in order.
pub fn commands(host: &View) -> impl Iterator<Item = Command> {
    Commands::of_script(host.text()).filter_map(|simple| command(host, simple)).take(MAX_COMMANDS)
}

/// Like [`commands`], for a command line of systemd. It has no operators and no comments, so what ends the words of a
/// shell before the end of the line is part of a value.
pub fn commands_of_line(host: &View, line: Range<usize>) -> impl Iterator<Item = Command> {
    let end = line.end;
    let is_whole = move |simple: &Simple| {
        let rest = host.text().get(simple.end..end).unwrap_or_default();
        rest.trim_matches([' ', '\r', '\n', '"', '\'']).is_empty()
    };
    Commands::of_line(host.text(), line).filter(is_whole).filter_map(|simple| command(host, simple))
}

fn command(host: &View, simple: Simple) -> Option<Command> {
    let text = host.text();
    let mut words = simple.words.into_iter();
    let name = words.next()?;
    let path = plain(text, &name)?;
    if path != "rke2" && !path.ends_with("/rke2") {
        return None;
    }
    let is_agent = match plain(text, &words.next()?)? {
        "server" => false,
        "agent" => true,
        _ => return None,
    };
    let words: Vec<Word> = words.collect();
    // `<first>` is a placeholder, not a redirection.
    let is_usage =
        text[simple.end..].strip_prefix('<').is_some_and(|file| !file.trim_start().starts_with('/'));
    // The quotes in a substitution are its own, so that its end is not known.
    let is_computed = |piece: &Piece| {
        let piece = &text[piece.range.clone()];
        piece.contains("$(") || piece.contains('`')
    };
    if is_usage || words.iter().flatten().any(is_computed) {
        return None;
    }
    let at = name.first()?.range.end - "rke2".len();
    Some(Command { at, is_agent, view: config(host, words)? })
}

/// A flag with its key, and its values in order; a flag without a value has the word `true`.
struct Flag<'f> {
    key: &'static catalog::ConfigKey,
    name: Range<usize>,
    values: Vec<Option<&'f [Piece]>>,
}

/// The keys that the flags among the arguments set; `None` without any.
fn config(host: &View, words: Vec<Word>) -> Option<View> {
    let text = host.text();
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
    let mut writer = Writer { text, out: Builder::new(host) };
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
        commands(&view).map(|command| (command.is_agent, plain(&command.view))).collect()
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
            seen("/usr/local/bin/rke2 agent \\\n  --server 'https://a:9345' \\\n  --node-name %H\n"),
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
    fn only_commands_in_command_position_are_read() {
        for text in [
            "# rke2 server --debug\n",
            "echo \"run rke2 server --debug\"\n",
            "systemctl start rke2 server --debug",
            "rke2 server",
            "my-rke2 server --debug",
            "rke2 servers --debug",
            "rke2 server --unknown",
            "rke2 server --cluster-reset --debug",
            "cat <<EOF\nrke2 server --debug\nEOF\n",
            "cat <<A <<B\nA\nrke2 server --debug\nB\n",
            "cat <<A-B\nrke2 server --debug\nA-B\n",
            "cat <<EOF\nrke2 server --debug\n",
            "usage=\"\nrke2 server --debug\n\"\n",
            ">&2 echo rke2 server --debug\n",
            "[ -z x ] && echo rke2 server --debug\n",
            "pgrep -f 'rke2 server --debug'\n",
            "A=(\nrke2 server --debug\n)\n",
            "rke2 agent --server https://<first>:9345 --debug\n",
            "rke2 agent --debug --server <url>\n",
            "rke2 server --node-ip $(a --debug) --debug\n",
            "rke2 server --node-ip `a --debug`\n",
            "echo 'it\nrke2 server --debug\n",
            "true # rke2 server --debug\n",
        ] {
            assert_eq!(seen(text), [], "{text}");
        }
        let debug = [(false, "debug: true\n".to_owned())];
        for text in [
            "rke2 server --debug # see --cni x, it's there\n",
            "if ! A=1 sudo -u root timeout -k 1 5 rke2 server --debug; then\n",
            "a || rke2 server --debug </dev/null >/log 2>&1 &\n",
            "(rke2 server --debug)",
            "cat <<EOF >/x\nit's\nEOF\nrke2 server --debug\n",
            "\u{feff}rke2 server \\\r\n  --debug\r\n",
            "sudo bash -ec 'set -e\nrke2 server --debug'\n",
            "rke2 server --debug rke2 server --debug\n",
        ] {
            let seen = seen(text);
            assert_eq!(seen, debug, "{text}");
        }
    }
}
