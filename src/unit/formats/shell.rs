//! Shell scripts: here-documents, `echo` and `printf` that write RKE2's files.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::template::has_statements;
use super::{is_template, is_terraform};
use crate::catalog;
use crate::unit::appends::unknown;
use crate::unit::echo::writes;
use crate::unit::flags::{Command, commands};
use crate::unit::groups::{begin, groups, unknown_lines};
use crate::unit::heredoc::{Document, documents};
use crate::unit::lines::{boundary, continued_lines, line_after, line_before, offset};
use crate::unit::paths::Paths;
use crate::unit::role::{asks_for_agents, is_runner, starts_agents};
use crate::unit::written::{Script, Text, files};
use crate::unit::{Format, Found, Host, View};
use crate::yaml::{Document as YamlDocument, NodeRef, Stream, Style, template_mark};

/// Texts that shell scripts write to files, including scripts inside other texts.
pub const FORMAT: Format = Format {
    name: "shell",
    files: &[
        "bootstrap",
        "containerfile*",
        "dockerfile*",
        "entrypoint",
        "install",
        "provision",
        "setup",
        "startup",
        "vagrantfile*",
        ".bash",
        ".cfg",
        ".rb",
        ".sh",
    ],
    marks: &[
        "/etc/rancher/",
        "rancher/rke2",
        "helm.cattle.io",
        "INSTALL_RKE2_VERSION",
        "INSTALL_RKE2_EXEC",
        ":9345",
        "RKE2_URL=",
        "write-kubeconfig",
        "default/rke2-",
        "sysconfig/rke2-",
        "rke2-server.service.d/",
        "rke2-agent.service.d/",
        "rke2 server --",
        "rke2 agent --",
        PLUGIN,
    ],
    is_program: true,
    fits,
    read,
};

/// Where Vagrant's RKE2 plugin gets the content of config.yaml.
const PLUGIN: &str = "rke2.config =";

fn fits(host: &Host<'_>) -> bool {
    let (name, text) = (host.name(), host.text());
    // The template's branches are resolved first, and each result is read as a separate script.
    if is_template(name) && has_statements(text) {
        return false;
    }
    let named = host.has_extension(&["sh", "bash", "cfg"])
        || name.starts_with("user") && !is_terraform(name)
        || is_ruby(host)
        || is_image(host);
    let nested = host.is_nested() && !host.has_extension(&["yaml", "yml"]);
    let script = is_script_text(text);
    if name == PRINTED && !script {
        return false;
    }
    (named || nested || script) && !text.starts_with("#cloud-config")
}

/// The name of a text that a script prints, which is for people even if it shows commands.
const PRINTED: &str = "printed text";

/// Whether a text has an interpreter line.
fn is_script_text(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with("#!")
}

/// Whether a text is a Dockerfile, which contains shell commands.
fn is_image(host: &Host<'_>) -> bool {
    !host.is_nested() && ["Dockerfile", "Containerfile"].iter().any(|name| host.name().starts_with(name))
}

/// Whether a text is Ruby code that contains scripts for machines.
fn is_ruby(host: &Host<'_>) -> bool {
    !host.is_nested() && (host.name().starts_with("Vagrantfile") || host.has_extension(&["rb"]))
}

/// Whether the lines of a text are commands. A here-document may also be a text for people.
fn is_script(host: &Host<'_>) -> bool {
    let text = host.text().trim_start_matches('\u{feff}');
    host.has_extension(&["sh", "bash"]) || text.trim_start().starts_with("#!")
}

