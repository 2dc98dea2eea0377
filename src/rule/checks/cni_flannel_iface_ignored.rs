//! `cni-flannel/iface-ignored`: values of rke2-canal in rke2-flannel.

use crate::cluster::charts::texts;
use crate::cluster::fact::Fact;
use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let named = match context.value(&["flannel", "args"]) {
        Fact::Known(found) => {
            texts(&found.value).iter().any(|argument| argument.trim_start_matches('-').starts_with("iface"))
        }
        Fact::Absent(_) => false,
        Fact::Unknown => return,
    };
    for (key, argument) in [("iface", "iface"), ("regexIface", "iface-regex")] {
        let Some(entry) = context.written(&["flannel", key]).filter(|_| !named) else { continue };
        let Some(interface) = entry.value.text().filter(|text| !text.is_empty()) else { continue };
        let message = format!(
            "`{key}` is not a value of rke2-flannel; flanneld uses the interface of the default route"
        );
        drafts.push(
            Draft::new(entry.key.span(), message)
                .help(format!("use `args: [--ip-masq, --kube-subnet-mgr, \"--{argument}={interface}\"]`")),
        );
    }
}
