//! The networks that pods get their addresses from. This module must not judge.

use std::net::IpAddr;

use ipnet::IpNet;

use super::fact::{Datum, Fact};
use super::server::NodeConfig;
use crate::source::Span;

/// What `cluster-cidr` is when nobody sets it, on nodes that have IPv4.
const DEFAULT: &str = "10.42.0.0/16";

/// The networks of a cluster's pods.
#[derive(Clone, Debug)]
pub struct PodNetwork {
    /// In the order of `cluster-cidr`.
    pub networks: Vec<IpNet>,
    /// Where they are written; `None` for the default.
    pub at: Option<Span>,
}

impl PodNetwork {
    /// What a server's configuration says; `None` when it cannot be told.
    pub fn of(server: Option<&NodeConfig<'_>>) -> Option<Self> {
        let server = server?;
        match server.fact("cluster-cidr") {
            Fact::Unknown => None,
            Fact::Absent(_) => {
                // On nodes without IPv4 the default is an IPv6 network.
                let nodes = addresses(&server.fact("node-ip"))?;
                let ipv4 = nodes.is_empty() || nodes.iter().any(IpAddr::is_ipv4);
                ipv4.then(|| DEFAULT.parse().ok()).flatten().map(|net| Self { networks: vec![net], at: None })
            }
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

    /// The network of IPv4, if pods have such addresses.
    pub fn ipv4(&self) -> Option<IpNet> {
        self.networks.iter().copied().find(|net| net.addr().is_ipv4())
    }

    /// The network of IPv6, if pods have such addresses.
    pub fn ipv6(&self) -> Option<IpNet> {
        self.networks.iter().copied().find(|net| net.addr().is_ipv6())
    }
}

/// The addresses of a fact; empty when it is absent, `None` when some of it cannot be told.
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