fn read(host: &Host<'_>, found: &mut Found) {
    let text = host.text();
    let is_ruby = is_ruby(host);
    if starts_agents(&own_commands(text)) {
        found.agent();
    }
    releases(host, found);
    let paths = Paths::of(text);
    // Files of other folders may be copied by another script.
    let is_ours = text.contains("rancher/rke2");
    let groups = groups(text);
    let group_at = |document: &Document<'_>| {
        let at = offset(text, document.head);
        groups.iter().position(|group| group.body.contains(&at))
    };
    let mut texts = Vec::new();
    let mut bodies = Vec::new();
    let mut shown = Vec::new();
    let mut targets = BTreeSet::new();
    for (index, document) in documents(text).enumerate() {
        let part = format!("here-document {} ({})", index + 1, document.delimiter);
        let view = if is_ruby { document.ruby_view(host.view()) } else { document.view(host.view()) };
        bodies.push(document.body.clone());
        // A comment over several lines: `: <<'COMMENT'`.
        if document.head.trim_start().starts_with(':') {
            continue;
        }
        match document.path {
            Some(path) => {
                shown.push(path);
                let further = document.further.into_iter().filter(|path| path.contains("rancher/"));
                for path in std::iter::once(path).chain(further) {
                    targets.insert(offset(text, path));
                    let (at, appends, path) = (document.body.start, document.appends, paths.end(path));
                    let (part, view) = (part.clone(), view.clone());
                    texts.push((Text { at, part, path, appends, view }, None));
                }
            }
            None if document.is_printed && group_at(&document).is_some() => {
                let (at, group) = (document.body.start, group_at(&document));
                let path = group.map(|index| paths.end(groups[index].path)).unwrap_or_default();
                texts.push((Text { at, part, path, appends: true, view }, group));
            }
            None if document.head.contains(PLUGIN) => {
                of_plugin(part, around(text, &document.body), view, found);
            }
            None if is_ruby && holds_keys(&view) => found.apart(|found| found.guess(part, host.path(), view)),
            None if is_ruby => {
                let is_script = document.head.contains("inline")
                    || ["SCRIPT", "SHELL", "BASH"].contains(&document.delimiter);
                let name = if is_script { "script.sh" } else { "document" };
                found.apart(|found| found.text(part, name, view));
            }
            None if is_for_another_machine(document.head) => {
                found.apart(|found| found.text(part, "document", view));
            }
            None if document.is_printed && !is_script_text(view.text()) => found.text(part, PRINTED, view),
            None => found.text(part, "document", view),
        }
    }
    let is_inside = |at: usize| {
        let next = bodies.partition_point(|body: &Range<usize>| body.end <= at);
        bodies.get(next).is_some_and(|body| body.contains(&at))
    };
    let can_install = !host.is_nested() || is_script(host);
    if can_install {
        of_installer(host, is_inside, found);
    }
    targets.extend(groups.iter().map(|group| offset(text, group.path)));
    let (mut at, mut line) = (0, 1);
    for written in writes(host.view(), &bodies, &groups) {
        line += text[at..written.at].matches('\n').count();
        at = written.at;
        let part = format!("`{}` in line {line}", written.command);
        for (target, path) in std::iter::once((written.target, written.path)).chain(written.further) {
            targets.insert(target);
            let path: Cow<'_, str> = Cow::Owned(paths.end(&path).into_owned());
            let is_copied = is_ours && (path.ends_with(".yaml") || path.ends_with(".yml"));
            if (path.contains("rancher/rke2") || is_copied) && !is_inside(written.at) {
                let (part, view) = (part.clone(), written.view.clone());
                let text = Text { at: written.at, part, path, appends: written.appends, view };
                texts.push((text, written.group));
            }
        }
    }
    texts.extend(unknown_lines(text, &groups, &bodies).map(|(place, index)| {
        let (at, part) = (place.start, "the output of a command".to_owned());
        let (path, view) = (paths.end(groups[index].path), host.view().unknown_line(place));
        (Text { at, part, path, appends: true, view }, Some(index))
    }));
    flags(host, found);
    texts.sort_by_key(|(text, _)| text.at);
    begin(texts.iter_mut().map(|(text, group)| (*group, &mut text.appends)), &groups);
    let mut texts: Vec<Text<'_>> = texts.into_iter().map(|(text, _)| text).collect();
    let unknown: Vec<_> = unknown_appends(host, &paths, &targets, &texts).collect();
    texts.extend(unknown.into_iter().filter(|text| !is_inside(text.at)));
    texts.sort_by_key(|text| text.at);
    files(texts, &Script { view: host.view(), paths: &paths, bodies: &bodies, is_ours }, found);
    let is_shown = |place: &Range<usize>| shown.iter().any(|path| text[place.clone()].contains(path));
    if let Some(place) = commands_that_deploy(text).find(|place| !is_shown(place)) {
        found.unseen(host.view(), place);
    }
}

