//! `kube-proxy/kpr-single-server-endpoint`: Cilium on every node uses the API server of one server.

use std::net::IpAddr;

use crate::cluster::cilium::{self, KubeProxyReplacement, kube_proxy_replacement};
use crate::cluster::fact::Fact;
use crate::cluster::pod_network::addresses;
use crate::cluster::server::NodeRole;
use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let servers: Vec<_> =
        context.cluster.own_nodes().iter().filter(|node| node.role == NodeRole::Server).collect();
    if servers.len() < 2 {
        return;
    }
    let Some(values) = context.cluster.effective_of(cilium::CHART) else { return };
    if kube_proxy_replacement(&values) != KubeProxyReplacement::Full {
        return;
    }
    let Fact::Known(host) = values.fact(&["k8sServiceHost"]) else { return };
    let Some(address) = host.value.as_text().and_then(|host| host.parse::<IpAddr>().ok()) else { return };
    // If `node-ip` is set, `advertise-address` may be a virtual address shared by all servers.
    let mut owners = servers.iter().filter_map(|server| {
        let key = if server.setting("node-ip").is_some() { "node-ip" } else { "advertise-address" };
        let fact = server.fact(key);
        let own =
            fact.is_written() == Some(true) && addresses(&fact).is_some_and(|known| known.contains(&address));
        own.then_some(fact)
    });
    let (Some(at), Some(owner), None) = (host.at, owners.next(), owners.next()) else { return };
    let message = format!(
        "`{address}` is one of {} servers; if it is down, Cilium on every node loses the API server",
        servers.len()
    );
    let mut draft = Draft::new(at, message)
        .help("write `localhost`, which RKE2 balances over all servers, or a virtual address of the servers");
    if let Some(span) = owner.span() {
        draft = draft.related(span, "server with this address");
    }
    drafts.push(draft);
}
