//! Address pools in the values of rke2-calico. Produces no findings.

use ipnet::IpNet;

use super::fact::{Datum, Fact, Item};
use crate::source::Span;

/// One element of `installation.calicoNetwork.ipPools`.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Its network, and where it is written.
    pub cidr: (IpNet, Span),
    /// The encapsulation of packets between nodes, and where it is written; `None` for Calico's default.
    pub encapsulation: Option<(String, Span)>,
    /// Whether pods get addresses from it.
    pub workload: bool,
}

/// The pools of a list; `None` when the list or a relevant part of it is unknown or invalid.
pub fn pools(fact: &Fact<'_>) -> Option<Vec<Pool>> {
    match fact {
        Fact::Known(found) => match &found.value {
            Datum::List(items) => items.iter().map(pool).collect(),
            Datum::Null => Some(Vec::new()),
            _ => None,
        },
        Fact::Absent(_) => Some(Vec::new()),
        Fact::Unknown => None,
    }
}

fn pool(item: &Item<'_>) -> Option<Pool> {
    let cidr = item.value.get("cidr")?;
    let (Datum::Text(text), Some(at)) = (&cidr.value, cidr.at) else { return None };
    let encapsulation = match item.value.get("encapsulation") {
        None => None,
        Some(Item { value: Datum::Text(text), at: Some(at) }) => Some((text.to_string(), *at)),
        Some(_) => return None,
    };
    let uses = match item.value.get("allowedUses").map(|uses| &uses.value) {
        None | Some(Datum::Null) => true,
        Some(uses) => uses.elements().into_iter().any(|part| *part == Datum::Text("Workload".into())),
    };
    let open = item.value.get("disableNewAllocations").is_none_or(|off| off.value == Datum::Bool(false));
    Some(Pool { cidr: (text.parse().ok()?, at), encapsulation, workload: uses && open })
}
