//! Which program a map is a configuration of, according to its top-level keys: RKE2, K3s, which shares most of its
//! keys, or another one. Must not look at places.

use crate::catalog::{self, ConfigKey, KeySource, Role};
use crate::spelling;
use crate::yaml::{Entry, Kind, NodeRef};

use super::url::{JoinUrl, SUPERVISOR_PORT};

/// The port of the Kubernetes API, where K3s nodes join.
const API_PORT: &str = "6443";

/// Components that only K3s accepts in `disable`.
const K3S_COMPONENTS: [&str; 5] = ["coredns", "local-storage", "metrics-server", "servicelb", "traefik"];

/// Values of `cni`.
const PLUGINS: [&str; 6] = ["calico", "canal", "cilium", "flannel", "multus", "none"];

/// Keys of RKE2 that many other programs also have.
const GENERIC: &[&str] = &[
    "config",
    "data-dir",
    "debug",
    "enabled",
    "log",
    "log-file",
    "profile",
    "rootless",
    "server",
    "snapshotter",
    "token",
    "with-node-id",
];

/// Prefixes of keys that only Kubernetes distributions have. A misspelled key with such a prefix is evidence, a
/// misspelled `data-dir` is not.
const TELLING: &[&str] = &[
    "cloud-",
    "cluster-",
    "container-",
    "control-",
    "disable",
    "etcd-",
    "kube",
    "node-",
    "pod-",
    "service-",
    "system-",
    "tls-",
    "write-kubeconfig",
];

/// The maximum number of unknown keys that are checked for misspellings. A file with more is another program's.
const MOST_UNKNOWN: usize = 12;

/// Counts of the keys and values of one map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Number of top-level keys, without those that are ignored.
    pub total: u16,
    /// Number of these keys that RKE2 knows.
    pub known: u16,
    /// Number of these keys that look like misspellings of a known key.
    pub near: u16,
    signs: u16,
}

/// The program that the content suggests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaning {
    /// RKE2, unless the place is that of K3s.
    Rke2,
    /// RKE2 regardless of the place: some key or value cannot be K3s'.
    Rke2Only,
    /// RKE2 or another program: the place or the files next to it decide.
    Unsure,
    /// A node that joins at K3s' port, which is also a common mistake with RKE2: the place or the files next to it
    /// decide.
    JoinsApiPort,
    /// K3s, unless the place is that of RKE2.
    K3s,
    /// Another program: too few of the keys are RKE2's.
    Other,
}

const DASHED: u16 = 1;
const RKE2_KEY: u16 = 1 << 1;
const CNI: u16 = 1 << 2;
const CNI_VALUE: u16 = 1 << 3;
const PROFILE: u16 = 1 << 4;
const JOINS_SUPERVISOR: u16 = 1 << 5;
const DISABLES_RKE2: u16 = 1 << 6;
const HOST: u16 = 1 << 7;
const K3S: u16 = 1 << 8;
const JOINS_API: u16 = 1 << 9;
const SPECIFIC: u16 = 1 << 10;
const NAMED: u16 = 1 << 11;
const MISSPELT: u16 = 1 << 12;
const STYLED: u16 = 1 << 13;
const PLURAL: u16 = 1 << 14;

