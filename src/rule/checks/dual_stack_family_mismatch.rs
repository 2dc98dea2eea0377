//! `dual-stack/family-mismatch`: the address families of pods against those of services.

use crate::rule::net::{Family, Networks};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let networks = |key: &str| Networks::of(&node.fact(key));
    let (Some(cluster), Some(service)) = (networks("cluster-cidr"), networks("service-cidr")) else { return };
    if sorted(&cluster) == sorted(&service) {
        return;
    }
    let draft = match (cluster.at, service.at) {
        (Some(cluster_at), Some(at)) => Draft::new(
            at,
            format!(
                "`service-cidr` is {}, but `cluster-cidr` is {}: RKE2 refuses to start the node",
                service.words(),
                cluster.words()
            ),
        )
        .related(cluster_at, format!("`cluster-cidr` is {} here", cluster.words())),
        // The default of the other key follows the node's first address, but is never dual-stack.
        (Some(at), None) if cluster.families().len() > 1 => alone("cluster-cidr", "service-cidr", at),
        (None, Some(at)) if service.families().len() > 1 => alone("service-cidr", "cluster-cidr", at),
        _ => return,
    };
    drafts.push(
        draft.help("give `cluster-cidr` and `service-cidr` the same address families, in the same order"),
    );
}

fn alone(key: &str, other: &str, at: crate::source::Span) -> Draft {
    Draft::new(
        at,
        format!(
            "`{key}` is dual-stack, but `{other}` is not set and keeps its default of one family: RKE2 refuses to start \
             the node"
        ),
    )
}

fn sorted(networks: &Networks) -> Vec<Family> {
    let mut families = networks.families();
    families.sort_unstable();
    families
}
