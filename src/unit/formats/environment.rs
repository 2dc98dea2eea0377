//! The environment of RKE2's services: environment files and systemd units, whose variables become keys of config.yaml.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use serde::Deserialize;

use super::shell::of_command;
use crate::catalog::{self, KeyType};
use crate::unit::flags::commands_of_line;
use crate::unit::no_proxy;
use crate::unit::{Builder, Format, Found, Host};
use crate::words::Words;

/// Environment files and systemd units.
pub const FORMAT: Format = Format {
    name: "environment",
    files: &["rke2-agent", "rke2-server", ".conf", ".env", ".service"],
    marks: &[
        "RKE2_",
        "NO_PROXY",
        "no_proxy",
        "_PROXY:",
        "export HTTP",
        "export CONTAINERD",
        "rke2 server --",
        "rke2 agent --",
        "rke2 server \\",
        "rke2 agent \\",
    ],
    is_program: true,
    fits,
    read,
};

/// Variables, each with the key of config.yaml that it sets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// Variables that both servers and agents read.
    both: Vec<(String, String)>,
    /// Variables that only servers read.
    server: Vec<(String, String)>,
    /// Variables that RKE2 reads and that do not set a key of config.yaml, or are not in its help.
    others: Vec<String>,
}

impl Table {
    /// The variable that sets a key of config.yaml.
    fn variable(&self, key: &str) -> Option<&str> {
        let mut all = self.both.iter().chain(&self.server);
        all.find(|(_, known)| known == key).map(|(name, _)| name.as_str())
    }

    /// Whether RKE2 reads a variable.
    fn reads(&self, name: &str) -> bool {
        self.both.iter().chain(&self.server).any(|(known, _)| known == name)
            || self.others.iter().any(|known| known == name)
    }
}

fn table() -> Option<&'static Table> {
    static TABLE: OnceLock<Option<Table>> = OnceLock::new();
    TABLE
        .get_or_init(|| {
            serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/environment.json"))).ok()
        })
        .as_ref()
}

fn fits(host: &Host<'_>) -> bool {
    static EXPANDED: Words = Words::new(|| EXPANSIONS.to_vec());
    service(host.full_path()).is_some() || EXPANDED.is_in(host.text().as_bytes())
}

/// How the expansion of a variable of RKE2 begins in shells, units and templates.
const EXPANSIONS: [&str; 2] = ["$RKE2_", "${RKE2_"];

/// The names of the variables of RKE2 that a text expands.
fn expanded(text: &str) -> impl Iterator<Item = &str> {
    let places = EXPANSIONS.into_iter().flat_map(move |start| text.match_indices(start));
    places.map(move |(at, start)| {
        let name = &text[at + start.len() - "RKE2_".len()..];
        let is_end = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
        &name[..name.find(is_end).unwrap_or(name.len())]
    })
}

/// The service that a file sets the environment of, and the syntax of the file.
fn service(path: &str) -> Option<(&'static str, Syntax)> {
    let mut parts = path.rsplit('/');
    let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    ["rke2-server", "rke2-agent"].into_iter().find_map(|service| {
        let rest = name.strip_prefix(service);
        let is_conf = Path::new(name).extension().is_some_and(|extension| extension == "conf");
        let is_drop_in = folder.strip_prefix(service) == Some(".service.d") && is_conf;
        match rest {
            Some(".service") => Some((service, Syntax::Unit)),
            Some(".env") => Some((service, Syntax::File)),
            Some("") if matches!(folder, "default" | "sysconfig") => Some((service, Syntax::File)),
            _ if is_drop_in => Some((service, Syntax::Unit)),
            _ => None,
        }
    })
}

#[derive(Clone, Copy)]
enum Syntax {
    /// One variable per line.
    File,
    /// `Environment=` in the section `[Service]`.
    Unit,
}

fn read(host: &Host<'_>, found: &mut Found) {
    for name in expanded(host.text()) {
        found.expands(name);
    }
    let (Some((service, syntax)), Some(table)) = (service(host.full_path()), table()) else { return };
    found.starts_with(host.text());
    let variables = match syntax {
        Syntax::File => of_file(host.text()),
        Syntax::Unit => {
            let lines = starts(host.text()).into_iter();
            for command in lines.flat_map(|line| commands_of_line(host.view(), line)) {
                found.apart(|found| of_command("ExecStart", command, found));
            }
            of_unit(host.text())
        }
    };
    for (name, variable) in &variables {
        unread(host, table, name, variable, found);
        exceptions(host, name, variable, found);
    }
    if matches!(syntax, Syntax::File) && is_of_systemd(host.full_path()) {
        exports(host, found);
    }
    let is_agent = service == "rke2-agent";
    let of_server = table.server.iter().filter(|_| !is_agent);
    let mut builder = Builder::new(host.view());
    let mut first = None;
    for (name, key) in table.both.iter().chain(of_server) {
        let Some(Variable { name: place, value }) = variables.get(name.as_str()) else { continue };
        first.get_or_insert(name);
        builder.replaced(key, place.clone());
        builder.made_up(": ");
        write(host, key, value.clone(), &mut builder);
        builder.made_up("\n");
    }
    let Some(first) = first else { return };
    // config.yaml, which is another file, overrides these variables, so they are read as a separate node.
    if is_agent {
        found.agent();
        found.agent_config(first, builder.finish());
    } else {
        found.node();
        found.config(first, builder.finish());
    }
    found.completes();
}

