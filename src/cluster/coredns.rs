//! The combined meaning of the values of rke2-coredns. Produces no findings.

use crate::yaml::{NodeRef, template_mark};

/// The plugins of an entry of `servers`. `None` when one of them cannot be determined.
///
/// The chart writes `name`, and the parameters after it, as a line of the Corefile, so `name` may contain parameters, a
/// comment or several lines.
pub fn plugins(server: NodeRef<'_>) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    for plugin in server.get("plugins").into_iter().flat_map(NodeRef::items) {
        let name = plugin.get("name").and_then(NodeRef::text).filter(|name| template_mark(name).is_none())?;
        names.extend(name.lines().filter_map(|line| line.split_whitespace().next()));
    }
    Some(names)
}
