//! The networks that pods get their addresses from. Produces no findings.

use std::net::IpAddr;

use ipnet::IpNet;

use super::fact::{Datum, Fact};
use super::server::NodeConfig;
use super::{Cluster, cilium};
use crate::source::Span;

/// Values that make Calico leave address assignment to another plugin, such as a cloud's.
const CALICO_PLUGINS: [&[&str]; 2] =
    [&["installation", "cni", "type"], &["installation", "cni", "ipam", "type"]];

/// The networks of a cluster's pods.
#[derive(Clone, Debug)]
pub struct PodNetwork {
    /// In the order of `cluster-cidr`.
    pub networks: Vec<IpNet>,
    /// Where they are written; `None` for the defaults.
    pub at: Option<Span>,
}

impl PodNetwork {
    /// The networks according to a server's configuration; `None` when they are unknown.
    pub fn of(server: Option<&NodeConfig<'_>>) -> Option<Self> {
        let server = server?;
        match server.fact("cluster-cidr") {
            Fact::Unknown | Fact::Absent(_) => None,
            Fact::Known(found) => {
                let networks: Option<Vec<IpNet>> =
                    texts(&found.value)?.iter().map(|part| part.parse().ok()).collect();
                let at = match &found.value {
                    Datum::List(items) => items.first().and_then(|item| item.at).or(found.at),
                    _ => found.at,
                };
                Some(Self { networks: networks.filter(|networks| !networks.is_empty())?, at })
            }
        }
    }

    /// The IPv4 network, if pods have IPv4 addresses.
    pub fn ipv4(&self) -> Option<IpNet> {
        self.networks.iter().copied().find(|net| net.addr().is_ipv4())
    }

    /// The IPv6 network, if pods have IPv6 addresses.
    pub fn ipv6(&self) -> Option<IpNet> {
        self.networks.iter().copied().find(|net| net.addr().is_ipv6())
    }
}

impl Cluster<'_> {
    /// Whether `cluster-cidr` is a network of the pods only. CNIs that give pods addresses of the nodes' network
    /// require that network in `cluster-cidr`. `None` where the CNI, or what it does, is unknown.
    pub fn pods_have_own_network(&self, server: &NodeConfig<'_>) -> Option<bool> {
        let Fact::Known(cni) = self.cni(Some(server)) else { return None };
        let name = cni.value.to_string();
        let packaged = format!("rke2-{name}");
        let may_disable =
            server.setting("disable").is_some_and(|setting| setting.lists(&packaged) != Some(false));
        if name == "none" || may_disable {
            return None;
        }
        if name == "calico" {
            let values = self.effective_of(&packaged);
            if values.is_none() && self.may_hold("HelmChartConfig", |name| *name == packaged) {
                return None;
            }
            let foreign = values.is_some_and(|values| {
                CALICO_PLUGINS.iter().any(|path| match values.written(path) {
                    Fact::Unknown => true,
                    Fact::Absent(_) => false,
                    Fact::Known(plugin) => plugin.value.as_text().is_none_or(|plugin| plugin != "Calico"),
                })
            });
            return (!foreign).then_some(true);
        }
        if name != "cilium" {
            return Some(true);
        }
        let values = self.effective_of(cilium::CHART)?;
        let delegated = match values.fact(&["ipam", "mode"]) {
            Fact::Unknown => return None,
            Fact::Absent(_) => false,
            Fact::Known(mode) => mode.value.as_text().is_some_and(|mode| mode == "delegated-plugin"),
        };
        Some(!delegated && !cilium::is_cloud_mode(&values)?)
    }
}

/// The addresses of a fact; empty when it is absent, `None` when any of them is unknown.
pub fn addresses(fact: &Fact<'_>) -> Option<Vec<IpAddr>> {
    match fact {
        Fact::Unknown => None,
        Fact::Absent(_) => Some(Vec::new()),
        Fact::Known(found) => texts(&found.value)?.iter().map(|part| part.parse().ok()).collect(),
    }
}

fn texts(value: &Datum<'_>) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    for element in value.elements() {
        parts.extend(element.as_text()?.split(',').map(str::to_owned));
    }
    Some(parts)
}