/// A script without the scripts in it that run on other machines.
fn own_commands(text: &str) -> Cow<'_, str> {
    let others = documents(text)
        .filter(|document| document.path.is_none() && is_for_another_machine(document.head))
        .map(|document| document.body);
    let (mut own, mut at) = (String::new(), 0);
    for body in others {
        own.push_str(&text[at..body.start]);
        at = body.end;
    }
    if at == 0 { Cow::Borrowed(text) } else { Cow::Owned(own + &text[at..]) }
}

/// Adds the flags with which a script starts RKE2.
fn flags(host: &Host<'_>, found: &mut Found) {
    if !is_script(host) {
        return;
    }
    let (mut at, mut line) = (0, 1);
    for command in commands(host.view()) {
        line += host.text()[at..command.at].matches('\n').count();
        at = command.at;
        found.apart(|found| of_command(&format!("`rke2` in line {line}"), command, found));
    }
}

/// Adds the releases that a script installs.
fn releases(host: &Host<'_>, found: &mut Found) {
    let text = host.text();
    let mut versions = assignments(text, "INSTALL_RKE2_VERSION").peekable();
    if versions.peek().is_none() {
        // `stable`, `latest` and `testing` are not particular releases.
        let is_minor = |(_, value): &(&str, &str)| value.starts_with("v1.") && !value.contains('-');
        for (key, value) in assignments(text, "INSTALL_RKE2_CHANNEL").filter(is_minor) {
            found.release(key, value);
        }
    }
    for (key, value) in versions {
        found.release(key, value);
        if is_script(host) && installs_neighbours(host) && template_mark(value).is_none() {
            found.pin_beside(key, value);
        }
    }
}

/// Adds findings about variables that are set for the install script.
fn of_installer(host: &Host<'_>, is_inside: impl Fn(usize) -> bool, found: &mut Found) {
    let text = host.text();
    for flag in flags_of_installer(text).filter(|flag| !is_inside(flag.start)) {
        let message = format!(
            "`{}` in `INSTALL_RKE2_EXEC` is not passed to RKE2; the variable only selects `server` or `agent`",
            &text[flag.clone()]
        );
        let help = "set the option in /etc/rancher/rke2/config.yaml before the service starts";
        found.remark("config/install-exec", host.view(), flag, message, help);
    }
    for variable in variables_of_installer(text).filter(|name| !is_inside(name.start)) {
        let message = format!(
            "`{}` is set for the install script, which does not pass it to RKE2",
            &text[variable.clone()]
        );
        let help = "set `server` and `token` in /etc/rancher/rke2/config.yaml before the service starts";
        found.remark("config/installer-variable", host.view(), variable, message, help);
    }
}

/// What commands append to a file that was begun before, without its text being known: it may be the value of the last
/// key.
fn unknown_appends<'t>(
    host: &'t Host<'_>,
    paths: &'t Paths<'t>,
    targets: &'t BTreeSet<usize>,
    texts: &[Text<'t>],
) -> impl Iterator<Item = Text<'t>> {
    let text = host.text();
    let mut begun: HashMap<Cow<'_, str>, usize> = HashMap::new();
    for text in texts {
        begun.entry(text.path.clone()).or_insert(text.at);
    }
    unknown(text, targets).filter_map(move |(at, path)| {
        let end = paths.end(path);
        let is_begun = begun.get(&end).is_some_and(|start| *start < at);
        let is_command = !line_before(text, at).trim_start().starts_with('#');
        (is_begun && is_command).then(|| {
            let part = format!("what is appended to {path}");
            let view = host.view().unknown_line(at..at + path.len());
            Text { at, part, path: end, appends: true, view }
        })
    })
}

/// Adds the keys that the flags of a command set. config.yaml, which is another file, may set others.
pub fn of_command(part: &str, command: Command, found: &mut Found) {
    if command.is_agent {
        found.agent();
        found.agent_config(part, command.view);
    } else {
        found.config(part, command.view);
    }
    found.completes();
}

/// Adds the config.yaml that Vagrant's plugin writes on a machine; each machine has its own.
fn of_plugin(part: String, machine: &str, view: View, found: &mut Found) {
    found.apart(|found| {
        if asks_for_agents(machine) {
            found.agent();
        }
        found.file(part, "/etc/rancher/rke2/config.yaml", view);
    });
}

/// How far from the content of config.yaml Vagrant's plugin may get its other settings, in bytes.
const MAX_BLOCK: usize = 2048;

