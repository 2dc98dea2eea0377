//! Kernel, programs, users and services. Produces no findings.

use std::collections::BTreeSet;

use serde_yaml::{Mapping, Value};

use super::files::Root;

/// Folders in the `PATH` of a service, and those of distributions that keep programs elsewhere.
const PROGRAM_FOLDERS: &[&str] = &[
    "usr/local/sbin",
    "usr/local/bin",
    "usr/sbin",
    "usr/bin",
    "sbin",
    "bin",
    "opt/bin",
    "run/current-system/sw/bin",
];

/// Programs that network plugins call on the node.
const PROGRAMS: &[&str] = &["ip6tables", "ipset", "iptables", "iptables-nft", "nft", "xtables-nft-multi"];

/// Modules that network plugins, kube-proxy and containerd need.
const MODULES: &[&str] = &[
    "br_netfilter",
    "geneve",
    "ip6_tables",
    "ip6table_nat",
    "ip_set",
    "ip_tables",
    "ip_vs",
    "ipip",
    "iptable_nat",
    "nf_conntrack",
    "nf_tables",
    "overlay",
    "vxlan",
    "wireguard",
];

const SYSCTLS: &[&str] = &[
    "fs.inotify.max_user_instances",
    "fs.inotify.max_user_watches",
    "kernel.panic",
    "kernel.panic_on_oops",
    "net.ipv4.conf.all.forwarding",
    "net.ipv4.conf.all.rp_filter",
    "net.ipv6.conf.all.accept_ra",
    "net.ipv6.conf.all.disable_ipv6",
    "net.ipv6.conf.all.forwarding",
    "vm.overcommit_memory",
    "vm.panic_on_oom",
];

/// Services that interfere with network plugins.
const SERVICES: &[&str] = &["firewalld", "nm-cloud-setup"];

/// The identification in `/etc/os-release`.
pub fn distribution(root: &Root) -> Option<Value> {
    let text = root.read("etc/os-release").or_else(|| root.read("usr/lib/os-release"))?;
    let mut distribution = Mapping::new();
    for (key, name) in [("ID", "id"), ("ID_LIKE", "like"), ("VERSION_ID", "version")] {
        let value = text.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='));
        if let Some(value) = value {
            distribution.insert(name.into(), value.trim_matches(['"', '\'']).into());
        }
    }
    Some(distribution.into())
}

/// The current host name of the kernel, or else the one for the next boot.
pub fn hostname(root: &Root) -> Option<Value> {
    root.text("proc/sys/kernel/hostname")
        .filter(|name| name != "(none)")
        .or_else(|| root.text("etc/hostname"))
        .map(Value::from)
}

/// `server` or `agent`, if RKE2 is installed and exactly one of its services is enabled.
pub fn role(root: &Root) -> Option<Value> {
    let on = |service: &str| enabled(root, &format!("{service}.service"));
    match (on("rke2-server"), on("rke2-agent")) {
        (true, false) => Some("server".into()),
        (false, true) => Some("agent".into()),
        _ => None,
    }
}

/// Which of the programs that network plugins call are installed.
pub fn programs(root: &Root) -> Option<Value> {
    let folders: Vec<_> = PROGRAM_FOLDERS
        .iter()
        .filter(|folder| root.names(folder).is_some_and(|names| !names.is_empty()))
        .collect();
    if folders.is_empty() {
        return None;
    }
    let found = PROGRAMS
        .iter()
        .filter(|program| folders.iter().any(|folder| root.has(&format!("{folder}/{program}"))));
    Some(found.map(|program| Value::from(*program)).collect::<Vec<_>>().into())
}

/// Which of the relevant modules are loaded, built in or available. Without the list of available modules, nothing is
/// known about the others.
pub fn modules(root: &Root) -> Option<Value> {
    let kernel = root.text("proc/sys/kernel/osrelease")?;
    let lists = ["lib/modules", "usr/lib/modules", "run/current-system/kernel-modules/lib/modules"];
    let folder = lists.iter().map(|list| format!("{list}/{kernel}"));
    let folder = folder.into_iter().find(|folder| root.has(&format!("{folder}/modules.dep")))?;
    let mut present: BTreeSet<String> = BTreeSet::new();
    for list in ["modules.dep", "modules.builtin"] {
        let text = root.read(&format!("{folder}/{list}"))?;
        present.extend(text.lines().filter_map(|line| {
            let path = line.split(':').next()?;
            let name = path.rsplit('/').next()?.split(".ko").next()?;
            Some(name.replace('-', "_"))
        }));
    }
    let loaded = root.read("proc/modules").unwrap_or_default();
    present.extend(loaded.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned));
    let found = MODULES.iter().filter(|module| present.contains(**module));
    Some(found.map(|module| Value::from(*module)).collect::<Vec<_>>().into())
}

