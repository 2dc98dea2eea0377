//! `cni-canal/iface-name`: names that no network interface can have.

use std::net::IpAddr;

use crate::cluster::fact::{Datum, Fact};
use crate::finding::{Safety, Severity};
use crate::rke2::node::is_stand_in;
use crate::rule::{Context, Draft, Target};

/// The longest name of an interface in Linux.
const LONGEST: usize = 15;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let Fact::Known(found) = context.cluster.effective(object).written(&["flannel", "iface"]) else { return };
    let Some(at) = found.at else { return };
    if let Datum::List(names) = &found.value {
        let first = names.first().and_then(|item| item.value.as_text());
        let help = first.map_or_else(
            || "write the name of one interface".to_owned(),
            |name| format!("write `iface: {name}`, or `regexIface` with an expression that fits all"),
        );
        let message =
            "`flannel.iface` expects one name, found a list; Flannel finds no such interface and exits";
        drafts.push(Draft::new(at, message).help(help));
        return;
    }
    let Datum::Text(name) = &found.value else { return };
    if is_expression(name) {
        let message = format!(
            "`flannel.iface` is one name, found the expression `{name}`; Flannel finds no such interface and exits"
        );
        let help = format!("write `regexIface: {name}`");
        drafts.push(Draft::new(at, message).severity(Severity::Warning).help(help));
        return;
    }
    if name.is_empty() || is_stand_in(name) || name.parse::<IpAddr>().is_ok() {
        return;
    }
    let exits = "Flannel finds no such interface and exits";
    let draft = if name.contains(',') {
        Draft::new(at, format!("`flannel.iface` takes one name, found the list `{name}`; {exits}"))
            .severity(Severity::Warning)
            .help("write `regexIface` with an expression that fits both, for example `^(eth1|ens19)$`")
    } else if let Some((bare, _)) = name.split_once('@') {
        Draft::new(at, format!("`{name}` is how `ip link` prints `{bare}`; {exits}"))
            .severity(Severity::Warning)
            .help(format!("write `iface: {bare}`"))
            .edit(Safety::Safe, at, bare)
    } else if name.contains('/') || name.contains(char::is_whitespace) || name.len() > LONGEST {
        Draft::new(at, format!("`{name}` is not a valid interface name; {exits}"))
            .help("write the name as shown by `ip -brief link`, without `@` and the rest")
    } else {
        return;
    };
    drafts.push(draft);
}

/// Whether a text is a regular expression: no interface is named with such letters.
fn is_expression(name: &str) -> bool {
    name.contains(['*', '^', '[', '|', '\\']) && !name.contains("${") && !name.contains("$(")
}
