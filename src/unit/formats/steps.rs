//! CI steps, Ansible tasks and machines of Pulumi, `KubeVirt` and Harvester: scripts and user data under a key of a
//! YAML file.

use crate::unit::{Format, Found, Host};
use crate::words::Words;
use crate::yaml::{Kind, NodeRef};

/// Scripts in YAML.
pub const FORMAT: Format = Format {
    name: "steps",
    files: &[],
    marks: &["rancher/rke2", "INSTALL_RKE2_VERSION"],
    is_program: true,
    fits,
    read,
};

/// Keys of texts that are run by a shell or given to a machine, each with a file name by which other formats recognize
/// them.
const KEYS: &[(&str, &str)] = &[
    ("after_script", "script.sh"),
    ("before_script", "script.sh"),
    ("cmd", "script.sh"),
    ("inline", "script.sh"),
    ("run", "script.sh"),
    ("script", "script.sh"),
    ("shell", "script.sh"),
    ("userData", "user-data"),
    ("userdata", "user-data"),
    ("user_data", "user-data"),
];

/// Nodes nested deeper are not searched.
const MAX_DEPTH: usize = 40;

fn fits(host: &Host<'_>) -> bool {
    static NAMES: Words = Words::new(|| KEYS.iter().map(|(key, _)| *key).collect());
    // In a chart, only the ways through its templates are read. The command lists in user data are read by the
    // cloud-init format.
    (host.is_nested() || !host.is_of_chart())
        && host.has_extension(&["yaml", "yml"])
        && !host.text().starts_with("#cloud-config")
        && NAMES.is_in(host.text().as_bytes())
}

fn read(host: &Host<'_>, found: &mut Found) {
    for root in host.roots() {
        walk(host, root, "", found, 0);
    }
}

fn walk(host: &Host<'_>, node: NodeRef<'_>, at: &str, found: &mut Found, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match node.kind() {
        Kind::Scalar => {}
        Kind::Sequence => {
            for (index, item) in node.items().enumerate() {
                walk(host, item, &format!("{at}[{index}]"), found, depth + 1);
            }
        }
        Kind::Mapping => {
            for entry in node.entries() {
                let name = entry.name();
                let below = if at.is_empty() { name.to_string() } else { format!("{at}.{name}") };
                // `ansible.builtin.shell`
                let short = name.rsplit('.').next().unwrap_or(&name);
                match KEYS.iter().find(|(key, _)| *key == short) {
                    Some((_, file)) => texts(host, entry.value, &below, file, found),
                    None => walk(host, entry.value, &below, found, depth + 1),
                }
            }
        }
    }
}

/// Reads a script, a list of its lines, or the arguments of a module that runs it.
fn texts(host: &Host<'_>, value: NodeRef<'_>, at: &str, file: &str, found: &mut Found) {
    let scripts: Vec<NodeRef<'_>> = match value.kind() {
        Kind::Scalar => vec![value],
        Kind::Sequence => value.items().filter(|item| item.kind() == Kind::Scalar).collect(),
        Kind::Mapping => value.get("cmd").into_iter().filter(|cmd| cmd.kind() == Kind::Scalar).collect(),
    };
    for script in scripts {
        if let Some(view) = host.view().of_scalar(script).filter(|view| view.text().contains("rancher/rke2"))
        {
            found.node();
            found.text(at, file, view);
        }
    }
}
