//! What Ansible fills in before it runs a task: variables of the file, and the items of a loop. Must not know what tasks
//! write.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::changes::DROP_INS;
use super::{Builder, View, emit};
use crate::rke2::file::join;
use crate::source;
use crate::yaml::{Kind, NodeRef, Value, template_mark};

/// Nodes nested deeper are not searched.
pub const MAX_DEPTH: usize = 40;
/// Items of a loop after this number are not read.
const MAX_ITEMS: usize = 100;
/// How often variables in the values of variables are filled in.
const MAX_ROUNDS: usize = 4;
/// Maximum length in bytes of a path with variables, and of the value of a variable in it.
const MAX_PATH: usize = 1024;
/// Maximum length in bytes of a text with items of a loop.
const MAX_TEXT: usize = 64 * 1024;
/// Maximum length in bytes of all such texts of a file together.
const MAX_TEXTS: usize = 4 * 1024 * 1024;

/// The variables that a file sets itself, in `vars` and `set_fact`.
#[derive(Default)]
pub struct Variables<'n> {
    /// Their values; `None` where values differ or are not plain text.
    values: BTreeMap<String, Option<&'n str>>,
    /// Those that are maps; `None` where a variable is set more than once.
    maps: BTreeMap<String, Option<NodeRef<'n>>>,
    /// The length of all texts with items of loops so far.
    filled: Cell<usize>,
}

impl<'n> Variables<'n> {
    /// The variables of a file.
    pub fn of(roots: impl Iterator<Item = NodeRef<'n>>) -> Self {
        let mut variables = Self::default();
        for root in roots {
            variables.collect(root, 0);
        }
        variables
    }

    fn collect(&mut self, node: NodeRef<'n>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for item in node.items() {
            self.collect(item, depth + 1);
        }
        for entry in node.entries() {
            if matches!(entry.name().rsplit('.').next(), Some("vars" | "set_fact")) {
                for variable in entry.value.entries() {
                    let value = variable.value.text();
                    let known = self.values.entry(variable.name().into_owned()).or_insert(value);
                    *known = known.filter(|known| Some(*known) == value);
                    let map = Some(variable.value).filter(|value| value.kind() == Kind::Mapping);
                    let name = variable.name().into_owned();
                    self.maps.entry(name).and_modify(|known| *known = None).or_insert(map);
                }
            }
            self.collect(entry.value, depth + 1);
        }
    }

    /// The path on the node of a file that a task writes, as far as it is known.
    pub fn path(&self, path: &str) -> String {
        let mut path = path.to_owned();
        for _ in 0..MAX_ROUNDS {
            match self.filled(&path) {
                Some(filled) if filled.len() <= MAX_PATH => path = filled,
                _ => break,
            }
        }
        of_role(&path).unwrap_or(path)
    }

    /// The possible paths of the plain file that a task copies to the folder of drop-ins. `tasks` is the path of the
    /// task's file.
    pub fn drop_in(&self, tasks: &str, module: &str, arguments: NodeRef<'_>) -> Vec<String> {
        let text = |key: &str| arguments.get(key).and_then(NodeRef::text).unwrap_or_default();
        let is_copy = module.rsplit('.').next() == Some("copy") && text("remote_src") != "true";
        if is_copy && self.path(text("dest")).contains(DROP_INS) {
            sources("files", tasks, text("src"))
        } else {
            Vec::new()
        }
    }

    /// The text of a scalar, or the map that its only expression writes as YAML: `{{ NAME | to_nice_yaml }}`. `host` is the
    /// text of the file.
    pub fn text(&self, scalar: NodeRef<'_>, host: &View) -> Option<View> {
        let map = || {
            let (name, filter) =
                scalar.text()?.trim().strip_prefix("{{")?.strip_suffix("}}")?.split_once('|')?;
            let filter = filter.trim();
            let (filter, arguments) = filter.split_once('(').unwrap_or((filter, ")"));
            let is_last = arguments.find(')') == Some(arguments.len() - 1);
            let is_yaml = ["to_nice_yaml", "to_yaml", "to_nice_json", "to_json"].contains(&filter.trim());
            // A map with such a name is read by itself.
            let name = Some(name.trim()).filter(|name| is_yaml && is_last && !name.contains("rke2"))?;
            let mut out = Builder::new(host);
            emit(&mut out, (*self.maps.get(name)?)?, 0);
            out.made_up("\n");
            Some(out.finish())
        };
        map().or_else(|| host.of_scalar(scalar))
    }

    /// A text with what it takes from an item of a loop; `None` if too much was filled in already. `host` is the text of
    /// the file.
    pub fn item(&self, items: &Loop<'_>, text: &View, item: NodeRef<'_>, host: &View) -> Option<View> {
        if self.filled.get() > MAX_TEXTS {
            return None;
        }
        let text = items.filled(text, item, host);
        self.filled.set(self.filled.get() + text.text().len());
        Some(text)
    }

    /// A text with the values of its variables; `None` if no value is known.
    fn filled(&self, text: &str) -> Option<String> {
        if text.len() > MAX_PATH {
            return None;
        }
        let mut filled = String::new();
        let mut at = 0;
        for Expression { text: name, start, end } in expressions(text) {
            if let Some(Some(value)) = self.values.get(name)
                && value.len() <= MAX_PATH
            {
                filled.push_str(&text[at..start]);
                filled.push_str(value);
                at = end;
            }
        }
        (at > 0).then(|| filled + &text[at..])
    }
}

