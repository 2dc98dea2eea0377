//! `node/hostname-localhost`: nodes that register as localhost.

use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Some((name, place)) = context.host.and_then(|host| host.text(&["hostname"])) else { return };
    let first = name.split('.').next().unwrap_or_default();
    // Any of the configurations may be this node's.
    let unnamed = context.cluster.nodes.iter().all(|node| node.fact("node-name").is_written() == Some(false));
    if !(first.is_empty() || first == "localhost") || !unnamed || context.cluster.nodes.is_empty() {
        return;
    }
    let message = format!(
        "host name `{name}` without `node-name`; the node registers with a name that other nodes share"
    );
    let mut draft = Draft::new(context.subject_place(), message)
        .help("set a unique host name, or set `node-name` in the node's config.yaml");
    if let Some(place) = place {
        draft = draft.related(place, "host name of the node");
    }
    drafts.push(draft);
}
