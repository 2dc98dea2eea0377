//! `dual-stack/same-family-twice`: several ranges of one address family.

use crate::rule::net::{Family, Networks};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for (key, component) in [("cluster-cidr", "kube-controller-manager"), ("service-cidr", "kube-apiserver")]
    {
        let Some(networks) = Networks::of(&node.fact(key)) else { continue };
        let Some(at) = networks.at else { continue };
        let repeated = [Family::V4, Family::V6]
            .into_iter()
            .find(|family| networks.nets.iter().filter(|net| Family::of(net) == *family).count() > 1);
        if let Some(family) = repeated {
            drafts.push(
                Draft::new(
                    at,
                    format!(
                        "`{key}` has several {family} ranges (`{}`); {component} accepts one per family and exits",
                        networks.text
                    ),
                )
                .help(format!("keep one {family} range, with a wider mask if it is too small")),
            );
        }
    }
}
