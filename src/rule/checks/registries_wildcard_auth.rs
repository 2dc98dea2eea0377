//! `registries/wildcard-auth`: wildcard credentials that no endpoint uses.

use crate::rke2::registries::{Endpoint, configs, endpoints, host_name, mirrors};
use crate::rule::{Context, Draft, Target};
use crate::yaml::Kind;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    let configs = configs(file);
    let Some(wildcard) = configs.iter().find(|config| host_name(config) == "*") else { return };
    let Some(auth) = wildcard.value.entry("auth") else { return };
    if auth.value.kind() != Kind::Mapping || auth.value.entries().len() == 0 {
        return;
    }
    let mirrors = mirrors(file);
    let hosts = mirrors
        .iter()
        .flat_map(|mirror| endpoints(*mirror))
        .map(|(node, text)| (node, Endpoint::parse(text).authority));
    let mut uncovered = hosts
        .filter(|(_, host)| !host.is_empty() && !configs.iter().any(|config| host_name(config) == *host));
    let Some((node, host)) = uncovered.next() else { return };
    drafts.push(
        Draft::new(
            auth.key.span(),
            format!("credentials under `\"*\"` are not sent to the mirror endpoint `{host}`"),
        )
        .related(node.span(), "pulled without credentials")
        .help(format!("move them to `configs.\"{host}\".auth`")),
    );
}
