//! `cni-calico/address-detection`: two methods to detect a node's address in one family.

use crate::cluster::fact::{Datum, Fact};
use crate::rule::{Context, Draft, Target};
use crate::source::Span;

const METHODS: [&str; 6] = ["firstFound", "kubernetes", "interface", "skipInterface", "canReach", "cidrs"];
const FAMILIES: [&str; 2] = ["nodeAddressAutodetectionV4", "nodeAddressAutodetectionV6"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let values = context.cluster.effective(object);
    for family in FAMILIES {
        let methods: Vec<(&str, Span)> = METHODS
            .into_iter()
            .filter_map(|method| {
                let fact = values.written(&["installation", "calicoNetwork", family, method]);
                let Fact::Known(found) = fact else { return None };
                counts(&found.value).then_some((method, found.at?))
            })
            .collect();
        let [(first, first_at), .., (last, last_at)] = methods.as_slice() else { continue };
        drafts.push(
            Draft::new(
                *last_at,
                format!("`{family}` has two methods, `{first}` and `{last}`; Calico's operator rejects the Installation"),
            )
            .related(*first_at, "the other method")
            .help(format!("keep one method; `{first}: null` removes the other")),
        );
    }
}

/// Whether the operator counts a method as set: a non-empty string or list, or `firstFound: true`.
fn counts(value: &Datum<'_>) -> bool {
    match value {
        Datum::Bool(on) => *on,
        Datum::Text(text) => !text.is_empty(),
        Datum::List(items) => !items.is_empty(),
        _ => false,
    }
}
