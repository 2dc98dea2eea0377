//! `dual-stack/family-mismatch`: different address families of pods and Services.

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
                "`service-cidr` is {}, but `cluster-cidr` is {}; RKE2 fails to start",
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
        draft.help("use the same address families in `cluster-cidr` and `service-cidr`, in the same order"),
    );
}

fn alone(key: &str, other: &str, at: crate::source::Span) -> Draft {
    Draft::new(
        at,
        format!(
            "`{key}` is dual-stack, but `{other}` is not set and has a single-family default; RKE2 fails to start"
        ),
    )
}

fn sorted(networks: &Networks) -> Vec<Family> {
    let mut families = networks.families();
    families.sort_unstable();
    families
}
