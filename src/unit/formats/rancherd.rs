//! rancherd, also in Harvester: the objects that a node applies at its first start.

use crate::rke2::object::HELM_GROUP;
use crate::unit::{Builder, Format, Found, Host, emit};
use crate::words::Words;
use crate::yaml::NodeRef;

/// Configuration of rancherd.
pub const FORMAT: Format =
    Format { name: "rancherd", files: &[], marks: &[HELM_GROUP], is_program: false, fits, read };

/// Lists of objects: those for the first start, and those that Rancher applies later.
const LISTS: &[&str] = &["bootstrapResources", "resources"];

fn fits(host: &Host<'_>) -> bool {
    static KEYS: Words = Words::new(|| LISTS.to_vec());
    host.has_extension(&["yaml", "yml"]) && KEYS.is_in(host.text().as_bytes())
}

fn read(host: &Host<'_>, found: &mut Found) {
    for root in host.roots().filter(|root| root.get("kind").is_none()) {
        for list in LISTS {
            let objects = root.get(list).into_iter().flat_map(NodeRef::items).enumerate();
            let of_helm = |(_, object): &(usize, NodeRef<'_>)| {
                let group = object.get("apiVersion").and_then(NodeRef::text);
                group.is_some_and(|group| group.starts_with(HELM_GROUP))
            };
            for (index, object) in objects.filter(of_helm) {
                let mut builder = Builder::new(host.view());
                emit(&mut builder, object, 0);
                builder.made_up("\n");
                found.node();
                found.text(format!("{list}[{index}]"), "/manifest.yaml", builder.finish());
            }
        }
    }
}