/// What is written for the machine whose configuration is at a place: from the `provision` before it to the next one.
fn around<'t>(text: &'t str, place: &Range<usize>) -> &'t str {
    let from = boundary(text, place.start.saturating_sub(MAX_BLOCK));
    let until = boundary(text, place.end.saturating_add(MAX_BLOCK));
    let start = text[from..place.start].rfind("provision").map_or(from, |at| from + at);
    let end = text[place.end..until].find("provision").map_or(until, |at| place.end + at);
    &text[start..end]
}

/// Whether a line gives its here-document to a shell on another machine.
fn is_for_another_machine(head: &str) -> bool {
    let before = head.split("<<").next().unwrap_or_default();
    before.split_whitespace().any(is_runner)
}

/// Whether the files next to a script are those that it installs: it names them, or its own name says so. A script for
/// an upgrade or a way back sets another release than the one that the files are written for.
fn installs_neighbours(host: &Host<'_>) -> bool {
    let name = host.name().to_ascii_lowercase();
    let is_called =
        |known: &[&str]| name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| known.contains(&word));
    let is_first = ["install", "setup", "bootstrap", "deploy"].iter().any(|start| name.starts_with(start));
    let is_code = |line: &&str| !line.trim_start().starts_with('#');
    let names = |line: &str| ["config.yaml", "registries.yaml"].iter().any(|file| line.contains(file));
    !host.is_nested()
        && !is_called(&["downgrade", "restore", "revert", "rollback", "uninstall", "update", "upgrade"])
        && (is_first || host.text().lines().filter(is_code).any(names))
}

/// The lines of a script that deploy objects which the script does not contain, each with those that continue it.
fn commands_that_deploy(text: &str) -> impl Iterator<Item = Range<usize>> {
    continued_lines(text).filter(|place| deploys(&text[place.clone()]))
}

/// Whether a command deploys objects that it does not contain: `kubectl`, `helm`, a tool built on them, or a command that
/// puts a file into the manifests directory. The program may be in a variable: `"${KUBECTL}"`.
pub fn deploys(command: &str) -> bool {
    let words = command.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')));
    let has =
        |known: &[&str]| words.clone().any(|word| known.iter().any(|known| word.eq_ignore_ascii_case(known)));
    !command.trim_start().starts_with('#')
        && ((has(&["k", "kubectl", "oc"]) && has(&["apply", "create", "kustomize", "patch", "replace"]))
            || (has(&["helm"]) && has(&["install", "upgrade"]))
            || has(&["argocd", "flux", "helmfile", "kapp", "kustomize"])
            || (command.contains("server/manifests") && !command.contains("<<") && has(COPIES)))
}

/// Commands that put files somewhere.
const COPIES: &[&str] = &[
    "add", "copy", "aws", "base64", "cp", "curl", "envsubst", "git", "gsutil", "install", "ln", "mv",
    "rsync", "scp", "tar", "unzip", "wget",
];

/// Whether a text is a map with keys of config.yaml or registries.yaml, rather than a script or prose that mentions
/// some of them: at most one key is unknown, and no unquoted value contains a space.
fn holds_keys(view: &View) -> bool {
    let text = view.text();
    let is_command = |line: &str| line.starts_with("#!") || line.contains("<<") || line.contains("> /");
    let stream = Stream::parse(View::id(), &view.shared_text());
    if text.lines().any(is_command) || stream.first_error().is_some() {
        return false;
    }
    let Some(root) = stream.documents().next().and_then(YamlDocument::root) else { return false };
    let is_known = |name: &str| {
        matches!(name, "mirrors" | "configs") || catalog::config_key(name.trim_end_matches('+')).is_some()
    };
    let known = root.entries().filter(|entry| is_known(&entry.name())).count();
    let is_prose = |node: NodeRef<'_>| {
        node.style() == Some(Style::Plain) && node.text().is_some_and(|text| text.trim().contains(' '))
    };
    let unknown = root.entries().len() - known;
    known > unknown && unknown < 2 && !root.entries().any(|entry| is_prose(entry.value))
}

