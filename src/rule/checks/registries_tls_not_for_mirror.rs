//! `registries/tls-not-for-mirror`: TLS settings of a public registry whose mirror has none.

use std::collections::HashSet;

use crate::rke2::registries::{Endpoint, canonical, configs, endpoints, host_and_port, host_name, mirrors};
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Kind, template_mark};

/// Registries with certificates of a public authority, which need no settings of their own.
const PUBLIC: [&str; 8] = [
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "k8s.gcr.io",
    "mcr.microsoft.com",
    "public.ecr.aws",
    "quay.io",
    "registry.k8s.io",
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    let hosts: HashSet<String> = configs(file).iter().map(|config| host_name(config).into_owned()).collect();
    if hosts.contains("*") {
        return;
    }
    for config in configs(file) {
        let host = host_name(&config);
        let Some(tls) = config.value.entry("tls").filter(|tls| tls.value.kind() == Kind::Mapping) else {
            continue;
        };
        if !PUBLIC.contains(&&*host) || tls.value.entries().len() == 0 {
            continue;
        }
        let of_host =
            mirrors(file).into_iter().filter(|mirror| canonical(&host_name(mirror)) == canonical(&host));
        let endpoints: Vec<Endpoint<'_>> =
            of_host.flat_map(|mirror| endpoints(mirror)).map(|(_, text)| Endpoint::parse(text)).collect();
        let is_other = |endpoint: &Endpoint<'_>| {
            let name = endpoint.authority;
            // `config-key-mismatch` reports settings of the same host with another port.
            let has_settings = hosts.iter().any(|known| host_and_port(known).0 == host_and_port(name).0);
            let is_known = !name.is_empty() && template_mark(name).is_none();
            is_known
                && endpoint.scheme.as_deref() == Some("https")
                && canonical(name) != canonical(&host)
                && !has_settings
        };
        let Some(first) = endpoints.first().filter(|_| endpoints.iter().all(is_other)) else { continue };
        let message = format!(
            "`tls` of `{host}` does not apply to its mirror `{}`, which has no settings",
            first.authority
        );
        drafts.push(
            Draft::new(tls.key.span(), message)
                .help(format!("write the settings of the mirror under `{}`", first.authority)),
        );
    }
}
