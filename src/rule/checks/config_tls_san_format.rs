//! `config/tls-san-format`: entries that are not a name or address.

use std::net::IpAddr;

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(setting) = node.setting("tls-san") else { return };
    for (value, part) in setting.raw_parts() {
        let Some(reason) = fault(&part) else { continue };
        let bare = part.trim().split_once("://").map_or(part.trim(), |(_, rest)| rest);
        let bare = bare.split('/').next().unwrap_or(bare);
        let bare =
            bare.strip_prefix('[').and_then(|inner| inner.split_once(']')).map_or(bare, |(host, _)| host);
        let bare = match bare.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) => {
                host
            }
            _ => bare,
        };
        let is_net = part.parse::<ipnet::IpNet>().is_ok();
        let mut draft =
            Draft::new(value.span(), format!("`tls-san` entry `{part}` {reason}; no client name matches it"))
                .help(if is_net {
                    "list each address separately".to_owned()
                } else {
                    format!("write `{bare}`")
                });
        if !is_net && value.text() == Some(part.as_str()) {
            draft = draft.edit(Safety::Safe, value.span(), bare);
        }
        drafts.push(draft);
    }
}

fn fault(part: &str) -> Option<&'static str> {
    if part.trim().is_empty() || part.parse::<IpAddr>().is_ok() {
        return None;
    }
    if part.contains("://") {
        return Some("is a URL");
    }
    if part.contains(char::is_whitespace) {
        return Some("contains a space");
    }
    if part.contains('/') {
        return Some("has a path or a prefix length");
    }
    if part.starts_with('[') && part.contains(']') {
        return Some("has brackets");
    }
    let has_port =
        part.rsplit_once(':').is_some_and(|(host, port)| !host.contains(':') && port.parse::<u16>().is_ok());
    has_port.then_some("has a port")
}
