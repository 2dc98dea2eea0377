//! registries.yaml as the fields of an object: `mirrors` as in the file, and `configs` with references to Secrets. Must
//! not know which object it is.

use super::{Builder, Found, View, emit};
use crate::yaml::{Kind, NodeRef};

/// Adds the registries.yaml that a program writes from the fields of `root`. `credentials` is the field of a host under
/// `configs` that names a Secret with credentials. The texts of Secrets are not known, so they are masked.
pub fn registries(view: &View, root: NodeRef<'_>, part: &str, credentials: &str, found: &mut Found) {
    let mut builder = Builder::new(view);
    let is_filled = |node: &NodeRef<'_>| node.kind() == Kind::Mapping && node.entries().len() > 0;
    if let Some(mirrors) = root.get("mirrors").filter(is_filled) {
        builder.made_up("mirrors:\n  ");
        emit(&mut builder, mirrors, 2);
        builder.made_up("\n");
    }
    if let Some(configs) = root.get("configs").filter(is_filled) {
        builder.made_up("configs:\n");
        for host in configs.entries().filter(|host| host.key.kind() == Kind::Scalar && !host.is_merge()) {
            builder.made_up("  ");
            builder.verbatim(host.key.span().range());
            builder.made_up(":");
            match host.value.entry(credentials).filter(|secret| !secret.value.is_null()) {
                Some(secret) => {
                    builder.made_up("\n    ");
                    builder.replaced("auth", secret.key.span().range());
                    builder.made_up(":\n      username: ");
                    builder.masked(secret.value.span().range());
                }
                None => builder.made_up(" {}"),
            }
            builder.made_up("\n");
        }
    }
    if !builder.is_empty() {
        found.part_of_file(part, "/etc/rancher/rke2/registries.yaml", builder.finish());
    }
}
