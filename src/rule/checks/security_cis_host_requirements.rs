//! `security/cis-host-requirements`: requirements of a CIS profile on the machine.

use crate::cluster::fact::{Datum, Fact};
use crate::cluster::server::NodeRole;
use crate::prose;
use crate::rule::{Context, Draft, Target};

const SYSCTLS: &[(&str, i64)] =
    &[("vm.overcommit_memory", 1), ("vm.panic_on_oom", 0), ("kernel.panic", 10), ("kernel.panic_on_oops", 1)];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let (Some(host), Target::Config(node)) = (context.host, context.target) else { return };
    let Fact::Known(profile) = node.fact("profile") else { return };
    let (Some(name), Some(at)) = (profile.value.as_text(), profile.at) else { return };
    let cis = name == "cis" || name.starts_with("cis-1.");
    if !cis && name != "etcd" {
        return;
    }
    let mut missing = Vec::new();
    let mut place = None;
    if cis {
        for (sysctl, wanted) in SYSCTLS {
            if let Fact::Known(found) = host.fact(&["sysctl", sysctl])
                && matches!(found.value, Datum::Int(value) if value != *wanted)
            {
                missing.push(format!("`{sysctl}={wanted}` (it is {})", found.value));
                place = place.or(found.at);
            }
        }
    }
    // Agents do not need the etcd user, so only a machine that is known to be a server counts.
    let server =
        host.text(&["role"]).is_some_and(|(role, _)| role == "server") && node.role == NodeRole::Server;
    for (list, what) in [("users", "a user `etcd`"), ("groups", "a group `etcd`")] {
        if let Some(span) = host.lacks(list, "etcd").filter(|_| server) {
            missing.push(what.to_owned());
            place = place.or(span);
        }
    }
    if missing.is_empty() {
        return;
    }
    let message =
        format!("`profile: {name}` needs {} on the node; RKE2 exits at startup", prose::and(&missing));
    let sysctls =
        "copy `rke2-cis-sysctl.conf` to `/etc/sysctl.d/` and run `systemctl restart systemd-sysctl`";
    let users = "run `useradd -r -c \"etcd user\" -s /sbin/nologin -M etcd -U`";
    let help = match (
        missing.iter().any(|what| what.contains('=')),
        missing.iter().any(|what| what.contains("etcd")),
    ) {
        (true, true) => format!("{sysctls}, and {users}"),
        (true, false) => sysctls.to_owned(),
        _ => users.to_owned(),
    };
    let mut draft = Draft::new(at, message).help(help);
    if let Some(place) = place {
        draft = draft.related(place, "node fact");
    }
    drafts.push(draft);
}