/// Reports a variable that is named like a key of config.yaml but that RKE2 does not read.
fn unread(host: &Host<'_>, table: &Table, name: &str, variable: &Variable, found: &mut Found) {
    let Some(rest) = name.strip_prefix("RKE2_").filter(|_| !table.reads(name)) else { return };
    let key = rest.to_ascii_lowercase().replace('_', "-");
    if catalog::config_key(&key).is_none() {
        return;
    }
    let help = match table.variable(&key) {
        Some(known) => format!("write `{known}`, or set `{key}` in /etc/rancher/rke2/config.yaml"),
        None => format!("set `{key}` in /etc/rancher/rke2/config.yaml"),
    };
    let message = format!("RKE2 does not read the variable `{name}`; it has no effect");
    found.unread_variable(name, host.view(), variable.name.clone(), message, &help);
}

/// Reports entries of `NO_PROXY` that match no host.
fn exceptions(host: &Host<'_>, name: &str, variable: &Variable, found: &mut Found) {
    if !no_proxy::is_variable(name) {
        return;
    }
    let start = variable.value.start;
    for (at, message, help) in no_proxy::remarks(&host.text()[variable.value.clone()], name) {
        found.remark(no_proxy::RULE, host.view(), start + at.start..start + at.end, message, &help);
    }
}

/// Whether only systemd reads a file. Other files with these names may be scripts.
fn is_of_systemd(path: &str) -> bool {
    ["/default/", "/sysconfig/", "systemd/system/"].iter().any(|folder| format!("/{path}").contains(folder))
}

/// Reports lines that are commands of a shell or YAML: systemd ignores them.
fn exports(host: &Host<'_>, found: &mut Found) {
    for (start, line) in lines(host.text()) {
        let name = line.split_once(':').map(|(name, _)| name).filter(|_| !line.contains('='));
        if let Some(name) = name.filter(|name| is_variable(name) && name.ends_with("_PROXY")) {
            let message = format!("`:` after `{name}`; systemd ignores the line");
            let help = format!("write `{name}=VALUE`");
            let at = start..start + name.len() + 1;
            found.remark("config/environment-export", host.view(), at, message, &help);
        }
        let Some((name, _)) = line.strip_prefix("export ").and_then(|rest| rest.split_once('=')) else {
            continue;
        };
        let message = format!("`export` in front of `{name}`; systemd ignores the line");
        let help = format!("write `{name}=VALUE` without `export`");
        let at = start..start + "export".len();
        found.remark("config/environment-export", host.view(), at, message, &help);
    }
}

/// Writes a value with the type of the key, as parsed from the command line.
fn write(host: &Host<'_>, key: &str, value: Range<usize>, builder: &mut Builder<'_>) {
    let text = &host.text()[value.clone()];
    // Shell variables are not expanded, but a program may have written the file; `%` starts a systemd specifier.
    if text.contains(['$', '%', '\\', '"', '\'']) || host.view().is_masked(&value) {
        builder.masked(value);
        return;
    }
    let kind = catalog::config_key(key).map_or(KeyType::Unknown, |key| key.kind);
    let quoted = |range: Range<usize>, builder: &mut Builder<'_>| {
        builder.made_up("\"");
        builder.verbatim(range);
        builder.made_up("\"");
    };
    match kind {
        KeyType::List => {
            let mut at = value.start;
            for item in text.split(',') {
                builder.made_up("\n  - ");
                quoted(at..at + item.len(), builder);
                at += item.len() + 1;
            }
        }
        KeyType::Bool | KeyType::Int
            if !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric()) =>
        {
            builder.verbatim(value);
        }
        _ => quoted(value, builder),
    }
}

/// A variable that is set: the place of its name, and its value without quotes.
struct Variable {
    name: Range<usize>,
    value: Range<usize>,
}

type Variables<'t> = BTreeMap<&'t str, Variable>;

/// The lines of a text without comments, each with its offset. Lines that continue on the next one are skipped.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    let mut goes_on = false;
    let lines = text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let bare = line.trim_end();
        let is_part = std::mem::replace(&mut goes_on, bare.ends_with('\\'));
        (!is_part && !goes_on).then_some((start, bare))
    });
    lines
        .map(|(start, line)| (start + line.len() - line.trim_start().len(), line.trim_start()))
        .filter(|(_, line)| !line.starts_with(['#', ';']))
}

/// The variables of an environment file; the last value of a variable wins.
fn of_file(text: &str) -> Variables<'_> {
    let mut variables = Variables::new();
    for (start, line) in lines(text) {
        add(text, start..start + line.len(), &mut variables);
    }
    variables
}

