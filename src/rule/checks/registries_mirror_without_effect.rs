//! `registries/mirror-without-effect`: mirrors without an endpoint that the embedded registry does not use.

use crate::rke2::registries::{endpoints, host_name, mirrors};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let (Target::Registries(file), Some(server)) = (context.target, context.server) else { return };
    let off = server.fact("embedded-registry").is_true() == Some(false);
    if !off || !server.has_server_key() {
        return;
    }
    for mirror in mirrors(file) {
        if mirror.value.holds_opaque() {
            continue;
        }
        let listed =
            mirror.value.get("endpoint").is_some_and(|list| !list.is_null() && list.items().len() == 0);
        // What is no list is another rule's.
        if listed && mirror.value.get("endpoint").is_some_and(|list| list.text().is_some()) {
            continue;
        }
        // Some releases apply rewrites to the registry itself, too.
        if mirror.value.get("rewrite").is_some_and(|rewrite| !rewrite.is_null()) {
            continue;
        }
        let name = host_name(&mirror);
        if endpoints(mirror).is_empty() {
            drafts.push(
                Draft::new(
                    mirror.key.span(),
                    format!(
                        "mirror `{name}` has no endpoint and `embedded-registry` is disabled; the entry has no effect"
                    ),
                )
                .help("add an `endpoint`, or set `embedded-registry: true` on every server"),
            );
        }
    }
}
