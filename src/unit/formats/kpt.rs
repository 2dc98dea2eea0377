//! kpt: fragments of config.yaml that a package keeps in the `data` of local ConfigMaps. What setters fill in stays
//! where it is, so that other files of a package are read like any.

use crate::rke2::addon::has_manifest_extension;
use crate::unit::{Builder, Format, Found, Host, emit};
use crate::yaml::{Kind, NodeRef};

/// Fragments of configuration in packages of kpt.
pub const FORMAT: Format = Format { name: "kpt", marks: &[LOCAL], fits, read };

/// The annotation of what a package keeps for itself: it is not applied to a cluster.
const LOCAL: &str = "config.kubernetes.io/local-config";

fn fits(host: &Host<'_>) -> bool {
    !host.is_nested() && host.has_extension(&["yaml", "yml"])
}

fn read(host: &Host<'_>, found: &mut Found) {
    for root in host.roots() {
        let text = |path: &[&str]| root.at(path).and_then(NodeRef::text);
        // The values of setters are in such a ConfigMap as well; its name is not that of a file.
        let is_file = text(&["metadata", "name"]).is_some_and(has_manifest_extension);
        let is_local = text(&["metadata", "annotations", LOCAL]) == Some("true");
        let is_fragment = text(&["kind"]) == Some("ConfigMap") && is_local && is_file;
        let data = root.get("data").filter(|data| is_fragment && data.kind() == Kind::Mapping);
        let Some(data) = data else { continue };
        let mut builder = Builder::new(host.view());
        emit(&mut builder, data, 0);
        builder.made_up("\n");
        found.node();
        found.guess("data", host.path(), builder.finish());
    }
}
