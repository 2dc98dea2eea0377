//! `kube-proxy/kpr-endpoint-port`: a wrong API server address for Cilium or Calico.

use std::net::{IpAddr, Ipv6Addr};

use crate::cluster::fact::{Datum, Fact, Found};
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft};

/// Charts with the paths of the host and the port.
const ENDPOINTS: [(&str, &[&str], &[&str]); 2] = [
    ("rke2-cilium", &["k8sServiceHost"], &["k8sServicePort"]),
    ("rke2-calico", &["kubernetesServiceEndpoint", "host"], &["kubernetesServiceEndpoint", "port"]),
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let cluster = context.cluster;
    for (chart, host_path, port_path) in ENDPOINTS {
        if !cluster.is_packaged(chart) {
            continue;
        }
        for object in cluster.chart_configs(chart) {
            let values = cluster.effective(object);
            let host = written_text(&values.fact(host_path));
            if let Some((text, found)) = &host {
                drafts.extend(host_draft(text, found));
            }
            let Some((host, _)) = host else { continue };
            if let Some((port, found)) = written_text(&values.fact(port_path)) {
                drafts.extend(port_draft(&port, &host, &found, chart == "rke2-cilium"));
            }
        }
    }
}

/// A non-empty scalar that the user wrote.
fn written_text<'a>(fact: &Fact<'a>) -> Option<(String, Found<'a>)> {
    let Fact::Known(found) = fact else { return None };
    found.at?;
    let text = match &found.value {
        Datum::Text(text) => text.to_string(),
        Datum::Int(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then(|| (text, found.clone()))
}

fn host_draft(host: &str, found: &Found<'_>) -> Option<Draft> {
    // Addresses first, because a colon in an IPv6 address does not separate a port.
    if host.parse::<IpAddr>().is_ok() {
        return None;
    }
    let what = if host.contains("://") {
        "a scheme"
    } else if host.contains('/') {
        "a path"
    } else if has_port(host) {
        "a port"
    } else {
        return None;
    };
    let message = format!(
        "`{host}` has {what}, but must be a plain host name or address; the API server is unreachable"
    );
    Some(Draft::new(found.at?, message).help("write only the host; the port has its own key"))
}

fn has_port(host: &str) -> bool {
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.split_once("]:"));
    match bracketed {
        Some((address, port)) => address.parse::<Ipv6Addr>().is_ok() && port.parse::<u16>().is_ok(),
        None => host
            .split_once(':')
            .is_some_and(|(name, port)| !name.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())),
    }
}

fn port_draft(port: &str, host: &str, found: &Found<'_>, cilium: bool) -> Option<Draft> {
    let local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let message = match port.parse::<u16>() {
        Err(_) | Ok(0) => format!("invalid port `{port}`, expected a number from 1 to 65535"),
        Ok(9345) => {
            "`9345` is RKE2's supervisor, not the API server; the network plugin cannot connect".to_owned()
        }
        // On other hosts, a load balancer may listen on the port.
        Ok(443) if local => {
            format!("RKE2's API server listens on 6443, not on port `443` of `{host}`")
        }
        Ok(_) => return None,
    };
    let at = found.at?;
    let mut draft = Draft::new(at, message).help("write `6443`");
    if cilium && local && matches!(port, "9345" | "443") {
        let replacement = if matches!(found.value, Datum::Int(_)) { "6443" } else { "\"6443\"" };
        draft.fix = Some(Fix {
            safety: Safety::Safe,
            message: "write `6443`".to_owned(),
            edits: vec![Edit { span: at, replacement: replacement.to_owned() }],
        });
    }
    Some(draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_not_hosts_with_ports() {
        for host in ["api.example.com:6443", "10.0.0.1:6443", "[fd00::1]:6443"] {
            assert!(has_port(host), "{host}");
        }
        assert!(!has_port("api.example.com") && !has_port("[fd00::1]"));
    }
}
