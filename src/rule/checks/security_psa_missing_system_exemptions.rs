//! `security/psa-missing-system-exemptions`: Pod Security that rejects RKE2's own pods.

use crate::cluster::named::POD_SECURITY;
use crate::rule::{Context, Draft};
use crate::yaml::NodeRef;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let cni = context.cluster.cni(context.server);
    let calico = cni.value().is_some_and(|cni| cni.as_text().as_deref() == Some("calico"));
    let needed: &[&str] = if calico { &["kube-system", "tigera-operator"] } else { &["kube-system"] };
    for named in context.cluster.named.iter().filter(|named| named.key == POD_SECURITY) {
        let plugins = named.file.first_root().and_then(|root| root.get("plugins"));
        let plugin = plugins.and_then(|plugins| {
            plugins.items().find(|plugin| plugin.get("name").and_then(NodeRef::text) == Some("PodSecurity"))
        });
        let Some(configuration) = plugin.and_then(|plugin| plugin.get("configuration")) else { continue };
        let Some(enforce) = configuration.get("defaults").and_then(|defaults| defaults.entry("enforce"))
        else {
            continue;
        };
        let Some(level @ ("baseline" | "restricted")) = enforce.value.text() else { continue };
        let exemptions = configuration.get("exemptions");
        let list = exemptions.and_then(|exemptions| exemptions.entry("namespaces"));
        let exempt: Vec<&str> =
            list.map(|list| list.value.items().filter_map(NodeRef::text).collect()).unwrap_or_default();
        let missing: Vec<&str> = needed
            .iter()
            .copied()
            .filter(|name| !exempt.contains(name) && !is_labelled(context, name))
            .collect();
        if missing.is_empty() || exemptions.is_some_and(NodeRef::holds_opaque) {
            continue;
        }
        let names = missing.join("` and `");
        let verb = if missing.len() == 1 { "is" } else { "are" };
        let at = list.map_or_else(|| enforce.label_span(), |list| list.label_span());
        drafts.push(
            Draft::new(
                at,
                format!("`{level}` is enforced, but `{names}` {verb} not exempt; pods that RKE2 needs are rejected there"),
            )
            .related(named.at, "this file replaces RKE2's own, including its exemptions")
            .help(format!("add `{names}` to `exemptions.namespaces`")),
        );
    }
}

/// Whether the manifests define the namespace, in which case a label may set another level.
fn is_labelled(context: &Context<'_, '_>, name: &str) -> bool {
    context.cluster.may_hold("Namespace", |other| other == name)
}
