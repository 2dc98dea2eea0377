//! Ansible: variables of common RKE2 roles, and tasks that write RKE2's files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::catalog::{self, KeyType};
use crate::prose;
use crate::release::ReleaseSpec;
use crate::rke2::object::HELM_GROUP;
use crate::unit::ansible::{Loop, MAX_DEPTH, Variables, put, sources};
use crate::unit::link::{inventory_folders, is_for_some};
use crate::unit::tasks::{Tasks, Written};
use crate::unit::{Builder, Call, Format, Found, Host, View, emit, is_word};
use crate::yaml::{Entry, Kind, NodeRef, Value, template_mark};

/// Variables of roles, and tasks that write files.
pub const FORMAT: Format = Format {
    name: "ansible",
    files: &[],
    marks: &["rke2_", "rancher/rke2", "helm.cattle.io"],
    is_program: true,
    fits,
    read,
};

/// The number of variables that the name of their configuration contains.
const MOST_NAMED: usize = 2;

/// How the variables of roles are used.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// Variables that pin the release.
    releases: Vec<String>,
    /// Variables with the key of config.yaml that each of them sets.
    keys: Vec<(String, String)>,
    /// Variables with a list of lines or maps for a server's config.yaml.
    server_options: Vec<String>,
    /// The same for agents.
    agent_options: Vec<String>,
    /// Variables that are all or part of config.yaml.
    configs: Vec<String>,
    /// Variables with the chart whose values each of them holds.
    values: Vec<(String, String)>,
    /// Modules that write a file: their name, and the keys of the file's path and content.
    writers: Vec<Writer>,
    /// Modules that apply Kubernetes objects: their name, and the keys of the objects.
    objects: Vec<Objects>,
    /// Modules and keys that change files in a way that is not read, or run tasks of other files.
    changes: Vec<String>,
    /// Modules that run a command.
    commands: Vec<String>,
    /// Modules that render a template: their name, and the keys of the template's path and of the destination.
    templates: Vec<Template>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Objects {
    module: String,
    text: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    module: String,
    source: String,
    path: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Writer {
    module: String,
    path: Vec<String>,
    text: String,
    /// Whether the text is only a part of the file.
    #[serde(default)]
    part: bool,
    /// Whether the text is one line, which is only read if it sets a key.
    #[serde(default)]
    entry: bool,
}

fn table() -> Option<&'static Table> {
    static TABLE: OnceLock<Option<Table>> = OnceLock::new();
    TABLE
        .get_or_init(|| serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/ansible.json"))).ok())
        .as_ref()
}

fn fits(host: &Host<'_>) -> bool {
    // A role's argument specification describes variables and does not set them.
    let documents = host.name().starts_with("argument_specs.");
    // Kubernetes objects are neither variables nor tasks, and most files with a mark are such objects.
    let objects = host.text().starts_with("apiVersion:") || host.text().contains("\napiVersion:");
    !host.is_nested()
        && !documents
        && !objects
        && (host.has_extension(&["yaml", "yml"]) || !host.name().contains('.'))
}

fn read(host: &Host<'_>, found: &mut Found) {
    let Some(table) = table() else { return };
    let reader = Reader { host, table, variables: Variables::of(host.roots()) };
    let mut tasks = Tasks::default();
    for root in host.roots() {
        if root.get("apiVersion").is_none() {
            reader.walk(root, Place { at: "", runs: "" }, &mut tasks, found, 0);
        }
    }
    tasks.write(found);
}

/// The position of a node in a file.
#[derive(Clone, Copy)]
struct Place<'p> {
    /// The keys that lead to the node.
    at: &'p str,
    /// The play, and the conditions under which its tasks run.
    runs: &'p str,
}

struct Reader<'r> {
    host: &'r Host<'r>,
    table: &'static Table,
    variables: Variables<'r>,
}