/// The sysctls that rules use.
pub fn sysctls(root: &Root) -> Option<Value> {
    let mut sysctls = Mapping::new();
    for name in SYSCTLS {
        if let Some(value) = root.number(&format!("proc/sys/{}", name.replace('.', "/"))) {
            sysctls.insert((*name).into(), value.into());
        }
    }
    (!sysctls.is_empty()).then(|| sysctls.into())
}

/// The current mode, the mode after the next boot, and whether RKE2's policy is installed.
pub fn selinux(root: &Root) -> Option<Value> {
    let mut selinux = Mapping::new();
    let now = root.number("sys/fs/selinux/enforce");
    let config = root.read("etc/selinux/config");
    let next = config.as_deref().and_then(|text| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix("SELINUX="))?;
        Some(line.trim().to_ascii_lowercase())
    });
    match now {
        Some(0) => selinux.insert("mode".into(), "permissive".into()),
        Some(_) => selinux.insert("mode".into(), "enforcing".into()),
        // The kernel's folder exists whenever SELinux is enabled, but a container may not see it.
        None if root.has("sys/fs") && next.as_deref().is_none_or(|next| next == "disabled") => {
            selinux.insert("mode".into(), "disabled".into())
        }
        None => None,
    };
    if let Some(next) = next {
        selinux.insert("configured".into(), next.into());
    }
    if let Some(packages) = root.names("usr/share/selinux/packages") {
        let policy = packages.iter().any(|name| name.starts_with("rke2."));
        selinux.insert("rke2-policy".into(), policy.into());
    }
    (!selinux.is_empty()).then(|| selinux.into())
}

/// Whether a list of users or groups contains `etcd`. RKE2 does not look anywhere else.
pub fn names(root: &Root, path: &str) -> Option<Value> {
    let text = root.read(path)?;
    let etcd = text.lines().any(|line| line.split(':').next() == Some("etcd"));
    let found: Vec<Value> = etcd.then(|| "etcd".into()).into_iter().collect();
    Some(found.into())
}

/// Whether `NetworkManager` runs, and which devices it does not manage.
pub fn network_manager(root: &Root) -> Option<Value> {
    if !root.has("run") {
        return None;
    }
    let mut manager = Mapping::new();
    let active = root.has("run/NetworkManager") && enabled(root, "NetworkManager.service");
    manager.insert("active".into(), active.into());
    if active {
        let mut files = vec!["etc/NetworkManager/NetworkManager.conf".to_owned()];
        for folder in ["etc", "usr/lib", "run"].map(|place| format!("{place}/NetworkManager/conf.d")) {
            let names = root.names(&folder).unwrap_or_default().into_iter();
            files.extend(names.map(|name| format!("{folder}/{name}")));
        }
        let mut unmanaged = BTreeSet::new();
        for text in files.iter().filter_map(|file| root.read(file)) {
            let lines = text.lines().filter_map(|line| line.trim().strip_prefix("unmanaged-devices"));
            let lists = lines.filter_map(|rest| rest.split_once('=').map(|(_, list)| list.to_owned()));
            for list in lists {
                unmanaged.extend(list.split([';', ',']).map(|part| part.trim().to_owned()));
            }
        }
        unmanaged.remove("");
        manager.insert("unmanaged".into(), unmanaged.into_iter().map(Value::from).collect::<Vec<_>>().into());
    }
    Some(manager.into())
}

/// Which of the interfering services are enabled.
pub fn services(root: &Root) -> Option<Value> {
    root.names("etc/systemd/system")?;
    let found = SERVICES.iter().filter(|service| {
        ["service", "timer"].iter().any(|kind| enabled(root, &format!("{service}.{kind}")))
    });
    Some(found.map(|service| Value::from(*service)).collect::<Vec<_>>().into())
}

/// Whether systemd starts a unit at boot.
fn enabled(root: &Root, unit: &str) -> bool {
    ["multi-user", "timers", "network-online", "basic", "sysinit"]
        .iter()
        .any(|target| root.has(&format!("etc/systemd/system/{target}.target.wants/{unit}")))
}
