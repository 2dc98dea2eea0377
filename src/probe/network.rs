//! Addresses, interfaces and routes. Produces no findings.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_yaml::{Mapping, Value};

use super::files::Root;

/// Prefixes of interfaces of pods, which are skipped: there may be hundreds.
const OF_PODS: &[&str] = &["cali", "veth", "lxc"];

/// Flags in `/proc/net/ipv6_route`, from `include/uapi/linux/ipv6_route.h`.
const REJECT: u32 = 0x0200;
const BY_ADVERTISEMENT: u32 = 0x0004_0000;

/// The machine's own addresses, except for loopback and link-local ones.
pub fn addresses(root: &Root) -> Option<Value> {
    let ipv4 = root.read("proc/net/fib_trie").map(|text| local_ipv4(&text));
    let ipv6 = root.read("proc/net/if_inet6").map(|text| global_ipv6(&text));
    if ipv4.is_none() && ipv6.is_none() {
        return None;
    }
    let all: BTreeSet<IpAddr> = ipv4.into_iter().flatten().chain(ipv6.into_iter().flatten()).collect();
    Some(all.into_iter().map(|address| Value::from(address.to_string())).collect::<Vec<_>>().into())
}

/// Parses `|-- ADDRESS`, followed by `/32 host LOCAL`.
fn local_ipv4(text: &str) -> Vec<IpAddr> {
    let mut leaf: Option<Ipv4Addr> = None;
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some((_, address)) = line.split_once("|-- ") {
            leaf = address.trim().parse().ok();
        } else if line.contains("/32 host LOCAL")
            && let Some(address) = leaf.filter(|address| !address.is_loopback())
        {
            found.push(address.into());
        }
    }
    found
}

/// Parses `ADDRESS INDEX LENGTH SCOPE FLAGS NAME`, with all numbers in hexadecimal; scope 0 is global.
fn global_ipv6(text: &str) -> Vec<IpAddr> {
    text.lines()
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let number = u128::from_str_radix(fields.first()?, 16).ok()?;
            (*fields.get(3)? == "00").then(|| Ipv6Addr::from(number).into())
        })
        .collect()
}

/// Interfaces with their MTU.
pub fn interfaces(root: &Root) -> Option<Value> {
    let mut interfaces = Mapping::new();
    for name in root.names("sys/class/net")? {
        if OF_PODS.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        if let Some(mtu) = root.number(&format!("sys/class/net/{name}/mtu")) {
            let mut interface = Mapping::new();
            interface.insert("mtu".into(), mtu.into());
            interfaces.insert(name.into(), interface.into());
        }
    }
    Some(interfaces.into())
}

/// The default IPv6 route: its interface, and whether the kernel learned it from a router advertisement.
pub fn default_route(root: &Root) -> Option<Value> {
    let text = root.read("proc/net/ipv6_route")?;
    let (interface, flags) = text.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [to, "00", _, _, gateway, _, _, _, flags, interface] = fields[..] else { return None };
        let flags = u32::from_str_radix(flags, 16).ok()?;
        let empty = |address: &str| address.bytes().all(|byte| byte == b'0');
        let is_default = empty(to) && !empty(gateway) && flags & REJECT == 0 && interface != "lo";
        is_default.then(|| (interface.to_owned(), flags))
    })?;
    let mut route = Mapping::new();
    route.insert("from-advertisement".into(), (flags & BY_ADVERTISEMENT != 0).into());
    if let Some(accept) = root.number(&format!("proc/sys/net/ipv6/conf/{interface}/accept_ra")) {
        route.insert("accept-ra".into(), accept.into());
    }
    route.insert("interface".into(), interface.into());
    Some(route.into())
}

/// The addresses of `localhost` in `/etc/hosts`.
pub fn localhost(root: &Root) -> Option<Value> {
    let text = root.read("etc/hosts")?;
    let addresses = text.lines().filter_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let address = words.next()?;
        words.any(|name| name == "localhost").then(|| Value::from(address))
    });
    Some(addresses.collect::<Vec<_>>().into())
}