impl Evidence {
    /// Counts the keys of a map in a file with this name.
    pub fn of(root: NodeRef<'_>, file_name: &str) -> Self {
        let mut evidence = Self::default();
        if is_config_name(file_name) {
            evidence.signs |= NAMED;
        }
        let mut unknown = Vec::new();
        for entry in root.entries() {
            let name = entry.name();
            let name = name.strip_suffix('+').unwrap_or(&name);
            if is_nobodys(name, entry) {
                continue;
            }
            evidence.total = evidence.total.saturating_add(1);
            // A flag's value is never a map, so this is a key of another program with the same name.
            if entry.value.kind() == Kind::Mapping {
                continue;
            }
            match catalog::config_key(name) {
                Some(key) => {
                    evidence.known = evidence.known.saturating_add(1);
                    evidence.signs |= signs_of(name, key, entry.value);
                }
                // A list of maps is an inventory of another program.
                None if entry.value.items().any(|item| item.kind() == Kind::Mapping) => {}
                None => unknown.push(name.to_owned()),
            }
        }
        if unknown.len() <= MOST_UNKNOWN {
            for name in unknown {
                // Ansible and Terraform variables contain underscores on purpose.
                let counts = |signs: &u16| signs & STYLED == 0 || has_word(file_name, &["config"]);
                if let Some(signs) = near_miss(&name).filter(counts) {
                    evidence.near += 1;
                    evidence.signs |= signs;
                }
            }
        }
        evidence
    }

    /// Whether there is any key of RKE2, or a near miss.
    pub fn has_keys(self) -> bool {
        self.known > 0 || (self.near > 0 && self.is_mostly_keys())
    }

    /// The program that the content suggests.
    pub fn leaning(self) -> Leaning {
        if self.known == 0 && self.near == 0 || !self.is_mostly_keys() {
            return Leaning::Other;
        }
        let has = |signs: u16| self.signs & signs != 0;
        let whole = self.known + self.near == self.total;
        if self.known == 0 {
            return if whole && has(NAMED) && has(PLURAL) { Leaning::Rke2 } else { Leaning::Unsure };
        }
        if has(JOINS_SUPERVISOR | DISABLES_RKE2 | RKE2_KEY) {
            return Leaning::Rke2Only;
        }
        if has(CNI_VALUE) && has(PROFILE) {
            return Leaning::Rke2;
        }
        if !has(CNI | PROFILE) {
            if has(K3S) {
                return Leaning::K3s;
            }
            if has(JOINS_API) && !has(HOST) {
                return Leaning::JoinsApiPort;
            }
        }
        let is_sure = has(DASHED)
            || has(HOST)
            || (has(CNI) && whole)
            || (whole && has(NAMED) && has(PROFILE | MISSPELT));
        if is_sure { Leaning::Rke2 } else { Leaning::Unsure }
    }

    /// Whether these keys lead to the same decision as others. For a configuration that is known to be RKE2's, the
    /// counts do not matter.
    pub fn decides_like(self, other: Self) -> bool {
        self == other
            || (self.leaning() == other.leaning()
                && matches!(self.leaning(), Leaning::Rke2 | Leaning::Rke2Only))
    }

    /// Whether the keys are sufficient evidence at a place where configurations usually are: not only keys that many
    /// programs have.
    pub fn fits_named_place(self) -> bool {
        self.signs & (NAMED | SPECIFIC) != 0
    }

    /// Whether the keys are sufficient evidence next to an RKE2 file: all of them are RKE2's, or some are rare in other
    /// programs.
    pub fn fits_neighbour(self) -> bool {
        self.known + self.near == self.total || self.signs & SPECIFIC != 0
    }

    fn is_mostly_keys(self) -> bool {
        (self.known + self.near) * 2 >= self.total
    }
}

/// Keys that are not evidence: holders of anchors, merges, and the metadata of SOPS.
fn is_nobodys(name: &str, entry: Entry<'_>) -> bool {
    name.starts_with("x-")
        || name.starts_with('.')
        || entry.is_merge()
        || (name == "sops" && entry.value.kind() == Kind::Mapping)
}

fn signs_of(name: &str, key: &ConfigKey, value: NodeRef<'_>) -> u16 {
    let dashed = name.contains('-');
    let mut signs = 0;
    if dashed {
        signs |= DASHED;
    }
    if dashed && key.source == KeySource::Rke2 {
        signs |= RKE2_KEY;
    }
    if name.len() > 2 && !GENERIC.contains(&name) {
        signs |= SPECIFIC;
    }
    if is_k3s_only(key) {
        signs |= K3S;
    }
    let mut texts = value.text().into_iter().chain(value.items().filter_map(NodeRef::text));
    signs
        | match name {
            "cni" => CNI | if texts.any(is_plugins) { CNI_VALUE } else { 0 },
            "profile" if texts.any(|text| text.starts_with("cis") || text == "etcd") => PROFILE,
            "disable" => texts.map(disabled).fold(0, |all, one| all | one),
            "server" => texts.map(joined).fold(0, |all, one| all | one),
            _ => 0,
        }
}

