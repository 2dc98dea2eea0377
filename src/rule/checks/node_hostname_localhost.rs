//! `node/hostname-localhost`: the name that a node registers with.

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
        "a node's host name is `{name}` and `node-name` is not set: it registers by a name that others have too"
    );
    let mut draft = Draft::new(context.subject_place(), message)
        .help("give the machine a name of its own, or set `node-name` in its config.yaml");
    if let Some(place) = place {
        draft = draft.related(place, "the node's host name");
    }
    drafts.push(draft);
}
