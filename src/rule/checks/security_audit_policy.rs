//! `security/audit-policy`: audit settings that record nothing.

use crate::cluster::fact::Fact;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let argument = |name: &str| node.argument("kube-apiserver-arg", name);
    // Either key names the policy, and a CIS profile brings a file of its own, which may have been filled.
    let no_policy = matches!(argument("audit-policy-file"), Fact::Absent(_))
        && matches!(node.fact("audit-policy-file"), Fact::Absent(_))
        && matches!(node.fact("profile"), Fact::Absent(_));
    if !no_policy {
        return;
    }
    for name in ["audit-log-path", "audit-webhook-config-file"] {
        if let Fact::Known(found) = argument(name)
            && let Some(at) = found.at
        {
            drafts.push(
                Draft::new(at, format!("`{name}` is set, but there is no audit policy: kube-apiserver records no events"))
                    .help("set `audit-policy-file` to a file with the rules of what to record"),
            );
        }
    }
}
