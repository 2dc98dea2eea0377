//! `ingress/nginx-host-port`: TCP services on ports used by RKE2 or the controller.

use crate::rke2::values::Written;
use crate::rule::{Context, Draft, Target};

/// Ports of a node, with what listens there.
const OWN: [(&str, &str); 10] = [
    ("22", "SSH"),
    ("80", "ingress-nginx itself"),
    ("443", "ingress-nginx itself"),
    ("2379", "etcd"),
    ("2380", "etcd"),
    ("6443", "the API server"),
    ("8443", "the admission webhook of ingress-nginx"),
    ("9345", "RKE2's supervisor"),
    ("10250", "the kubelet"),
    ("10256", "kube-proxy"),
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { values, .. } = context.target else { return };
    if context.value(&["controller", "hostPort", "enabled"]).is_true() != Some(true) {
        return;
    }
    let Written::Entry(services) = values.lookup(&["tcp"]) else { return };
    for entry in services.value.fields().into_iter().filter(|entry| !entry.value.is_null()) {
        let name = entry.name();
        let Some((port, owner)) = OWN.iter().find(|(port, _)| *port == name) else { continue };
        drafts.push(
            Draft::new(
                entry.key.span(),
                format!("`tcp.{port}` binds host port {port} on every node, which is used by {owner}"),
            )
            .help("choose another port, or set `controller.hostPort.enabled: false`"),
        );
    }
}
