//! `registries/config-key-mismatch`: hosts under `configs` that never match.

use std::collections::{HashMap, HashSet};

use crate::cluster::fact::Fact;
use crate::finding::{Edit, Fix, Safety, Severity};
use crate::rke2::registries::{Endpoint, canonical, configs, endpoints, host_and_port, host_name, mirrors};
use crate::rule::{Context, Draft, Target};
use crate::yaml::template_mark;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    let hosts: HashSet<String> = configs(file).iter().map(|config| host_name(config).into_owned()).collect();
    let mirrors = mirrors(file);
    let mirrored: HashSet<String> =
        mirrors.iter().map(|mirror| canonical(&host_name(mirror)).to_owned()).collect();
    let mut by_host: HashMap<&str, Vec<&str>> = HashMap::new();
    for (_, text) in mirrors.iter().flat_map(|mirror| endpoints(*mirror)) {
        let authority = Endpoint::parse(text).authority;
        by_host.entry(host_and_port(authority).0).or_default().push(authority);
    }
    for config in configs(file) {
        let host = host_name(&config);
        if template_mark(&host).is_some() || host == "*" {
            continue;
        }
        if host.contains("://") || host.contains('/') || host.contains(char::is_whitespace) {
            let meant = Endpoint::parse(host.trim()).authority;
            let mut draft = Draft::new(
                config.key.span(),
                format!("`configs` keys are `host[:port]`; `{host}` never matches"),
            )
            .help(format!("write `{meant}`"));
            if !meant.is_empty() && !meant.contains(char::is_whitespace) && !hosts.contains(meant) {
                draft.fix = Some(Fix {
                    safety: Safety::Safe,
                    message: format!("rename it to `{meant}`"),
                    edits: vec![Edit { span: config.key.span(), replacement: format!("\"{meant}\"") }],
                });
            }
            drafts.push(draft);
            continue;
        }
        let name = host_and_port(&host).0;
        if mirrored.contains(canonical(&host)) || is_system_registry(context, &host) {
            continue;
        }
        let of_host = by_host.get(name).map(Vec::as_slice).unwrap_or_default();
        let Some(endpoint) = of_host.first().filter(|_| !of_host.contains(&host.as_ref())) else { continue };
        // The endpoint has its own settings, so this entry may be meant for other pulls.
        if hosts.contains(*endpoint) {
            continue;
        }
        drafts.push(
            Draft::new(
                config.key.span(),
                format!(
                    "`{host}` does not match the endpoint `{endpoint}`; the port differs, so these settings are not used for it"
                ),
            )
            .severity(Severity::Warning)
            .help(format!("write `{endpoint}`")),
        );
    }
}

fn is_system_registry(context: &Context<'_, '_>, host: &str) -> bool {
    context.cluster.nodes.iter().any(|node| match node.fact("system-default-registry") {
        Fact::Known(found) => found
            .value
            .as_text()
            .is_some_and(|text| text.split('/').next().is_some_and(|registry| registry == host)),
        _ => false,
    })
}