impl Reader<'_> {
    fn walk(&self, node: NodeRef<'_>, place: Place<'_>, tasks: &mut Tasks, found: &mut Found, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let at = place.at;
        match node.kind() {
            Kind::Sequence => {
                for (index, item) in node.items().enumerate() {
                    let below = Place { at: &format!("{at}[{index}]"), ..place };
                    self.walk(item, below, tasks, found, depth + 1);
                }
            }
            Kind::Mapping => {
                self.variables(node, at, found);
                let runs = &runs(node, place);
                let place = Place { at, runs };
                for entry in node.entries() {
                    let name = entry.name();
                    if let Some(writer) = self.writer(&name) {
                        self.task(writer, &name, (node, entry.value), place, tasks);
                    }
                    if self.may_change_config(&name, entry.value) {
                        found.may_set_more();
                    }
                    self.object(&name, entry.value, place, tasks, found);
                    self.template(&name, entry.value, node, at, found);
                    found.drop_in(self.variables.drop_in(self.host.full_path(), &name, entry.value));
                    if name.starts_with("rke2_") {
                        found.variable(&name, printed(entry.value));
                    }
                    let below = if at.is_empty() { name.to_string() } else { format!("{at}.{name}") };
                    // The contents of a variable are not variables themselves. A group of an inventory may have the
                    // same name.
                    let is_group =
                        ["children", "hosts", "vars"].iter().any(|key| entry.value.get(key).is_some());
                    if (is_group || !name.starts_with("rke2_"))
                        && !self.table.configs.iter().any(|config| *config == name)
                    {
                        // These tasks run only after a failure or a change.
                        let is_other = matches!(&*name, "rescue" | "handlers");
                        let runs = if is_other { &format!("{runs}\n{name}") } else { runs };
                        let below = Place { at: &below, runs };
                        self.walk(entry.value, below, tasks, found, depth + 1);
                    }
                }
            }
            Kind::Scalar => {}
        }
    }

    fn writer(&self, name: &str) -> Option<&'static Writer> {
        let short = name.rsplit('.').next().unwrap_or(name);
        self.table.writers.iter().find(|writer| writer.module == short)
    }

    /// Whether a task may change config.yaml in a way that is not read as a text of its own: it edits a part of the file,
    /// appends to it in a command, or runs tasks of another file.
    fn may_change_config(&self, name: &str, arguments: NodeRef<'_>) -> bool {
        let short = name.rsplit('.').next().unwrap_or(name);
        let is_in = |names: &[String]| names.iter().any(|known| known == short);
        if is_in(&self.table.commands) {
            return arguments.source_text().contains(">>");
        }
        let path = ["path", "dest"].iter().find_map(|key| arguments.get(key)?.text());
        let is_elsewhere =
            path.is_some_and(|path| !path.contains("rancher") && template_mark(path).is_none());
        let is_edit = || self.writer(name).is_some_and(|writer| writer.part);
        (is_in(&self.table.changes) || is_edit()) && !is_elsewhere
    }

    /// Objects that a task applies itself.
    fn object(
        &self,
        name: &str,
        arguments: NodeRef<'_>,
        place: Place<'_>,
        tasks: &mut Tasks,
        found: &mut Found,
    ) {
        let short = name.rsplit('.').next().unwrap_or(name);
        let Some(module) = self.table.objects.iter().find(|module| module.module == short) else { return };
        let Some(definition) = module.text.iter().find_map(|key| arguments.get(key)) else { return };
        // The task deletes the object, or changes a part of one that is elsewhere.
        if matches!(arguments.get("state").and_then(NodeRef::text), Some("absent" | "patched")) {
            return;
        }
        let view = self.host.view();
        let texts: Vec<View> = match definition.kind() {
            Kind::Scalar => view.of_scalar(definition).into_iter().collect(),
            Kind::Mapping => vec![written(view, definition)],
            Kind::Sequence => definition.items().map(|object| written(view, object)).collect(),
        };
        let part = format!("{}.{name}", place.at);
        let part = part.trim_start_matches('.');
        for text in texts {
            if !text.text().contains(HELM_GROUP) {
                continue;
            }
            if text.text().contains("{%") {
                found.unread(part, "its text is a template");
            } else {
                tasks.add(place.runs, Written { by: part.to_owned(), path: None, text, part: false });
            }
        }
    }

    /// Adds what a task writes: one text, or one for each item of its loop.
    fn task(
        &self,
        writer: &Writer,
        name: &str,
        (task, arguments): (NodeRef<'_>, NodeRef<'_>),
        place: Place<'_>,
        tasks: &mut Tasks,
    ) {
        let host = self.host.view();
        let text = arguments.get(&writer.text).and_then(|text| self.variables.text(text, host));
        let path = writer.path.iter().find_map(|key| host.of_scalar(arguments.get(key)?));
        let (Some(path), Some(text)) = (path, text) else { return };
        if writer.part && arguments.get("state").and_then(NodeRef::text) == Some("absent") {
            return;
        }
        let by = format!("{}.{name}.{}", place.at, writer.text).trim_start_matches('.').to_owned();
        let mut texts: Vec<(String, View)> = Vec::new();
        let mut add = |path: &View, text: View| {
            if writer.entry && !is_entry(&text) {
                return;
            }
            let path = self.variables.path(path.text());
            match texts.iter_mut().find(|(known, _)| writer.entry && *known == path) {
                // Lines that one task adds to a file belong together.
                Some((_, lines)) => *lines = View::chained([&*lines, &line_break(host), &text]),
                None => texts.push((path, text)),
            }
        };
        match Loop::of(task).filter(|items| items.is_used_in(path.text()) || items.is_used_in(text.text())) {
            Some(items) => {
                for item in items.items() {
                    let filled = |text| self.variables.item(&items, text, *item, host);
                    if let (Some(path), Some(text)) = (filled(&path), filled(&text)) {
                        add(&path, text);
                    }
                }
            }
            None => add(&path, text),
        }
        for (path, text) in texts {
            tasks.add(place.runs, Written { by: by.clone(), path: Some(path), text, part: writer.part });
        }
    }

    /// Records where a task puts a template.
    fn template(&self, name: &str, arguments: NodeRef<'_>, task: NodeRef<'_>, at: &str, found: &mut Found) {
        let short = name.rsplit('.').next().unwrap_or(name);
        let Some(module) = self.table.templates.iter().find(|module| module.module == short) else { return };
        let host = self.host.view();
        let source = arguments.get(&module.source).and_then(|source| host.of_scalar(source));
        let place = module.path.iter().find_map(|key| host.of_scalar(arguments.get(key)?));
        let (Some(source), Some(place)) = (source, place) else { return };
        let list = at.rfind('[').map_or("", |end| &at[..end]);
        let mut call = |source: &str, place: &str| {
            found.call(Call {
                templates: sources("templates", self.host.full_path(), source),
                place: put(&self.variables.path(place), source),
                values: BTreeMap::new(),
                island: is_always(task).then(|| format!("{}#{list}", self.host.path())),
            });
        };
        match Loop::of(task).filter(|items| items.is_used_in(source.text())) {
            Some(items) => {
                for item in items.items() {
                    let filled = |text| self.variables.item(&items, text, *item, host);
                    if let (Some(source), Some(place)) = (filled(&source), filled(&place)) {
                        call(source.text(), place.text());
                    }
                }
            }
            None => call(source.text(), place.text()),
        }
    }

    /// The variables of one map, which together become one config.yaml.
    fn variables(&self, node: NodeRef<'_>, at: &str, found: &mut Found) {
        let table = self.table;
        let name = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
        let mut config = Lines::new(self.host.view());
        let mut variables = Vec::new();
        for entry in node.entries() {
            let variable = entry.name();
            if table.releases.iter().any(|release| *release == variable)
                || entry.value.text().is_some_and(|text| is_release(&variable, text))
            {
                // The defaults of a role are meant to be overridden: they pin a release only if nothing else does.
                match entry.value.text() {
                    Some(text) if self.host.full_path().contains("defaults/") => {
                        found.default_release(&variable, text);
                    }
                    Some(text) => {
                        found.release_of_all(&variable, text);
                        if template_mark(text).is_none() {
                            let is_partial = is_for_some(self.host.full_path());
                            for folder in inventory_folders(self.host.full_path()) {
                                found.pin_below(folder, is_partial, &variable, text);
                            }
                        }
                    }
                    None => {}
                }
            } else if let Some((_, key)) = table.keys.iter().find(|(known, _)| *known == variable) {
                if has_value(entry) {
                    variables.push(variable.to_string());
                    config.entry(key, entry.key.span().range(), entry.value);
                }
            } else if table.server_options.iter().any(|options| *options == variable) {
                variables.push(variable.to_string());
                self.options(entry.value, &mut config);
            }
        }
        if !variables.is_empty() {
            if variables.len() > MOST_NAMED {
                variables.truncate(MOST_NAMED);
                variables.push("others".to_owned());
            }
            found.node();
            found.config(name(&prose::and(&variables)), config.finish());
        }
        for entry in node.entries() {
            let variable = entry.name();
            if table.agent_options.iter().any(|options| *options == variable) {
                let mut config = Lines::new(self.host.view());
                self.options(entry.value, &mut config);
                found.node();
                found.agent_config(name(&variable), config.finish());
            } else if table.configs.iter().any(|config| *config == variable)
                && entry.value.kind() == Kind::Mapping
                || Self::is_config(entry)
            {
                let mut builder = Builder::new(self.host.view());
                emit(&mut builder, entry.value, 0);
                builder.made_up("\n");
                found.node();
                if variable.contains("agent") || variable.contains("worker") {
                    found.agent_config(name(&variable), builder.finish());
                } else {
                    found.config(name(&variable), builder.finish());
                }
            } else if let Some((_, chart)) = table.values.iter().find(|(known, _)| *known == variable)
                && entry.value.kind() == Kind::Mapping
                && entry.value.entries().len() > 0
            {
                let mut builder = Builder::new(self.host.view());
                emit(&mut builder, entry.value, 0);
                found.node();
                found.values(
                    name(&variable),
                    self.host.view(),
                    chart,
                    entry.key.span().range(),
                    &builder.finish(),
                );
            }
        }
    }

    /// Whether a variable that is not in the table holds a configuration: its name indicates it, its keys are those of
    /// config.yaml with at most one unknown, and its values do not describe the keys. A few keys suffice if the name can
    /// only be that of the whole configuration.
    fn is_config(entry: Entry<'_>) -> bool {
        let name = entry.name();
        let is_named = CONFIG_NAMES.iter().any(|end| name.ends_with(end));
        if !name.contains("rke2") || !is_named || entry.value.kind() != Kind::Mapping {
            return false;
        }
        if entry.value.entries().filter(|entry| is_description(*entry)).count() > 1 {
            return false;
        }
        let keys: Vec<_> = entry.value.entries().map(|entry| entry.name()).collect();
        let is_known = |key: &str| catalog::config_key(key.trim_end_matches('+')).is_some();
        let unknown: Vec<_> = keys.iter().filter(|key| !is_known(key)).collect();
        // Role options are written with `_`, which no RKE2 key contains.
        if keys.iter().any(|key| key.contains('_')) {
            return false;
        }
        let is_own =
            |key: &&Cow<'_, str>| key.contains('-') || matches!(&***key, "cni" | "disable" | "selinux");
        let is_whole = matches!(&*name, "rke2_config" | "rke2_server_config" | "rke2_agent_config");
        (is_whole && unknown.is_empty() && keys.iter().any(|key| is_own(&key)))
            || (keys.len() >= 3 + unknown.len()
                && unknown.len() < 2
                && keys.iter().any(|key| key.contains('-')))
    }

    /// Adds items that are lines (`"key: value"`) or maps. The role writes only the keys of a map that stands for the
    /// list.
    fn options(&self, list: NodeRef<'_>, config: &mut Lines<'_>) {
        for entry in list.entries().filter(|entry| template_mark(&entry.name()).is_none()) {
            if let Some(view) = self.host.view().of_scalar(entry.key) {
                config.text(&view);
            }
        }
        for item in list.items() {
            match item.kind() {
                Kind::Mapping => config.node(item),
                Kind::Scalar => {
                    if let Some(view) = self.host.view().of_scalar(item) {
                        config.text(&view);
                    }
                }
                Kind::Sequence => {}
            }
        }
    }
}

