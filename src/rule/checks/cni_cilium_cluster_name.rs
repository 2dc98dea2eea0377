//! `cni-cilium/cluster-name`: the name and ID of a cluster in a Cilium mesh.

use crate::cluster::fact::{Datum, Fact};
use crate::rule::{Context, Draft, Target};

const MAX_LENGTH: usize = 32;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let values = context.cluster.effective(object);
    let name = values.fact(&["cluster", "name"]);
    if let Fact::Known(found) = &name
        && let (Datum::Text(text), Some(at)) = (&found.value, found.at)
        && let Some(fault) = fault(text)
    {
        let message = format!("cluster name `{text}` {fault}; the install fails");
        drafts.push(
            Draft::new(at, message)
                .help("use at most 32 lower-case letters, digits and dashes, with no dash at either end"),
        );
    }
    let id = values.fact(&["cluster", "id"]);
    let is_default = name.value().and_then(Datum::as_text).is_some_and(|name| name == "default");
    if let Fact::Known(found) = &id
        && let (Datum::Int(number), Some(at)) = (&found.value, found.at)
        && *number != 0
        && is_default
    {
        let message =
            format!("`cluster.id` is `{number}`, but `cluster.name` is `default`; the install fails");
        drafts.push(Draft::new(at, message).help("set `cluster.name` to a name that is unique in the mesh"));
    }
    if let Fact::Known(found) = values.fact(&["clustermesh", "maxConnectedClusters"])
        && let (Datum::Int(number), Some(at)) = (&found.value, found.at)
        && !matches!(number, 255 | 511)
    {
        let message =
            format!("invalid `maxConnectedClusters` `{number}`, expected 255 or 511; the install fails");
        drafts.push(
            Draft::new(at, message).help("write `255` or `511`, the same in every cluster of the mesh"),
        );
    }
}

fn fault(name: &str) -> Option<&'static str> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() {
        Some("is empty")
    } else if name.len() > MAX_LENGTH {
        Some("has more than 32 characters")
    } else if !name.bytes().all(allowed) {
        Some("has characters other than lower-case letters, digits and dashes")
    } else if name.starts_with('-') || name.ends_with('-') {
        Some("starts or ends with a dash")
    } else {
        None
    }
}