/// The path that a variable of another file stands for, if its name says so: `{{ rke2_config_dir }}/config.yaml`,
/// `{{ rke2_config_file }}`.
fn of_role(path: &str) -> Option<String> {
    let (variable, rest) = path.strip_prefix("{{")?.split_once("}}")?;
    let variable = variable.trim().to_ascii_lowercase();
    if !variable.contains("rke2") || template_mark(rest).is_some() {
        return None;
    }
    match rest.strip_prefix('/') {
        Some(file) if file.starts_with("server/manifests/") => Some(format!("/var/lib/rancher/rke2/{file}")),
        Some(file)
            if file.starts_with("config.yaml.d/") || matches!(file, "config.yaml" | "registries.yaml") =>
        {
            Some(format!("/etc/rancher/rke2/{file}"))
        }
        None if rest.is_empty() => of_file(&variable).map(|file| format!("/etc/rancher/rke2/{file}")),
        _ => None,
    }
}

/// The file in RKE2's folder whose whole path a variable holds.
fn of_file(variable: &str) -> Option<&'static str> {
    let name = variable.strip_prefix("rke2_")?;
    let roles = ["server_", "agent_", "master_", "worker_"];
    let name = roles.iter().find_map(|role| name.strip_prefix(role)).unwrap_or(name);
    match name {
        "config_file" | "config_path" | "config_file_path" | "config_yaml" => Some("config.yaml"),
        "registries_file" | "registries_path" | "registries_file_path" | "registries_yaml" => {
            Some("registries.yaml")
        }
        _ => None,
    }
}

/// A placeholder in a text.
struct Expression<'t> {
    /// What is between the braces.
    text: &'t str,
    start: usize,
    end: usize,
}

/// The placeholders in a text, in their order.
fn expressions(text: &str) -> impl Iterator<Item = Expression<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find("{{")?;
        let end = start + text[start..].find("}}")? + 2;
        at = end;
        Some(Expression { text: text[start + 2..end - 2].trim(), start, end })
    })
}

/// A loop over items that are in the file.
pub struct Loop<'n> {
    variable: &'n str,
    items: Vec<NodeRef<'n>>,
}

impl<'n> Loop<'n> {
    /// The loop of a task; `None` if there is none, or its items come from elsewhere.
    pub fn of(task: NodeRef<'n>) -> Option<Self> {
        let list = ["loop", "with_items", "with_list"].iter().find_map(|key| task.get(key))?;
        if list.kind() != Kind::Sequence {
            return None;
        }
        let control = task.get("loop_control").and_then(|control| control.get("loop_var"));
        let variable = control.and_then(NodeRef::text).unwrap_or("item");
        Some(Self { variable, items: list.items().take(MAX_ITEMS).collect() })
    }