/// Identifies tasks that run together: the play, and the conditions of blocks and tasks around a node.
fn runs(node: NodeRef<'_>, place: Place<'_>) -> String {
    let mut runs = if node.get("hosts").is_some() { place.at.to_owned() } else { place.runs.to_owned() };
    for entry in node.entries().filter(|entry| decides(&entry.name())) {
        runs.push('\n');
        runs.push_str(entry.value.source_text());
    }
    runs
}

/// Whether a key of a task affects whether and how often it runs.
fn decides(key: &str) -> bool {
    matches!(key, "when" | "loop" | "tags" | "delegate_to") || key.starts_with("with_")
}

/// Whether a variable that is not in the table holds the release that a role installs: it has one of a few names, which
/// `rke2_backup_version` has not, and its value can only be a release of RKE2.
fn is_release(name: &str, text: &str) -> bool {
    let start = ["_version", "_release"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or_default();
    let product = ["_cluster", "_install", "_package"].iter().find_map(|word| start.strip_suffix(word));
    let is_of_cluster = matches!(product.unwrap_or(start), "rke2" | "kubernetes" | "k8s");
    is_of_cluster && text.contains("+rke2r") && text.parse::<ReleaseSpec>().is_ok()
}

/// Endings of variables that hold a configuration.
const CONFIG_NAMES: &[&str] = &["config", "configuration", "options", "settings", "args", "server", "agent"];

/// Whether an entry describes or translates a key of config.yaml, because its value cannot be a value of that key.
fn is_description(entry: Entry<'_>) -> bool {
    let name = entry.name();
    let Some(key) = catalog::config_key(name.trim_end_matches('+')) else { return false };
    let text = match entry.value.kind() {
        Kind::Mapping => return !entry.value.is_opaque(),
        Kind::Sequence => return false,
        Kind::Scalar if entry.value.is_opaque() || entry.value.is_null() => return false,
        Kind::Scalar => entry.value.text().unwrap_or_default(),
    };
    let is_bool = matches!(entry.value.value(), Some(Value::Bool(_)));
    let types = ["bool", "boolean", "dict", "duration", "int", "integer", "list", "map", "str", "string"];
    let is_name =
        |text: &str| text.contains('_') && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let is_address = |text: &str| text.contains(['.', ':']);
    let needs_address =
        matches!(&*name, "server" | "node-ip" | "cluster-cidr" | "service-cidr" | "cluster-dns");
    text.starts_with("--")
        || types.contains(&text)
        || is_name(text)
        || (needs_address && !is_address(text))
        || (!text.contains('=') && text.trim().contains(' '))
        || match key.kind {
            KeyType::Bool => !is_bool && text.parse::<bool>().is_err(),
            KeyType::Int => text.parse::<i64>().is_err(),
            KeyType::String | KeyType::List => is_bool,
            KeyType::Duration | KeyType::Unknown => false,
        }
}

/// Whether a line sets a key of the top level to a value.
fn is_entry(line: &View) -> bool {
    let Some((key, value)) = line.text().split_once(": ") else { return false };
    let is_key = key.trim_end_matches('+').bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    is_key && !key.is_empty() && !value.trim().is_empty() && !value.contains('\n')
}

/// An object as a separate text.
fn written(view: &View, object: NodeRef<'_>) -> View {
    let mut builder = Builder::new(view);
    emit(&mut builder, object, 0);
    builder.made_up("\n");
    builder.finish()
}

/// A line break that is not in the file.
fn line_break(host: &View) -> View {
    let mut builder = Builder::new(host);
    builder.made_up("\n");
    builder.finish()
}

/// Whether a task runs unconditionally, and once.
fn is_always(task: NodeRef<'_>) -> bool {
    !task.entries().any(|entry| decides(&entry.name()))
}

/// What a template prints for a variable; `None` unless the value is a plain word.
fn printed(value: NodeRef<'_>) -> Option<String> {
    let text = value.text().filter(|text| template_mark(text).is_none())?;
    match value.value()? {
        // Whether `yes` is a boolean depends on the release of Ansible.
        Value::Bool(value) if text.eq_ignore_ascii_case(&value.to_string()) => {
            Some(if value { "True" } else { "False" }.to_owned())
        }
        // `0644` becomes 420 before the template sees it.
        Value::Int(_) | Value::UInt(_) if text == "0" || !text.starts_with('0') => {
            text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.to_owned())
        }
        Value::Str(_) if is_word(text) => Some(text.to_owned()),
        _ => None,
    }
}