fn is_plugins(text: &str) -> bool {
    text.split(',').all(|part| PLUGINS.contains(&part.trim()))
}

fn disabled(text: &str) -> u16 {
    text.split(',').fold(0, |signs, part| match part.trim() {
        part if part.starts_with("rke2-") => signs | DISABLES_RKE2,
        part if K3S_COMPONENTS.contains(&part) => signs | K3S,
        _ => signs,
    })
}

fn joined(text: &str) -> u16 {
    let Some(url) = JoinUrl::parse(text) else { return 0 };
    let mut words = url.host.split(|c: char| !c.is_ascii_alphanumeric());
    let port = match url.port {
        Some(SUPERVISOR_PORT) => JOINS_SUPERVISOR,
        Some(API_PORT) => JOINS_API,
        // A value that already has a port: `HOST:9345:9345`.
        _ if text.ends_with(":9345") => JOINS_SUPERVISOR,
        _ => 0,
    };
    port | if words.any(|word| word.eq_ignore_ascii_case("rke2")) { HOST } else { 0 }
}

/// Whether a configuration has a key that only K3s accepts.
pub fn has_k3s_key(root: NodeRef<'_>) -> bool {
    root.entries().any(|entry| catalog::config_key(&entry.name()).is_some_and(is_k3s_only))
}

/// Whether no release of RKE2 accepts the key.
fn is_k3s_only(key: &ConfigKey) -> bool {
    [Role::Server, Role::Agent]
        .into_iter()
        .all(|role| key.steps(role).iter().all(|(_, state)| !state.is_accepted()))
}

/// The evidence of a misspelled key; `None` when it is not similar to a key of RKE2.
fn near_miss(name: &str) -> Option<u16> {
    if name.len() < 5 || !name.is_ascii() {
        return None;
    }
    let dashed = with_dashes(name);
    if dashed != name && catalog::config_key(&dashed).is_some() {
        return Some(STYLED | specific(&dashed));
    }
    let known = catalog::config_keys().iter().map(|key| key.name.as_str());
    let meant = spelling::nearest(name, known.filter(|key| key.contains('-') || *key == "disable"), 2)?;
    let telling = TELLING.iter().any(|start| meant.starts_with(start));
    let misspelt = if name.contains('-') && telling { MISSPELT } else { 0 };
    // `node-id` of another program is close to `node-ip`, but a key with an `s` at its end is the same word.
    let plural = if misspelt != 0 && name.strip_suffix('s') == Some(meant) { PLURAL } else { 0 };
    Some(specific(meant) | misspelt | plural)
}

fn specific(name: &str) -> u16 {
    if GENERIC.contains(&name) { 0 } else { SPECIFIC }
}

/// `disable_kube_proxy` and `disableKubeProxy` in RKE2's notation.
fn with_dashes(name: &str) -> String {
    let mut dashed = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !dashed.is_empty() && !dashed.ends_with('-') {
            dashed.push('-');
        }
        dashed.push(if c == '_' { '-' } else { c.to_ascii_lowercase() });
    }
    dashed
}

/// Whether the file name suggests a node's configuration.
fn is_config_name(name: &str) -> bool {
    has_word(
        name,
        &["agent", "agents", "config", "master", "node", "rke", "server", "servers", "worker", "workers"],
    )
}

