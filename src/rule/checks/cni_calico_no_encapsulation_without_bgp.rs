//! `cni-calico/no-encapsulation-without-bgp`: pod traffic between nodes is neither tunneled nor routed.

use crate::cluster::calico::pools;
use crate::cluster::fact::{Datum, Fact};
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let network = |key| context.value(&["installation", "calicoNetwork", key]);
    let bgp = network("bgp");
    let felix = may_be(&network("clusterRoutingMode"), "Felix")
        || may_be(&context.value(&["felixConfiguration", "programClusterRoutes"]), "Enabled");
    // Other IPAM plugins use addresses that the cloud network routes by itself.
    let foreign = [&["installation", "cni", "ipam", "type"][..], &["installation", "cni", "type"][..]]
        .into_iter()
        .any(|path| context.written(path).is_some_and(|entry| entry.value.text() != Some("Calico")));
    if !is(&bgp, "Disabled") || felix || foreign {
        return;
    }
    let Some(pools) = pools(&network("ipPools")) else { return };
    let mut places: Vec<Span> = pools
        .iter()
        .filter(|pool| pool.workload)
        .filter_map(|pool| pool.encapsulation.as_ref())
        .filter(|(encapsulation, _)| encapsulation == "None")
        .map(|(_, at)| *at)
        .collect();
    // The chart creates default pools only if none are defined.
    let views = context.cluster.views("rke2-calico");
    let backend = context.value(&["installation", "backend"]);
    if pools.is_empty()
        && is(&backend, "None")
        && !views.is_empty()
        && views.iter().all(|view| view.lookup(&["installation", "backend"]).attr().is_some())
    {
        places.extend(backend.span());
    }
    for at in places {
        let message = "encapsulation is `None` and BGP is disabled; Calico programs no routes to the pods of other nodes";
        let mut draft = Draft::new(at, message)
            .help("set `installation.calicoNetwork.bgp: Enabled`, or use `VXLAN` or `VXLANCrossSubnet`");
        if let Some(written) = bgp.span().filter(|_| bgp.is_written() == Some(true)) {
            draft = draft.related(written, "BGP is disabled here");
            draft.fix = Some(Fix {
                safety: Safety::Unsafe,
                message: "set `bgp` to `Enabled`".to_owned(),
                edits: vec![Edit { span: written, replacement: "Enabled".to_owned() }],
            });
        }
        drafts.push(draft);
    }
}

fn may_be(fact: &Fact<'_>, word: &str) -> bool {
    matches!(fact, Fact::Unknown) || is(fact, word)
}

fn is(fact: &Fact<'_>, word: &str) -> bool {
    matches!(fact.value(), Some(Datum::Text(text)) if text == word)
}
