//! `registries/default-endpoint-kept-by-config`: a default endpoint that an entry under `configs` keeps.

use crate::rke2::registries::{Endpoint, canonical, configs, endpoints, host_name, mirrors};
use crate::rule::{Context, Draft, Target};
use crate::yaml::{NodeRef, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    let Some(disabled) = context.node().map(|node| node.fact("disable-default-registry-endpoint")) else {
        return;
    };
    let (Some(true), Some(at)) = (disabled.is_true(), disabled.span()) else { return };
    let mirrors = mirrors(file);
    let endpoints: Vec<_> = mirrors.iter().flat_map(|mirror| endpoints(*mirror)).collect();
    for config in configs(file) {
        let name = host_name(&config);
        let has_mirror = mirrors.iter().any(|mirror| {
            let list = mirror.value.get("endpoint");
            host_name(mirror) == name && list.is_some_and(|list| list.items().len() > 0)
        });
        // The settings are needed where the registry is an endpoint, also of its own mirror.
        let may_be_endpoint = |(node, text): &(NodeRef<'_>, &str)| {
            let authority = Endpoint::parse(text).authority;
            node.is_opaque() || template_mark(text).is_some() || canonical(authority) == canonical(&name)
        };
        if name == "*" || !has_mirror || endpoints.iter().any(may_be_endpoint) {
            continue;
        }
        let message = format!(
            "`configs` has an entry for `{name}`, so `disable-default-registry-endpoint` does not apply to it"
        );
        drafts.push(
            Draft::new(config.key.span(), message)
                .related(at, "set here")
                .help("remove this entry; set credentials only for the hosts of the endpoints"),
        );
    }
}