/// Whether one of these words is part of a file's name, with or without a number after it.
fn has_word(name: &str, known: &[&str]) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let mut words = stem.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        known.iter().any(|known| known.eq_ignore_ascii_case(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;
    use crate::yaml::{Document, Stream};

    fn leaning(name: &str, text: &str) -> Leaning {
        let stream = Stream::parse(Sources::id_at(0), &text.into());
        let root = stream.documents().next().and_then(Document::root).unwrap();
        Evidence::of(root, name).leaning()
    }

    #[test]
    fn inventories_of_other_programs_are_none_of_rke2() {
        let text = "token: abc\nloadbalancer_ip: 10.0.0.2\nnodes:\n- name: a\n  role: server\n";
        assert_eq!(leaning("config.yml", text), Leaning::Other);
        let text = "token: abc\ntls-sans: [a]\nnode-labels:\n- a=b\n";
        assert_ne!(leaning("config.yml", text), Leaning::Other);
    }

    #[test]
    fn values_and_keys_that_only_rke2_has_decide() {
        for text in [
            "server: https://10.0.0.1:9345\ntoken: abc\n",
            "server: https://10.0.0.1:9345\ntoken: abc\nnode_label: [a=b]\n",
            "token: abc\ndisable: [rke2-ingress-nginx]\n",
            "debug: true\ncontrol-plane-resource-requests: kube-apiserver-cpu=1\n",
        ] {
            assert_eq!(leaning("x.yaml", text), Leaning::Rke2Only, "{text}");
        }
        for text in ["cni: canal\nprofile: cis-1.23\nfoo: 1\n", "cni: cilium\ntls-sans: [a]\ntoken: x\n"] {
            assert_eq!(leaning("x.yaml", text), Leaning::Rke2, "{text}");
        }
        let join = "server: https://rke2.example.com:6443\ntoken: abc\n";
        assert_eq!(leaning("x.yaml", join), Leaning::Rke2);
    }

    #[test]
    fn what_every_program_has_decides_nothing() {
        for text in [
            "debug: true\ntoken: x\nserver: y\nprofile: production\nlog: info\n",
            "debug: true\ndata_dir: /data\n",
            "token: x\ndata-dirs: /data\n",
            "token: x\ncluster_cidr: 10.42.0.0/16\n",
            "disabel: a\n",
            "token: x\nnode_label: [a=b]\n",
        ] {
            assert_eq!(leaning("config.yaml", text), Leaning::Unsure, "{text}");
        }
        for text in ["debug: true\nport: 80\nname: x\n", "services: {}\nversion: 3\n", "server: {port: 1}\n"]
        {
            assert_eq!(leaning("config.yaml", text), Leaning::Other, "{text}");
        }
    }

    #[test]
    fn a_plural_of_a_key_is_evidence_by_itself() {
        assert_eq!(leaning("config.yaml", "tls-sans: [rke2.example.com]\n"), Leaning::Rke2);
        for text in ["node-id: 3\n", "cluster-id: a\n", "tls-sans: [a]\nlisten: 0.0.0.0\n", "servers: a\n"] {
            assert_ne!(leaning("config.yaml", text), Leaning::Rke2, "{text}");
        }
    }

    #[test]
    fn variables_of_other_tools_are_no_misspelt_options() {
        let text = "cni: cilium\ncluster_cidr: 10.42.0.0/16\nservice_cidr: 10.43.0.0/16\n";
        assert_eq!(leaning("servers.yml", text), Leaning::Other);
        assert_eq!(leaning("config.yaml", text), Leaning::Rke2);
    }

    #[test]
    fn k3s_shares_most_keys() {
        assert_eq!(leaning("config.yaml", "tls-san: [a]\ndisable: [traefik]\n"), Leaning::K3s);
        assert_eq!(leaning("config.yaml", "tls-san: [a]\nflannel-backend: none\n"), Leaning::K3s);
        let join = "server: https://10.0.0.1:6443\ntoken: abc\n";
        assert_eq!(leaning("config.yaml", join), Leaning::JoinsApiPort);
        assert_eq!(leaning("config.yaml", &format!("{join}profile: cis\n")), Leaning::Rke2);
    }
}
