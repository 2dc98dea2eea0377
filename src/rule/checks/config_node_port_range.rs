//! `config/node-port-range`: ranges that RKE2 refuses, or that take ports of its own.

use crate::finding::Severity;
use crate::rule::{Context, Draft, Target};

/// Ports that every server listens on.
const OWN_PORTS: [(u32, &str); 7] = [
    (2379, "etcd"),
    (2380, "etcd"),
    (2381, "etcd"),
    (6443, "the Kubernetes API"),
    (9099, "the network plugin's health check"),
    (9345, "the supervisor"),
    (10250, "the kubelet"),
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let setting = node.setting("service-node-port-range");
    let Some((value, text)) = setting.and_then(|setting| setting.literals().next_back()) else { return };
    if text.is_empty() {
        return;
    }
    let Some((low, high)) = range(&text) else {
        drafts.push(
            Draft::new(value.span(), format!("`{text}` is no range of ports: RKE2 stops with `invalid port range`"))
                .help("write the lower and the upper port, for example `30000-32767`"),
        );
        return;
    };
    let own: Vec<String> =
        OWN_PORTS.iter().filter(|(port, _)| (low..=high).contains(port)).map(|(port, who)| format!("{port} ({who})")).collect();
    if !own.is_empty() {
        drafts.push(
            Draft::new(
                value.span(),
                format!("`{text}` holds ports that RKE2 needs itself: a Service that is given one of {} cuts it off", own.join(", ")),
            )
            .help("start the range above 10250")
            .severity(Severity::Warning),
        );
    }
}

/// `30000-32767`, `30000+100` or `30000`, as Kubernetes reads it.
fn range(text: &str) -> Option<(u32, u32)> {
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
