//! `dual-stack/same-family-twice`: more ranges than one for each address family.

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
                        "`{key}` holds more than one {family} range (`{}`): {component} exits, it takes one of each family",
                        networks.text
                    ),
                )
                .help(format!("keep one {family} range; use a wider mask if it is too small")),
            );
        }
    }
}
