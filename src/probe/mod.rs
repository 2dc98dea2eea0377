//! Facts about a machine, read only from its files: the output of `rke2-lint facts`. If a file is missing, the fact is
//! absent. Must not run programs, write, or produce findings.

mod files;
mod network;
mod system;

use std::path::Path;

use serde_yaml::{Mapping, Value};

use files::Root;

/// The facts about the machine whose files are below a root, as YAML.
pub fn facts(root: &Path) -> String {
    let root = Root::new(root);
    let mut facts = Mapping::new();
    let sources: [(&str, Option<Value>); 17] = [
        ("os", root.text("proc/sys/kernel/ostype").map(|os| os.to_ascii_lowercase().into())),
        ("kernel", root.text("proc/sys/kernel/osrelease").map(Value::from)),
        ("distribution", system::distribution(&root)),
        ("hostname", system::hostname(&root)),
        ("role", system::role(&root)),
        ("addresses", network::addresses(&root)),
        ("interfaces", network::interfaces(&root)),
        ("ipv6-default-route", network::default_route(&root)),
        ("localhost", network::localhost(&root)),
        ("programs", system::programs(&root)),
        ("modules", system::modules(&root)),
        ("sysctl", system::sysctls(&root)),
        ("selinux", system::selinux(&root)),
        ("users", system::names(&root, "etc/passwd")),
        ("groups", system::names(&root, "etc/group")),
        ("network-manager", system::network_manager(&root)),
        ("services", system::services(&root)),
    ];
    for (name, fact) in sources {
        if let Some(fact) = fact {
            facts.insert(name.into(), fact);
        }
    }
    if facts.is_empty() {
        return "{}\n".to_owned();
    }
    // Strings, numbers, lists and maps can always be represented in YAML.
    serde_yaml::to_string(&facts).unwrap_or_default()
}
