//! `node/duplicate-ip`: two nodes of a cluster with the same address.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::rule::{Context, Draft};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let mut seen: BTreeMap<IpAddr, (usize, Span)> = BTreeMap::new();
    for (index, node) in context.cluster.own_nodes().iter().enumerate() {
        let Some(setting) = node.setting("node-ip") else { continue };
        for (value, part) in setting.parts() {
            let Ok(address) = part.parse::<IpAddr>() else { continue };
            match seen.get(&address) {
                Some((first, place)) if *first != index => drafts.push(
                    Draft::new(
                        value.span(),
                        format!("duplicate node address `{address}`; the second node cannot join"),
                    )
                    .related(*place, "also used here")
                    .help("set this node's own address"),
                ),
                Some(_) => {}
                None => {
                    seen.insert(address, (index, value.span()));
                }
            }
        }
    }
}
