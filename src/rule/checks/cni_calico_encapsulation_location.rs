//! `cni-calico/encapsulation-location`: the encapsulation under keys of other resources.

use crate::rule::{Context, Draft};

const PLACES: &[&[&str]] = &[
    &["encapsulation"],
    &["backend"],
    &["installation", "encapsulation"],
    &["installation", "calicoNetwork", "encapsulation"],
    &["installation", "calicoNetwork", "backend"],
    &["installation", "calicoNetwork", "vxlanMode"],
    &["installation", "calicoNetwork", "ipipMode"],
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    // Another key may hold the word for an alias at the right place.
    if context.written(&["installation", "backend"]).is_some() {
        return;
    }
    for path in PLACES {
        let Some(entry) = context.written(path) else { continue };
        if entry.value.text().is_none_or(str::is_empty) {
            continue;
        }
        let message =
            format!("rke2-calico does not read `{}`; the encapsulation is unchanged", path.join("."));
        drafts.push(Draft::new(entry.key.span(), message).help(
            "write `installation.backend`, or `encapsulation` in an element of `calicoNetwork.ipPools`",
        ));
    }
}
