//! `node/name-duplicate`: two nodes of a cluster with the same name.

use std::collections::BTreeMap;

use crate::cluster::server::NodeConfig;
use crate::rule::{Context, Draft};
use crate::source::Span;
use crate::yaml::template_mark;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    for node in context.cluster.own_nodes().iter().filter(|node| node.main.is_some()) {
        let Some((name, span)) = name(node) else { continue };
        if node.fact("with-node-id").is_true() != Some(false) && node.setting("with-node-id").is_some() {
            continue;
        }
        match seen.get(&name) {
            Some(first) => drafts.push(
                Draft::new(span, format!("duplicate node name `{name}`; the second node cannot join"))
                    .related(*first, "also used here")
                    .help("set a different `node-name` on each node, or set `with-node-id: true`"),
            ),
            None => {
                seen.insert(name, span);
            }
        }
    }
}

fn name(node: &NodeConfig<'_>) -> Option<(String, Span)> {
    let (value, text) = node.setting("node-name")?.arguments().next_back()?;
    let text = text.filter(|text| !text.is_empty() && template_mark(text).is_none())?;
    Some((text.to_ascii_lowercase(), value.span()))
}