/// The variables of a systemd unit.
fn of_unit(text: &str) -> Variables<'_> {
    let mut variables = Variables::new();
    let mut in_service = false;
    for (start, line) in lines(text) {
        if line.starts_with('[') {
            in_service = line == "[Service]";
        }
        let Some(rest) = line.strip_prefix("Environment=").filter(|_| in_service) else { continue };
        if rest.is_empty() {
            variables.clear();
        }
        for word in words(text, start + line.len() - rest.len()..start + line.len()) {
            add(text, word, &mut variables);
        }
    }
    variables
}

/// The command lines of `ExecStart=`, without the characters in front that are for systemd.
fn starts(text: &str) -> Vec<Range<usize>> {
    let (mut starts, mut in_service, mut goes_on, mut at) = (Vec::<Range<usize>>::new(), false, false, 0);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim();
        let continues = bare.ends_with('\\');
        if std::mem::replace(&mut goes_on, continues) {
            if let Some(last) = starts.last_mut().filter(|last| last.end == start) {
                last.end = at;
            }
            continue;
        }
        if bare.starts_with('[') {
            in_service = bare == "[Service]";
        }
        let Some(command) = bare.strip_prefix("ExecStart=").filter(|_| in_service) else { continue };
        let command = command.trim_start_matches(['@', '-', ':', '+', '!', ' ']);
        let start = start + line.trim_end().len() - command.len();
        starts.push(start..at);
    }
    starts
}

/// The words of a line, without quotes around them.
fn words(text: &str, line: Range<usize>) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let (mut words, mut at) = (Vec::new(), line.start);
    while at < line.end {
        let (start, end) = match bytes[at] {
            b' ' | b'\t' => {
                at += 1;
                continue;
            }
            quote @ (b'"' | b'\'') => {
                let rest = &bytes[at + 1..line.end];
                let Some(len) = rest.iter().position(|byte| *byte == quote) else { break };
                (at + 1, at + 1 + len)
            }
            _ => {
                let mut open = None;
                let len = bytes[at..line.end].iter().position(|byte| {
                    match (open, *byte) {
                        (None, b'"' | b'\'') => open = Some(*byte),
                        (Some(quote), byte) if byte == quote => open = None,
                        _ => {}
                    }
                    open.is_none() && matches!(byte, b' ' | b'\t')
                });
                (at, len.map_or(line.end, |len| at + len))
            }
        };
        words.push(start..end);
        at = end + 1;
    }
    words
}

/// Whether a text is the name of a variable.
fn is_variable(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Adds a variable from `NAME=VALUE`.
fn add<'t>(text: &'t str, range: Range<usize>, variables: &mut Variables<'t>) {
    let Some((name, value)) = text[range.clone()].split_once('=') else { return };
    let bare = name.trim_end();
    if !is_variable(bare) {
        return;
    }
    let (start, end) = (range.start + name.len() + 1, range.end);
    let start = start + value.len() - value.trim_start().len();
    let quoted = ['"', '\''].iter().any(|quote| {
        text[start..end].len() > 1
            && text[start..end].starts_with(*quote)
            && text[start..end].ends_with(*quote)
    });
    let value = if quoted { start + 1..end - 1 } else { start..end };
    variables.insert(bare, Variable { name: range.start..range.start + bare.len(), value });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'t>(text: &'t str, variables: &Variables<'t>) -> Vec<(&'t str, &'t str)> {
        variables.iter().map(|(name, variable)| (*name, &text[variable.value.clone()])).collect()
    }

    #[test]
    fn files_belong_to_services_by_their_names() {
        for (path, expected) in [
            ("etc/default/rke2-server", Some("rke2-server")),
            ("/etc/sysconfig/rke2-agent", Some("rke2-agent")),
            ("files/rke2-agent.env", Some("rke2-agent")),
            ("units/rke2-server.service", Some("rke2-server")),
            ("etc/systemd/system/rke2-server.service.d/10-proxy.conf", Some("rke2-server")),
            ("bin/rke2-server", None),
            ("rke2-server.conf", None),
            ("rke2-install.service", None),
        ] {
            assert_eq!(service(path).map(|(service, _)| service), expected, "{path}");
        }
    }

    #[test]
    fn variables_are_read_as_systemd_does() {
        let text = "# RKE2_A=1\n;RKE2_B=2\nRKE2_C=\"a b\"\r\nRKE2_D = 'x'\nexport RKE2_E=1\nRKE2_F=1\\\n2\nRKE2_C=z\n";
        assert_eq!(read(text, &of_file(text)), [("RKE2_C", "z"), ("RKE2_D", "x")]);
        let text = "[Unit]\nEnvironment=A=1\n[Service]\nEnvironment=B=1\nEnvironment=\nEnvironment=\"C=a b\" D=2 E=\"x y\"\n";
        assert_eq!(read(text, &of_unit(text)), [("C", "a b"), ("D", "2"), ("E", "x y")]);
        let text = "[Service]\nEnvironment=\"A=1\n";
        assert!(of_unit(text).is_empty());
    }
}
