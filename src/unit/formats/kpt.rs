//! kpt: fragments of config.yaml that a package keeps in the `data` of local `ConfigMaps`, and the role of these files
//! in its `Kptfile`. The other files of a package need no format: any value with a setter comment is unknown.

use crate::rke2::addon::has_manifest_extension;
use crate::rke2::file::resolve;
use crate::source::folder;
use crate::unit::{Builder, Format, Found, Host, emit};
use crate::yaml::{Kind, NodeRef, Style};

/// Fragments of configuration in kpt packages.
pub const FORMAT: Format =
    Format { name: "kpt", files: &["kptfile"], marks: &[LOCAL, "configPath"], is_program: false, fits, read };

/// The annotation of an object that is used by the package only and not applied to a cluster.
const LOCAL: &str = "config.kubernetes.io/local-config";

fn fits(host: &Host<'_>) -> bool {
    !host.is_nested() && (host.has_extension(&["yaml", "yml"]) || host.name() == "Kptfile")
}

fn read(host: &Host<'_>, found: &mut Found) {
    for root in host.roots() {
        if host.name() == "Kptfile" {
            setters(host, root, found);
            continue;
        }
        let text = |path: &[&str]| root.at(path).and_then(NodeRef::text);
        // Setter values are in such a ConfigMap as well, but its name is not a file name.
        let is_file = text(&["metadata", "name"]).is_some_and(has_manifest_extension);
        let is_local = text(&["metadata", "annotations", LOCAL]) == Some("true");
        let is_of_setters = host.name().starts_with("setters.")
            || text(&["metadata", "name"]).is_some_and(|name| name.starts_with("setters"));
        let is_fragment = text(&["kind"]) == Some("ConfigMap") && is_local && is_file && !is_of_setters;
        let data = root.get("data").filter(|data| is_fragment && data.kind() == Kind::Mapping);
        let Some(data) = data else { continue };
        let mut builder = Builder::new(host.view());
        for entry in data.entries().filter(|entry| entry.key.kind() == Kind::Scalar) {
            builder.verbatim(entry.key.span().range());
            builder.made_up(": ");
            if matches!(entry.value.style(), Some(Style::Literal | Style::Folded)) {
                // A string that functions of the package turn into a list or a map.
                builder.masked(entry.value.span().range());
            } else {
                if entry.value.kind() != Kind::Scalar {
                    builder.made_up("\n  ");
                }
                emit(&mut builder, entry.value, 2);
            }
            builder.made_up("\n");
        }
        found.node();
        found.guess("data", host.path(), builder.finish());
    }
}

/// Records the files with the values of setter functions, which do not contain fragments.
fn setters(host: &Host<'_>, root: NodeRef<'_>, found: &mut Found) {
    let lists = ["mutators", "validators"].into_iter().filter_map(|list| root.at(&["pipeline", list]));
    for function in lists.flat_map(NodeRef::items) {
        let is_setter =
            function.get("image").and_then(NodeRef::text).is_some_and(|image| image.contains("setters"));
        if let Some(path) = function.get("configPath").and_then(NodeRef::text).filter(|_| is_setter) {
            found.setters(resolve(folder(host.full_path()), path));
        }
    }
}
