//! `registries/default-endpoint-kept-by-config`: default endpoints that a `configs` entry keeps enabled.

use crate::rke2::registries::{configs, endpoints, host_name, mirrors};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let (Target::Registries(file), Some(server)) = (context.target, context.server) else { return };
    let fact = server.fact("disable-default-registry-endpoint");
    let (Some(true), Some(flag)) = (fact.is_true(), fact.span()) else { return };
    let mirrors = mirrors(file);
    for config in configs(file) {
        let host = host_name(&config);
        let Some(mirror) = mirrors.iter().find(|mirror| host_name(mirror) == host) else { continue };
        if host == "*" || endpoints(*mirror).is_empty() {
            continue;
        }
        drafts.push(
            Draft::new(
                config.key.span(),
                format!(
                    "`configs` has an entry for `{host}`, so `disable-default-registry-endpoint` does not apply to it"
                ),
            )
            .related(flag, "set here")
            .help("remove this entry; set credentials only for the hosts of the endpoints"),
        );
    }
}