    /// Its items.
    pub fn items(&self) -> &[NodeRef<'n>] {
        &self.items
    }

    /// Whether a text contains something of the current item.
    pub fn is_used_in(&self, text: &str) -> bool {
        expressions(text).any(|expression| self.part(expression.text).is_some())
    }

    /// A text with what it takes from an item.
    fn filled(&self, text: &View, item: NodeRef<'_>, host: &View) -> View {
        let source = text.text();
        let mut filled = Builder::new(text);
        let mut at = 0;
        for expression in expressions(source) {
            if source.len() + filled.text().len() > MAX_TEXT {
                break;
            }
            let value = self.part(expression.text).and_then(|part| match part {
                "" => Some(item),
                part => item.get(part),
            });
            if let Some(value) =
                value.filter(|value| is_plain(*value)).and_then(|value| host.of_scalar(value))
            {
                filled.verbatim(at..expression.start);
                filled.append(&value);
                at = expression.end;
            }
        }
        filled.verbatim(at..source.len());
        filled.finish()
    }

    /// The key of an item to which an expression refers; empty for the item itself.
    fn part<'e>(&self, expression: &'e str) -> Option<&'e str> {
        let rest = expression.strip_prefix(self.variable)?;
        let key = match rest.strip_prefix('[') {
            Some(index) => index.strip_suffix(']')?.trim_matches(['"', '\'']),
            None if rest.is_empty() => return Some(""),
            None => rest.strip_prefix('.')?,
        };
        let is_name =
            !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        is_name.then_some(key)
    }
}

/// Whether Ansible prints a value as it is written.
fn is_plain(value: NodeRef<'_>) -> bool {
    match value.value() {
        Some(Value::Str(_)) => value.text().is_some_and(|text| text.len() <= MAX_TEXT),
        // `0644` becomes 420.
        Some(Value::Int(_) | Value::UInt(_)) => value.text().is_some_and(|text| {
            text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'))
        }),
        _ => false,
    }
}

/// Where Ansible looks for the source of a task: in the role, and next to the playbook. `kind` is the name of its folder,
/// `templates` or `files`.
pub fn sources(kind: &str, tasks: &str, source: &str) -> Vec<String> {
    let folder = source::folder(tasks);
    let role = source::folder(folder);
    for (start, folder) in [("{{ role_path }}/", role), ("{{ playbook_dir }}/", folder)] {
        if let Some(rest) = source.strip_prefix(start) {
            return vec![join(folder, rest)];
        }
    }
    if template_mark(source).is_some() || source.starts_with('/') {
        return Vec::new();
    }
    let plain = source.trim_start_matches("./");
    // `../templates/x.j2` means the `templates` folder.
    let above = plain.strip_prefix("../").and_then(|rest| rest.strip_prefix(kind)?.strip_prefix('/'));
    let plain = above.unwrap_or(plain);
    let in_folder = format!("{kind}/{plain}");
    [(role, &*in_folder), (folder, &*in_folder), (folder, plain)]
        .into_iter()
        .map(|(folder, name)| join(folder, name))
        .collect()
}

/// The path of a template's text on the node. If the destination ends with a folder or a variable name, the name of the
/// template is used. `None` where the folder is a variable.
pub fn put(place: &str, source: &str) -> Option<String> {
    let name = source::file_name(source);
    let name = [".j2", ".jinja2", ".jinja"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let known = match template_mark(place) {
        Some(_) => &place[..place.find("{{")?],
        None => place,
    };
    if known.len() == place.len() && !place.ends_with('/') {
        return Some(place.to_owned());
    }
    let folder = &known[..=known.rfind('/')?];
    (folder.contains("rancher/rke2/") && template_mark(name).is_none()).then(|| format!("{folder}{name}"))
}
