//! Configuration files of the kubelet on the nodes of RKE2: names that the kubelet does not read, misspelled fields, and
//! values with which it does not start. They hold no configuration of RKE2.

use std::sync::OnceLock;

use serde::Deserialize;

use super::template::ending;
use crate::source::file_name;
use crate::spelling::nearest;
use crate::unit::field_types::{FieldTypes, mistyped};
use crate::unit::{Format, Found, Host};
use crate::yaml::{NodeRef, template_mark};

/// Configuration files of the kubelet.
pub const FORMAT: Format = Format {
    name: "kubelet",
    files: &[".conf"],
    marks: &["KubeletConfiguration"],
    is_program: false,
    fits,
    read,
};

/// The only version of the files.
const VERSION: &str = "kubelet.config.k8s.io/v1beta1";

/// The folder under RKE2's data directory with files that the kubelet merges.
const DROP_INS: &str = "/agent/etc/kubelet.conf.d/";

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// The fields of a configuration file.
    fields: Vec<String>,
    types: FieldTypes,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/kubelet.json"))).unwrap_or_default()
    })
}

fn fits(host: &Host<'_>) -> bool {
    host.full_path().contains("rke2") && host.text().contains("KubeletConfiguration")
}

fn read(host: &Host<'_>, found: &mut Found) {
    for root in host.roots().filter(|root| is_configuration(*root)) {
        refused(host, root, found);
        if let Some(kind) = root.entry("kind").filter(|_| host.full_path().contains(DROP_INS)) {
            let name = file_name(host.full_path());
            // A template has its own extension.
            let ending = ending(name).map_or("", |(ending, _)| *ending);
            let name = name.strip_suffix(ending).unwrap_or(name);
            if name.rsplit_once('.').is_none_or(|(_, end)| end != "conf") && template_mark(name).is_none() {
                let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
                let message =
                    format!("the kubelet reads only `.conf` files in this folder; it ignores `{name}`");
                let help = format!("rename the file to `{stem}.conf{ending}`");
                found.remark("config/kubelet-file", host.view(), kind.key.span().range(), message, &help);
            }
        }
        for entry in root.entries().filter(|entry| !entry.is_merge()) {
            let name = entry.name();
            if let Some(known) = meant(&name) {
                let message = format!("unknown field `{name}`; the kubelet ignores it");
                let help = format!("write `{known}`");
                found.remark("config/kubelet-file", host.view(), entry.key.span().range(), message, &help);
            }
        }
    }
}

/// Reports what keeps the kubelet from starting: an unknown version of the file, and values of another type.
fn refused(host: &Host<'_>, root: NodeRef<'_>, found: &mut Found) {
    let version = root.get("apiVersion").and_then(|version| Some((version.span(), version.text()?)));
    if let Some((at, version)) = version.filter(|(_, version)| *version != VERSION)
        && template_mark(version).is_none()
    {
        let message =
            format!("there is no `{version}` of `KubeletConfiguration`; the kubelet fails to start");
        let help = format!("write `{VERSION}`");
        found.remark("config/kubelet-file", host.view(), at.range(), message, &help);
    }
    let effect = "the kubelet fails to start";
    mistyped("config/kubelet-file", &table().types, (host.view(), root), effect, found);
}

fn is_configuration(root: NodeRef<'_>) -> bool {
    let text = |key: &str| root.get(key).and_then(NodeRef::text).unwrap_or_default();
    text("kind") == "KubeletConfiguration" && text("apiVersion").starts_with("kubelet.config.k8s.io/")
}

/// The field that an unknown name must mean: another spelling, or the name of a flag.
fn meant(name: &str) -> Option<&'static str> {
    let fields = &table().fields;
    let is_known = |name: &str| fields.iter().any(|field| field == name);
    if matches!(name, "apiVersion" | "kind" | "metadata") || is_known(name) || template_mark(name).is_some() {
        return None;
    }
    let bare = |text: &str| text.replace(['-', '_'], "").to_ascii_lowercase();
    // The flags for percentages do not say so: `image-gc-high-threshold`.
    let is_same = |field: &&String| {
        let (field, name) = (bare(field), bare(name));
        field == name || field.strip_suffix("percent") == Some(&name)
    };
    let same = fields.iter().find(is_same).map(String::as_str);
    same.or_else(|| nearest(name, fields.iter().map(String::as_str), 2))
}
