//! `config/node-port-range`: invalid ranges, and ranges that include RKE2's own ports.

use crate::finding::Severity;
use crate::rke2::node::is_stand_in;
use crate::rule::arguments::given;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;

/// Ports that every server listens on.
const OWN_PORTS: [(u32, &str); 7] = [
    (2379, "etcd"),
    (2380, "etcd"),
    (2381, "etcd"),
    (6443, "the API server"),
    (9099, "the network plugin's health check"),
    (9345, "the supervisor"),
    (10250, "the kubelet"),
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let setting = node.setting("service-node-port-range");
    if let Some((value, text)) = setting.and_then(|setting| setting.literals().next_back()) {
        drafts.extend(fault(value.span(), &text, "RKE2 exits with `invalid port range`"));
    }
    // The argument takes precedence over the key.
    for given in given(node).filter(|given| given.component == "kube-apiserver") {
        if let Some(text) = given.argument().value.filter(|_| given.name() == "service-node-port-range") {
            drafts.extend(fault(given.node.span(), text, "kube-apiserver fails to start"));
        }
    }
}

fn fault(at: Span, text: &str, consequence: &str) -> Option<Draft> {
    if text.is_empty() || is_stand_in(text) {
        return None;
    }
    let Some((low, high)) = range(text) else {
        let draft = Draft::new(at, format!("invalid port range `{text}`; {consequence}"));
        return Some(draft.help("write the lower and the upper port, for example `30000-32767`"));
    };
    let own: Vec<String> = OWN_PORTS
        .iter()
        .filter(|(port, _)| (low..=high).contains(port))
        .map(|(port, who)| format!("{port} ({who})"))
        .collect();
    (!own.is_empty()).then(|| {
        Draft::new(at, format!("`{text}` includes ports used by RKE2: {}", own.join(", ")))
            .help("start the range above 10250")
            .severity(Severity::Warning)
    })
}

/// Parses a port range as Kubernetes does: `30000-32767`, `30000+100` or `30000`.
pub(super) fn range(text: &str) -> Option<(u32, u32)> {
    let port = |text: &str| text.parse::<u32>().ok().filter(|port| *port <= 65535);
    let (low, high) = if let Some((low, high)) = text.split_once('-') {
        (port(low)?, port(high)?)
    } else if let Some((low, size)) = text.split_once('+') {
        (port(low)?, port(low)?.saturating_add(size.parse().ok()?).min(65535))
    } else {
        (port(text)?, port(text)?)
    };
    (low <= high).then_some((low, high))
}
