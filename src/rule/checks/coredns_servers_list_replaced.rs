//! `coredns/servers-list-replaced`: a list of servers without required plugins.

use crate::cluster::coredns::plugins;
use crate::prose;
use crate::rke2::values::Written;
use crate::rule::{Context, Draft, Target};
use crate::yaml::Kind;

/// Plugins that resolve the names of Services: the standard one, and the multi-cluster one that some images include.
const KUBERNETES: [&str; 2] = ["kubernetes", "kubernetai"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, values, .. } = context.target else { return };
    let Written::Entry(entry) = values.lookup(&["servers"]) else { return };
    if entry.value.kind() != Kind::Sequence || entry.value.items().len() == 0 {
        return;
    }
    let mut names = Vec::new();
    for server in entry.value.items() {
        let Some(plugins) = plugins(server) else { return };
        names.extend(plugins);
    }
    // An import may add any plugin.
    if names.contains(&"import") {
        return;
    }
    let probe = |key: &str| {
        context.cluster.value_fact(values, &object.name, &[key, "enabled"]).is_true() == Some(true)
    };
    let mut lacks = Vec::new();
    let mut effects = Vec::new();
    if !names.iter().any(|name| KUBERNETES.contains(name)) {
        lacks.push("`kubernetes`");
        effects.push("DNS fails");
    }
    if !names.contains(&"ready") && probe("readinessProbe") {
        lacks.push("`ready`");
        effects.push("pods stay unready");
    }
    if !names.contains(&"health") && probe("livenessProbe") {
        lacks.push("`health`");
        effects.push("pods restart");
    }
    if lacks.is_empty() {
        return;
    }
    drafts.push(
        Draft::new(
            entry.key.span(),
            format!(
                "`servers` lacks {} of the default plugins; {}",
                prose::and(&lacks),
                prose::and(&effects)
            ),
        )
        .help("copy the chart's default list of plugins and change only what differs"),
    );
}
