//! `manifest/node-port-out-of-range`: node ports that the API server does not accept.

use super::config_node_port_range::range;
use crate::cluster::fact::Fact;
use crate::rule::{Context, Draft, Target};
use crate::yaml::NodeRef;

const KEY: &str = "service-node-port-range";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let (Target::Object { object, manifest }, Some(server)) = (context.target, context.server) else {
        return;
    };
    // Elsewhere it may be a Service of another cluster.
    if !manifest.is_certain() {
        return;
    }
    let Some(spec) = object.spec().filter(|_| object.api_version().as_deref() == Some("v1")) else { return };
    // The argument takes precedence.
    let by_argument = !matches!(server.argument("kube-apiserver-arg", KEY), Fact::Absent(_));
    let is_read = spec.get("type").and_then(NodeRef::text).is_some_and(|kind| kind != "ClusterIP");
    let Fact::Known(found) = server.fact(KEY) else { return };
    let text = found.value.as_text().unwrap_or_default();
    let Some((low, high)) = range(&text).filter(|_| is_read && !by_argument) else { return };
    for port in spec.get("ports").into_iter().flat_map(NodeRef::items) {
        let Some(node) = port.get("nodePort") else { continue };
        let Some(number) = node.text().and_then(|text| text.parse::<u32>().ok()) else { continue };
        // Zero asks for any free port.
        if number == 0 || (low..=high).contains(&number) {
            continue;
        }
        let message = format!("node port {number} is outside `{text}`; the API server rejects the Service");
        let help = format!("write a port from {low} to {high}, or remove `nodePort`");
        let mut draft = Draft::new(node.span(), message).help(help);
        if let Some(at) = found.at {
            draft = draft.related(at, "the range");
        }
        drafts.push(draft);
    }
}
