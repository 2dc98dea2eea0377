//! Writes sections as files, in every equivalent form.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::table::{Row, Section};
use rke2_lint::catalog::Target;

const NODE: &str = "etc/rancher/rke2";
const MANIFESTS: &str = "var/lib/rancher/rke2/server/manifests";

/// A form in which a row is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Block style, as in the table.
    Block,
    /// Scalars in double quotes.
    Quoted,
    /// Configuration values as lists.
    List,
    /// Flow style with quoted keys.
    Flow,
    /// Configuration in a drop-in.
    DropIn,
    /// Chart values in `spec.values`.
    SpecValues,
    /// Manifests as JSON.
    Json,
    /// All files as `write_files` of cloud-init.
    CloudInit,
    /// Configuration and chart values in a Rancher Cluster.
    Rancher,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 9] = [
        Self::Block,
        Self::Quoted,
        Self::List,
        Self::Flow,
        Self::DropIn,
        Self::SpecValues,
        Self::Json,
        Self::CloudInit,
        Self::Rancher,
    ];

    /// Whether a row can be written in this form.
    pub fn concerns(self, row: &Row) -> bool {
        let is_values = |section: &Section| is_chart(&section.name);
        let is_config = |section: &Section| section.name == "config";
        let any = |test: &dyn Fn(&Section) -> bool| row.sections.iter().any(test);
        match self {
            Self::Block => true,
            _ if row.verbatim => false,
            Self::Quoted | Self::DropIn => any(&is_config),
            Self::List => any(&|section| {
                is_config(section) && section.pairs().iter().any(|(keys, _)| is_list(&keys[0]))
            }),
            Self::Flow => any(&|section| section.name != "object" && !section.name.starts_with("file ")),
            Self::SpecValues | Self::Json => any(&is_values),
            Self::CloudInit => {
                row.sections.iter().all(|section| !section.name.to_ascii_lowercase().ends_with(".skip"))
            }
            Self::Rancher => row.parts().all(|(section, _)| {
                is_values(section)
                    || is_config(section)
                        && section.pairs().iter().all(|(keys, _)| {
                            !keys[0].starts_with("etcd-") && !RANCHER_WRITES.contains(&keys[0].as_str())
                        })
            }),
        }
    }
}

/// Keys that Rancher writes for each node, or drops from a Cluster.
const RANCHER_WRITES: [&str; 22] = [
    "server",
    "token",
    "token-file",
    "agent-token",
    "agent-token-file",
    "node-name",
    "node-ip",
    "node-external-ip",
    "node-label",
    "node-taint",
    "data-dir",
    "tls-san",
    "advertise-address",
    "cluster-init",
    "cluster-reset",
    "cloud-provider-name",
    "system-default-registry",
    "private-registry",
    "selinux",
    "disable-etcd",
    "disable-apiserver",
    "with-node-id",
];

impl Form {
    /// Whether a release supports the form: `spec.values` was added in patch releases of 1.33 to 1.35.
    pub fn is_known_to(self, release: &str) -> bool {
        match self {
            Self::SpecValues => release.is_empty() || release.starts_with("v1.36"),
            // Without a release, the Cluster may be a K3s cluster.
            Self::Rancher => !release.is_empty(),
            _ => true,
        }
    }
}

/// Whether a key accepts a list.
fn is_list(key: &str) -> bool {
    key.ends_with("-arg")
        || key.ends_with("-cidr")
        || ["node-label", "node-taint", "tls-san", "cni", "disable", "node-ip", "cluster-dns"].contains(&key)
}

fn is_chart(name: &str) -> bool {
    name.starts_with("rke2-") || name.starts_with("rancher-") || name.starts_with("harvester-")
}

/// The files of a row, by path.
pub fn files(row: &Row, form: Form, release: &str) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut trees: BTreeMap<&str, Node> = BTreeMap::new();
    for (section, own) in row.parts() {
        if let Some(path) = section.name.strip_prefix("file ") {
            files.insert(path.to_owned(), section.text.replace("\\n", "\n"));
            continue;
        }
        let name = match (section.name.as_str(), form, own) {
            ("config", Form::DropIn, true) => "drop-in",
            (name, ..) => name,
        };
        let tree = trees.entry(name).or_default();
        for (keys, value) in section.pairs() {
            let value = match form {
                Form::Quoted
                    if own && section.name == "config" && !value.starts_with(['[', '{', '"', '\'']) =>
                {
                    format!("{value:?}")
                }
                Form::List if own && is_list(&keys[0]) && !value.starts_with('[') => {
                    if value.starts_with(['"', '\'']) { format!("[{value}]") } else { format!("[{value:?}]") }
                }
                _ => value,
            };
            tree.set(&keys, value);
        }
    }
    if form == Form::Rancher {
        return BTreeMap::from([("cluster.yaml".to_owned(), rancher_cluster(trees, release))]);
    }
    for (name, tree) in trees {
        let text = if form == Form::Flow { tree.flow() + "\n" } else { tree.block(0) };
        match name {
            "config" => files.insert(format!("{NODE}/config.yaml"), text),
            "drop-in" => files.insert(format!("{NODE}/config.yaml.d/50-site.yaml"), text),
            "registries" => files.insert(format!("{NODE}/registries.yaml"), text),
            "object" => files.insert(format!("{MANIFESTS}/object.yaml"), tree.block(0)),
            chart => files.insert(
                format!("{MANIFESTS}/{chart}-config.{}", if form == Form::Json { "json" } else { "yaml" }),
                config_object(chart, &tree, &text, form),
            ),
        };
    }
    if form == Form::CloudInit {
        return BTreeMap::from([("user-data.yaml".to_owned(), user_data(&files))]);
    }
    files
}