/// The first flag of each value that is assigned to `INSTALL_RKE2_EXEC`. A script that reads the variable may pass it to
/// RKE2 itself.
fn flags_of_installer(text: &str) -> impl Iterator<Item = Range<usize>> {
    let name = "INSTALL_RKE2_EXEC";
    let is_read = ["$", "${"].iter().any(|sign| text.contains(&format!("{sign}{name}")));
    let places = assigned(text, name).filter(move |(_, quoted)| !is_read && !quoted);
    places.filter_map(|(start, _)| {
        let rest = line_after(text, start);
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''));
        let from = start + usize::from(quote.is_some());
        let value = &rest[usize::from(quote.is_some())..];
        let ends = |c: char| quote.map_or(c.is_whitespace(), |quote| c == quote);
        let value = &value[..value.find(ends).unwrap_or(value.len())];
        let flag =
            value.match_indices("--").map(|(at, _)| at).find(|at| *at == 0 || value[..*at].ends_with(' '))?;
        let len = value[flag..].find(['=', ' ']).unwrap_or(value.len() - flag);
        (len > 2).then_some(from + flag..from + flag + len)
    })
}

/// The names of variables of RKE2 or K3s that a command sets for the shell that runs the install script: `curl -sfL
/// https://get.rke2.io | RKE2_URL=… sh -`.
fn variables_of_installer(text: &str) -> impl Iterator<Item = Range<usize>> {
    const NAMES: [&str; 4] = ["RKE2_URL", "RKE2_TOKEN", "K3S_URL", "K3S_TOKEN"];
    let places = NAMES.into_iter().flat_map(move |name| assigned(text, name).map(move |place| (name, place)));
    places.filter_map(move |(name, (value, quoted))| {
        let at = value - name.len() - 1;
        let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let before = &text[line..at];
        let (source, prefix) = before.rsplit_once('|')?;
        let after = line_after(text, value);
        // Between the pipe and the shell there are only assignments, and `sudo` with its options.
        let is_prefix =
            |word: &str| word == "sudo" || word == "env" || word.starts_with('-') || is_assignment(word);
        let words: Vec<&str> = after.split_whitespace().collect();
        let shell = words.iter().skip(1).find(|word| !is_prefix(word))?;
        let is_shell = matches!(*shell, "sh" | "bash" | "/bin/sh" | "/bin/bash");
        let is_installer = source.contains("get.rke2.io");
        (!quoted && is_shell && is_installer && prefix.split_whitespace().all(is_prefix))
            .then(|| at..at + name.len())
    })
}

/// Whether a word assigns a value to a variable whose name is written out.
fn is_assignment(word: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    word.split_once('=').is_some_and(|(name, _)| !name.is_empty() && name.bytes().all(is_part))
}

/// Values that are assigned to a variable, without quotes. A computed value becomes `${VERSION}`.
fn assignments<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    assigned(text, name).filter_map(move |(start, _)| {
        let rest = line_after(text, start).trim_start_matches(['"', '\'']);
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '|' | '\\'));
        let value = &rest[..end.unwrap_or(rest.len())];
        let computed = value.contains('$') || value.contains('{');
        (!value.is_empty()).then_some((name, if computed { "${VERSION}" } else { value }))
    })
}

/// Maximum number of assignments to a variable that are read.
const MAX_ASSIGNMENTS: usize = 200;

/// Where values begin that are assigned to a variable, and whether the assignment is in quotes, so that it may be a text
/// for people.
fn assigned<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = (usize, bool)> {
    let lines = text.split_inclusive('\n').scan(0, |next, line| {
        let start = *next;
        *next += line.len();
        Some((start, line))
    });
    let code = lines.filter(|(_, line)| !line.trim_start().starts_with('#'));
    let all = code.flat_map(move |(start, line)| {
        let (mut seen, mut quotes) = (0, [0, 0]);
        line.match_indices(name).filter_map(move |(at, _)| {
            let before = &line[seen..at];
            for (count, quote) in quotes.iter_mut().zip(['"', '\'']) {
                *count += before.matches(quote).count();
            }
            seen = at;
            let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '{');
            let value = at + name.len() + 1;
            let is_set = line[at + name.len()..].starts_with('=')
                && !line[..at].chars().next_back().is_some_and(is_name);
            is_set.then(|| (start + value, quotes.iter().any(|count| count % 2 == 1)))
        })
    });
    all.take(MAX_ASSIGNMENTS)
}
