//! `config/control-plane-probes`: probe settings that RKE2 rejects or ignores.

use super::config_control_plane_resources::COMPONENTS;
use crate::finding::Severity;
use crate::rule::{Context, Draft, Target};

const SETTINGS: [&str; 4] =
    ["initial-delay-seconds", "timeout-seconds", "failure-threshold", "period-seconds"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(setting) = node.setting("control-plane-probe-configuration") else { return };
    for (value, part) in setting.raw_parts() {
        let number = part.split_once('=').and_then(|(_, number)| number.parse::<i32>().ok());
        let Some((name, written)) = part.split_once('=').filter(|_| number.is_some_and(|number| number >= 0))
        else {
            drafts.push(
                Draft::new(
                    value.span(),
                    format!("`{part}` does not end in `=` and a number; RKE2 fails to start"),
                )
                .help("write a setting such as `etcd-startup-failure-threshold=48`")
                .severity(Severity::Error),
            );
            continue;
        };
        if is_known(name) {
            continue;
        }
        let dashed = dashes(name);
        let help = if is_known(&dashed) {
            format!("write `{dashed}={written}`")
        } else {
            format!(
                "write COMPONENT-PROBE-SETTING with `liveness`, `readiness` or `startup` and one of `{}`",
                SETTINGS.join("`, `")
            )
        };
        drafts.push(
            Draft::new(value.span(), format!("unknown probe setting `{name}`; RKE2 ignores it")).help(help),
        );
    }
}

fn is_known(name: &str) -> bool {
    COMPONENTS.iter().any(|component| {
        let rest = name.strip_prefix(component).and_then(|rest| rest.strip_prefix('-')).unwrap_or_default();
        rest.split_once('-').is_some_and(|(probe, setting)| {
            matches!(probe, "liveness" | "readiness" | "startup") && SETTINGS.contains(&setting)
        })
    })
}

/// `failureThreshold` as `failure-threshold`.
fn dashes(name: &str) -> String {
    let mut dashed = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            dashed.push('-');
        }
        dashed.push(c.to_ascii_lowercase());
    }
    dashed
}
