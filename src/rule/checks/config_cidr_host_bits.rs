//! `config/cidr-host-bits`: networks that do not parse or have host bits set.

use ipnet::IpNet;

use crate::finding::{Safety, Severity};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for key in ["cluster-cidr", "service-cidr"] {
        let Some(setting) = node.setting(key) else { continue };
        for (value, part) in setting.raw_parts() {
            // Spaces next to a comma are reported by a separate rule.
            let text = part.trim();
            let entry = setting.entries.iter().find(|entry| entry.value.span() == value.span());
            let at = entry.map_or(value.span(), crate::yaml::Entry::label_span);
            let Ok(net) = text.parse::<IpNet>() else {
                let help = if text.parse::<std::net::IpAddr>().is_ok() {
                    format!("add the prefix length, for example `{text}/16`")
                } else {
                    "write a network such as `10.42.0.0/16`".to_owned()
                };
                drafts.push(
                    Draft::new(at, format!("`{text}` is not a network; RKE2 exits with `invalid {key}`"))
                        .help(help)
                        .severity(Severity::Error),
                );
                continue;
            };
            let network = net.trunc();
            if network == net {
                continue;
            }
            let mut draft =
                Draft::new(at, format!("`{text}` has host bits set; RKE2 silently uses `{network}`"))
                    .help(format!("write `{network}`, or correct the prefix length"));
            if value.text() == Some(text) {
                draft = draft.reworded(Safety::Safe, value, &network.to_string());
            }
            drafts.push(draft);
        }
    }
}
