//! `config/public-address-range`: public addresses for pods or Services.

use ipnet::Ipv4Net;

use crate::rule::{Context, Draft, Target};

/// Networks that belong to nobody on the Internet: private use, shared address space, benchmarks, documentation,
/// link-local, reserved (RFC 6890).
const SPECIAL: [([u8; 4], u8); 10] = [
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 2, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
];
const RESERVED: ([u8; 4], u8) = ([240, 0, 0, 0], 4);

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let special: Vec<Ipv4Net> = SPECIAL
        .iter()
        .chain([&RESERVED])
        .filter_map(|(address, length)| Ipv4Net::new((*address).into(), *length).ok())
        .collect();
    for key in ["cluster-cidr", "service-cidr"] {
        let parts = node.setting(key).map(crate::rke2::config::Setting::raw_parts).unwrap_or_default();
        for (value, part) in parts {
            let Ok(net) = part.parse::<Ipv4Net>() else { continue };
            if special.iter().any(|known| known.contains(&net)) {
                continue;
            }
            drafts.push(
                Draft::new(
                    value.span(),
                    format!("`{part}` in `{key}` contains public addresses; pods cannot reach the hosts that own them"),
                )
                .help("use a private range, for example one in 10.0.0.0/8"),
            );
        }
    }
}