/// Whether a variable has a value: an empty one is not written.
fn has_value(entry: Entry<'_>) -> bool {
    match entry.value.kind() {
        Kind::Scalar => entry.value.text().is_some_and(|text| !text.is_empty()) && !entry.value.is_null(),
        Kind::Sequence => entry.value.items().len() > 0,
        Kind::Mapping => false,
    }
}

/// Lines of config.yaml, collected from several places of a file.
struct Lines<'v> {
    view: &'v View,
    out: View,
}

impl<'v> Lines<'v> {
    fn new(view: &'v View) -> Self {
        Self { view, out: Builder::new(view).finish() }
    }

    fn entry(&mut self, key: &str, place: Range<usize>, value: NodeRef<'_>) {
        let mut builder = Builder::new(self.view);
        builder.replaced(key, place);
        builder.made_up(": ");
        if value.kind() == Kind::Sequence {
            builder.made_up("\n");
        }
        emit(&mut builder, value, 0);
        builder.made_up("\n");
        self.out = self.out.joined(&builder.finish());
    }

    fn node(&mut self, node: NodeRef<'_>) {
        let mut builder = Builder::new(self.view);
        emit(&mut builder, node, 0);
        builder.made_up("\n");
        self.out = self.out.joined(&builder.finish());
    }

    fn text(&mut self, text: &View) {
        let mut end = Builder::new(self.view);
        end.made_up("\n");
        self.out = self.out.joined(text).joined(&end.finish());
    }

    fn finish(self) -> View {
        self.out
    }
}