/// A Rancher Cluster from which Rancher generates the same files.
fn rancher_cluster(trees: BTreeMap<&str, Node>, release: &str) -> String {
    let release = Target::of(release.parse().unwrap()).unwrap().newest().unwrap();
    let mut spec = Node::default();
    for (name, tree) in trees {
        let keys = if name == "config" { vec!["machineGlobalConfig"] } else { vec!["chartValues", name] };
        spec.put(&keys, tree);
    }
    format!(
        "apiVersion: provisioning.cattle.io/v1\nkind: Cluster\nmetadata:\n  name: site\n  namespace: \
         fleet-default\nspec:\n  kubernetesVersion: {release}\n  rkeConfig:\n{}",
        spec.block(4)
    )
}

/// Cloud-init user data that writes the files.
fn user_data(files: &BTreeMap<String, String>) -> String {
    let mut out = "#cloud-config\nwrite_files:\n".to_owned();
    for (path, text) in files {
        writeln!(out, "  - path: /{path}\n    content: |").unwrap();
        for line in text.lines() {
            writeln!(out, "      {line}").unwrap();
        }
    }
    out
}

fn config_object(chart: &str, values: &Node, text: &str, form: Form) -> String {
    if form == Form::Json {
        return format!(
            "{{\"apiVersion\": \"helm.cattle.io/v1\", \"kind\": \"HelmChartConfig\", \"metadata\": {{\"name\": {chart:?}, \
             \"namespace\": \"kube-system\"}}, \"spec\": {{\"failurePolicy\": \"abort\", \"valuesContent\": {text:?}}}}}\n"
        );
    }
    let mut out = format!(
        "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: {chart}\n  namespace: \
         kube-system\nspec:\n  failurePolicy: abort\n"
    );
    if form == Form::SpecValues {
        out.push_str("  values:\n");
        out.push_str(&values.block(4));
    } else {
        out.push_str("  valuesContent: |-\n");
        for line in text.lines() {
            writeln!(out, "    {line}").unwrap();
        }
    }
    out
}

/// A tree of keys; leaves are values in flow style.
#[derive(Debug)]
enum Node {
    Leaf(String),
    Map(Vec<(String, Node)>),
}

impl Default for Node {
    fn default() -> Self {
        Self::Map(Vec::new())
    }
}

impl Node {
    fn set(&mut self, keys: &[String], value: String) {
        let (key, below) = keys.split_first().expect("a key");
        let Self::Map(entries) = self else { panic!("`{key}` is below a value") };
        let at = entries.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
            entries.push((key.clone(), Self::default()));
            entries.len() - 1
        });
        let slot = &mut entries[at].1;
        if below.is_empty() {
            *slot = Self::Leaf(value);
        } else {
            slot.set(below, value);
        }
    }

    /// Inserts a tree under keys.
    fn put(&mut self, keys: &[&str], tree: Self) {
        let (key, below) = keys.split_first().expect("a key");
        let Self::Map(entries) = self else { panic!("`{key}` is below a value") };
        let at = entries.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
            entries.push(((*key).to_owned(), Self::default()));
            entries.len() - 1
        });
        if below.is_empty() {
            entries[at].1 = tree;
        } else {
            entries[at].1.put(below, tree);
        }
    }

    fn block(&self, indent: usize) -> String {
        let Self::Map(entries) = self else { return String::new() };
        let mut out = String::new();
        for (key, node) in entries {
            let key =
                if key.contains(['$', '*', ':', '^', '(', '[']) { format!("{key:?}") } else { key.clone() };
            match node {
                Self::Leaf(value) => writeln!(out, "{:indent$}{key}: {value}", "").unwrap(),
                Self::Map(_) => write!(out, "{:indent$}{key}:\n{}", "", node.block(indent + 2)).unwrap(),
            }
        }
        out
    }

    fn flow(&self) -> String {
        match self {
            Self::Leaf(value) => {
                let is_plain = value.parse::<f64>().is_ok()
                    || ["true", "false", "null"].contains(&value.as_str())
                    || value.starts_with(['[', '{', '"', '\'']);
                if is_plain { value.clone() } else { format!("{value:?}") }
            }
            Self::Map(entries) => {
                let inner: Vec<String> =
                    entries.iter().map(|(key, node)| format!("{key:?}: {}", node.flow())).collect();
                format!("{{{}}}", inner.join(", "))
            }
        }
    }
}
