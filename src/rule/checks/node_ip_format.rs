//! `node/ip-format`: node addresses that are not IP addresses.

use std::net::IpAddr;

use crate::rke2::node::is_stand_in;
use crate::rule::{Context, Draft, Target};
use crate::yaml::template_mark;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for key in ["node-ip", "node-external-ip"] {
        let Some(setting) = node.setting(key) else { continue };
        for (value, text) in setting.arguments().filter_map(|(value, text)| Some((value, text?))) {
            if template_mark(&text).is_some() || is_stand_in(&text) {
                continue;
            }
            // RKE2 splits at commas and trims nothing.
            let Some(bad) = text.split(',').find(|part| part.parse::<IpAddr>().is_err()) else { continue };
            let place = if value.span().range().is_empty() {
                setting.entries.last().map_or(value.span(), |entry| entry.key.span())
            } else {
                value.span()
            };
            let message =
                format!("`{bad}` is not an IP address; RKE2 exits with `invalid {key}: invalid ip format`");
            drafts.push(Draft::new(place, message).help(help(key, bad)));
        }
    }
}

fn help(key: &str, bad: &str) -> String {
    let is_address = |text: &str| text.parse::<IpAddr>().is_ok();
    let bare = bad.trim();
    if is_address(bare) {
        return "remove the space next to the comma".to_owned();
    }
    if let Some((address, _)) = bare.split_once(['/', '%']).filter(|(address, _)| is_address(address)) {
        return format!("write `{address}`");
    }
    if let Some(address) =
        bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).filter(|text| is_address(text))
    {
        return format!("write `{address}`");
    }
    if bad.is_empty() {
        return format!("write an address, or remove `{key}`");
    }
    "write one IPv4 address, one IPv6 address, or both with a comma between them".to_owned()
}
