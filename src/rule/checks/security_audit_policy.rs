//! `security/audit-policy`: audit settings that record nothing.

use crate::cluster::fact::Fact;
use crate::cluster::named::AUDIT_POLICY;
use crate::cluster::server::NodeConfig;
use crate::rule::{Context, Draft, Target};
use crate::yaml::NodeRef;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    empty_policies(context, node, drafts);
    let argument = |name: &str| node.argument("kube-apiserver-arg", name);
    // Either key can set the policy, and a CIS profile creates a default policy file that may have been edited.
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
                Draft::new(
                    at,
                    format!("`{name}` is set without an audit policy; kube-apiserver records no events"),
                )
                .help("set `audit-policy-file` to an audit policy"),
            );
        }
    }
}

/// Reports policies in the tree in which every rule has the level `None`.
fn empty_policies(context: &Context<'_, '_>, node: &NodeConfig<'_>, drafts: &mut Vec<Draft>) {
    let named = context
        .cluster
        .named
        .iter()
        .filter(|named| named.key == AUDIT_POLICY && node.files().any(|file| file.id == named.at.file));
    for named in named {
        let Some(root) = named.file.first_root() else { continue };
        let policy = root.get("kind").and_then(NodeRef::text) == Some("Policy");
        let Some(rules) = root.entry("rules").filter(|_| policy) else { continue };
        let mut levels = rules.value.items().map(|rule| rule.get("level").and_then(NodeRef::text));
        if levels.len() > 0 && levels.all(|level| level == Some("None")) {
            drafts.push(
                Draft::new(
                    rules.key.span(),
                    "every rule of this audit policy has the level `None`; no events are recorded",
                )
                .related(named.at, "set in the configuration here")
                .help("add rules with the level `Metadata` or higher"),
            );
        }
    }
}
